package expr

import (
	"math/big"
	"time"

	"github.com/cockroachdb/apd/v3"

	"github.com/perdure/perdure/interpreter/iso8601"
)

// now is the time of the event that the engine works on, in whole seconds, so
// that the texts of instants order as the instants do.
func now(c *call) any {
	return iso8601.FormatDate(c.env.Now.Truncate(time.Second))
}

// date writes a date as RFC 3339 in UTC.
func date(c *call) any { return iso8601.FormatDate(c.date(0)) }

func (c *call) date(i int) time.Time {
	c.tick(16) // what reading a date costs beside an operator
	t, err := iso8601.ParseDate(c.string(i))
	if err != nil {
		panic(evalErrorf("%s: %s", c.function, err))
	}
	return t
}

func addDuration(c *call) any {
	t := c.date(0)
	d, err := iso8601.ParseDuration(c.string(1))
	if err != nil {
		panic(evalErrorf("%s: %s", c.function, err))
	}
	sum := d.AddTo(t)
	if !sum.After(iso8601.Earliest()) || !sum.Before(iso8601.Latest()) {
		panic(evalErrorf("%s and %s lead out of the years 0 to 9999", c.operands[0].name, c.operands[1].name))
	}
	return iso8601.FormatDate(sum)
}

// secondsBetween is negative if the second date is the earlier one.
func secondsBetween(c *call) any {
	a, b := c.date(0), c.date(1)
	nanos := new(big.Int).Mul(big.NewInt(b.Unix()-a.Unix()), big.NewInt(1e9))
	nanos.Add(nanos, big.NewInt(int64(b.Nanosecond()-a.Nanosecond())))
	d := apd.NewWithBigInt(new(apd.BigInt).SetMathBigInt(nanos), -9)
	return c.result(trimZeros(d, 0))
}

func daysBetween(c *call) any { return iso8601.DaysBetween(c.date(0), c.date(1)) }

func yearsBetween(c *call) any { return iso8601.YearsBetween(c.date(0), c.date(1)) }
