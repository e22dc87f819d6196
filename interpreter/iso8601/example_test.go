package iso8601_test

import (
	"fmt"
	"time"

	"github.com/perdure/perdure/interpreter/iso8601"
)

func ExampleCycle_Next() {
	now := time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC)
	cycle, err := iso8601.ParseCycle("R3/P1M")
	if err != nil {
		fmt.Println(err)
		return
	}
	cycle = cycle.From(now)
	due, ok := cycle.First(now)
	for fired := 1; ok; fired++ {
		fmt.Println(iso8601.FormatDate(due))
		due, ok = cycle.Next(due, fired)
	}
	// Output:
	// 2026-02-28T09:00:00Z
	// 2026-03-31T09:00:00Z
	// 2026-04-30T09:00:00Z
}
