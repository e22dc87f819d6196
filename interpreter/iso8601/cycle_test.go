package iso8601_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/interpreter/iso8601"
)

func TestParseCycle(t *testing.T) {
	t.Parallel()
	for in, out := range map[string]string{
		"R/PT1H":                       "R/PT1H",
		"R-1/PT1H":                     "R/PT1H",
		"R0/PT1H":                      "R0/PT1H",
		"R3/PT10M":                     "R3/PT10M",
		"R/PT1S":                       "R/PT1S",
		"R/P10Y":                       "R/P10Y",
		"R/2026-01-31T09:00:00Z/P1M":   "R/2026-01-31T09:00:00Z/P1M",
		"R5/2026-01-31/P1D":            "R5/2026-01-31T00:00:00Z/P1D",
		"R5/P1D/2026-01-31":            "R5/P1D/2026-01-31T00:00:00Z",
		"0 9 * * MON-FRI":              "0 9 * * MON-FRI",
		"  */15  8-17 1,15 JAN *  ":    "*/15 8-17 1,15 JAN *",
		"R1000000000/PT1S":             "R1000000000/PT1S",
		"R/2026-01-31T09:00+02:00/P1Y": "R/2026-01-31T07:00:00Z/P1Y",
	} {
		c, err := iso8601.ParseCycle(in)
		require.NoError(t, err, in)
		require.Equal(t, out, c.String(), in)
		again, err := iso8601.ParseCycle(c.String())
		require.NoError(t, err, in)
		require.Equal(t, c, again, in)
	}
}

func TestParseCycleRefuses(t *testing.T) {
	t.Parallel()
	for in, why := range map[string]string{
		"":                                     "it does not have two or three parts",
		"PT1H":                                 "it does not have two or three parts",
		"R/PT1H/2026-01-01/x":                  "it does not have two or three parts",
		"3/PT1H":                               "it does not begin with R",
		"R-2/PT1H":                             "the number of repetitions must be 0 to 1000000000",
		"R1000000001/PT1H":                     "the number of repetitions must be 0 to 1000000000",
		"R99999999999999999999/PT1H":           "the number of repetitions must be 0 to 1000000000",
		"Rx/PT1H":                              "the number of repetitions must be 0 to 1000000000",
		"R/PT0S":                               "the interval PT0S is shorter than 1s",
		"R/PT0.001S":                           "the interval PT0.001S is shorter than 1s",
		"R/-PT1H":                              "the duration -PT1H is negative",
		"R/P11Y":                               "the duration P11Y is longer than 10 years",
		"R/hourly":                             "it does not begin with P",
		"R/2026-01-01/2026-02-01":              "it does not begin with P",
		"R/PT1H/tomorrow":                      "is not an ISO 8601 date",
		"R/tomorrow/PT1H":                      "is not an ISO 8601 date",
		"R/PT1H/PT1H":                          "is not an ISO 8601 date",
		"0 9 * * XYZ":                          "is not a cron schedule such as 0 9 * * MON-FRI",
		"61 9 * * *":                           "is not a cron schedule such as 0 9 * * MON-FRI",
		"TZ=UTC 9 * * *":                       "it is too long or names a time zone",
		"TZ= 9 * * *":                          "it is too long or names a time zone",
		"@every 1s * * *":                      "is not a cron schedule such as 0 9 * * MON-FRI",
		"0 9 * * " + string(make([]byte, 300)): "it is too long or names a time zone",
	} {
		_, err := iso8601.ParseCycle(in)
		require.ErrorContains(t, err, why, in)
	}
}

// firings runs a cycle as a timer does, through JSON between two firings.
func firings(t *testing.T, text, now string, most int) []string {
	t.Helper()
	parsed, err := iso8601.ParseCycle(text)
	require.NoError(t, err)
	cycle := parsed.From(at(t, now))
	due, ok := cycle.First(at(t, now))
	var dates []string
	for fired := 1; ok && fired <= most; fired++ {
		dates = append(dates, iso8601.FormatDate(due))
		data, err := json.Marshal(cycle)
		require.NoError(t, err)
		var stored iso8601.Cycle
		require.NoError(t, json.Unmarshal(data, &stored))
		require.Equal(t, cycle, stored)
		due, ok = stored.Next(due, fired)
	}
	return dates
}

func TestCycleFires(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, cycle, now string
		want             []string // the first four
	}{
		{"Hourly", "R/PT1H", "2026-01-01T00:30:00Z", []string{
			"2026-01-01T01:30:00Z", "2026-01-01T02:30:00Z", "2026-01-01T03:30:00Z", "2026-01-01T04:30:00Z",
		}},
		{"ThreeTimes", "R3/PT10M", "2026-01-01T00:00:00Z", []string{
			"2026-01-01T00:10:00Z", "2026-01-01T00:20:00Z", "2026-01-01T00:30:00Z",
		}},
		{"Once", "R1/PT10M", "2026-01-01T00:00:00Z", []string{"2026-01-01T00:10:00Z"}},
		{"Never", "R0/PT10M", "2026-01-01T00:00:00Z", nil},
		{"MonthsDoNotDrift", "R/P1M", "2026-01-31T09:00:00Z", []string{
			"2026-02-28T09:00:00Z", "2026-03-31T09:00:00Z", "2026-04-30T09:00:00Z", "2026-05-31T09:00:00Z",
		}},
		{"MonthsFromAStart", "R/2024-01-31T00:00:00Z/P1M", "2023-06-01T00:00:00Z", []string{
			"2024-01-31T00:00:00Z", "2024-02-29T00:00:00Z", "2024-03-31T00:00:00Z", "2024-04-30T00:00:00Z",
		}},
		{"LeapDay", "R/P1Y", "2024-02-29T00:00:00Z", []string{
			"2025-02-28T00:00:00Z", "2026-02-28T00:00:00Z", "2027-02-28T00:00:00Z", "2028-02-29T00:00:00Z",
		}},
		{"StartPassed", "R2/2026-01-01T00:00:00Z/P1D", "2026-02-03T12:00:00Z", []string{
			"2026-02-04T00:00:00Z", "2026-02-05T00:00:00Z",
		}},
		{"StartNow", "R/2026-01-01T00:00:00Z/P1D", "2026-01-01T00:00:00Z", []string{
			"2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z",
		}},
		{"UntilTheEnd", "R/P1D/2026-01-03T00:00:00Z", "2026-01-01T00:00:00Z", []string{
			"2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z",
		}},
		{"EndPassed", "R/P1D/2025-01-01", "2026-01-01T00:00:00Z", nil},
		{"EndOfTime", "R/P1Y", "9997-06-01T00:00:00Z", []string{"9998-06-01T00:00:00Z", "9999-06-01T00:00:00Z"}},
		{"LongAgo", "R/0000-01-01/PT1S", "2026-01-01T00:00:00.5Z", []string{
			"2026-01-01T00:00:01Z", "2026-01-01T00:00:02Z", "2026-01-01T00:00:03Z", "2026-01-01T00:00:04Z",
		}},
		{"WorkingDays", "0 9 * * MON-FRI", "2026-01-01T12:00:00Z", []string{
			"2026-01-02T09:00:00Z", "2026-01-05T09:00:00Z", "2026-01-06T09:00:00Z", "2026-01-07T09:00:00Z",
		}},
		{"CronLeapDay", "0 0 29 2 *", "2026-01-01T00:00:00Z", []string{
			"2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z", "2036-02-29T00:00:00Z", "2040-02-29T00:00:00Z",
		}},
		{"CronWithoutADay", "0 0 30 2 *", "2026-01-01T00:00:00Z", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, firings(t, c.cycle, c.now, 4))
		})
	}
}

// TestCycleWithoutAnchor counts from the last firing.
func TestCycleWithoutAnchor(t *testing.T) {
	t.Parallel()
	cycle, err := iso8601.ParseCycle("R/PT1H")
	require.NoError(t, err)
	now := at(t, "2026-01-01T00:00:00Z")
	first, ok := cycle.First(now)
	require.True(t, ok)
	require.Equal(t, now.Add(time.Hour), first)
	next, ok := cycle.Next(first, 1)
	require.True(t, ok)
	require.Equal(t, now.Add(2*time.Hour), next)
}

// TestCycleFiredLate goes on from the instants of the cycle and not from when
// the last firing was noticed.
func TestCycleFiredLate(t *testing.T) {
	t.Parallel()
	cycle, err := iso8601.ParseCycle("R/2026-01-01T00:00:00Z/PT1H")
	require.NoError(t, err)
	next, ok := cycle.Next(at(t, "2026-01-01T05:17:00Z"), 1)
	require.True(t, ok)
	require.Equal(t, at(t, "2026-01-01T06:00:00Z"), next)
}

func FuzzParseCycle(f *testing.F) {
	for _, in := range []string{"R/PT1H", "R3/2026-01-31/P1M", "R-1/P1Y/2030-01-01", "0 9 * * MON-FRI", "*/5 1-3,7 L * ?", "R/PT1S"} {
		f.Add(in, int64(1_700_000_000))
	}
	f.Fuzz(func(t *testing.T, in string, seconds int64) {
		parsed, err := iso8601.ParseCycle(in)
		if err != nil {
			require.Less(t, len(err.Error()), 2000)
			return
		}
		again, err := iso8601.ParseCycle(parsed.String())
		require.NoError(t, err)
		require.Equal(t, parsed, again)

		now := time.Unix(seconds%(200*365*24*3600), 0).UTC()
		cycle := parsed.From(now)
		due, ok := cycle.First(now)
		for fired := 1; ok && fired < 5; fired++ {
			require.False(t, due.Before(now))
			last := due
			due, ok = cycle.Next(last, fired)
			if ok {
				require.True(t, due.After(last), "%s after %s", due, last)
			}
		}
	})
}

func BenchmarkNext(b *testing.B) {
	for _, text := range []string{"R/PT1S", "R/P1M", "0 9 * * MON-FRI"} {
		b.Run(text, func(b *testing.B) {
			cycle, err := iso8601.ParseCycle(text)
			if err != nil {
				b.Fatal(err)
			}
			now := at(b, "2026-01-01T00:00:00Z")
			cycle = cycle.From(now)
			last := now.AddDate(1, 0, 0)
			for b.Loop() {
				cycle.Next(last, 1)
			}
		})
	}
}
