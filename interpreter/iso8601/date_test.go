package iso8601_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/interpreter/iso8601"
)

func TestParseDate(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"2026-01-31T09:00:00Z":            "2026-01-31T09:00:00Z",
		"2026-01-31T09:00:00+02:00":       "2026-01-31T07:00:00Z",
		"2026-01-31T09:00:00-0530":        "2026-01-31T14:30:00Z",
		"2026-01-31T09:00:00+02":          "2026-01-31T07:00:00Z",
		"2026-01-31T09:00:00.123456789Z":  "2026-01-31T09:00:00.123456789Z",
		"2026-01-31T09:00:00,5Z":          "2026-01-31T09:00:00.5Z",
		"2026-01-31T09:00:00":             "2026-01-31T09:00:00Z",
		"2026-01-31T09:00:00.5":           "2026-01-31T09:00:00.5Z",
		"2026-01-31T09:00":                "2026-01-31T09:00:00Z",
		"2026-01-31T09:00Z":               "2026-01-31T09:00:00Z",
		"2026-01-31T09:00+01:00":          "2026-01-31T08:00:00Z",
		"2026-01-31":                      "2026-01-31T00:00:00Z",
		"2026-01-31Z":                     "2026-01-31T00:00:00Z",
		"2026-01-31+02:00":                "2026-01-30T22:00:00Z",
		"2024-02-29":                      "2024-02-29T00:00:00Z",
		"0000-01-01T00:00:00Z":            "0000-01-01T00:00:00Z",
		"9999-12-31T23:59:59.999999999Z":  "9999-12-31T23:59:59.999999999Z",
		"2026-06-01T12:00:00.1234567890Z": "2026-06-01T12:00:00.123456789Z",
	} {
		got, err := iso8601.ParseDate(in)
		require.NoError(t, err, in)
		require.Equal(t, want, iso8601.FormatDate(got), in)
		require.Equal(t, time.UTC, got.Location())
		again, err := iso8601.ParseDate(iso8601.FormatDate(got))
		require.NoError(t, err)
		require.Equal(t, got, again)
	}
}

func TestParseDateRefuses(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		"", "tomorrow", "2026", "2026-01", "2026-13-01", "2026-02-30", "2025-02-29", "2026-01-31T25:00:00Z", "2026-01-31T24:00:00Z",
		"2026-01-31T09:60:00Z", "2026-01-31 09:00:00Z", " 2026-01-31", "2026-1-31", "31.01.2026", "10000-01-01", "-0001-01-01",
		"2026-01-31T09:00:00+25:00", "2026-01-31T09:00:00 Europe/Zurich", "2026-W05-1", "2026-031",
	} {
		_, err := iso8601.ParseDate(in)
		require.ErrorContains(t, err, "is not an ISO 8601 date such as", in)
	}
	for _, in := range []string{"0000-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"} {
		_, err := iso8601.ParseDate(in)
		require.ErrorContains(t, err, "lies outside the years 0 to 9999", in)
	}
}

func TestBetween(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b        string
		days, years int
	}{
		{"2026-01-01", "2026-01-01", 0, 0},
		{"2026-01-01", "2026-01-02", 1, 0},
		{"2026-01-01T12:00:00Z", "2026-01-02T11:59:59Z", 0, 0},
		{"2026-01-01T00:00:00.5Z", "2026-01-02T00:00:00Z", 0, 0},
		{"2026-01-01T00:00:00.5Z", "2026-01-02T00:00:00.5Z", 1, 0},
		{"2024-02-28", "2024-03-01", 2, 0},
		{"2000-02-29", "2026-02-27", 9495, 25},
		{"2000-02-29", "2026-02-28", 9496, 26},
		{"2000-06-15", "2026-06-14", 9495, 25},
		{"2000-06-15", "2026-06-15", 9496, 26},
		{"0000-01-01", "9999-12-31", 3652424, 9999},
	} {
		a, b := at(t, c.a), at(t, c.b)
		require.Equal(t, c.days, iso8601.DaysBetween(a, b), "%s to %s", c.a, c.b)
		require.Equal(t, -c.days, iso8601.DaysBetween(b, a), "%s to %s", c.b, c.a)
		require.Equal(t, c.years, iso8601.YearsBetween(a, b), "%s to %s", c.a, c.b)
		require.Equal(t, -c.years, iso8601.YearsBetween(b, a), "%s to %s", c.b, c.a)
	}
}

func FuzzParseDate(f *testing.F) {
	for _, in := range []string{"2026-01-31T09:00:00Z", "2026-01-31T09:00:00.5+02:00", "2026-01-31", "9999-12-31T23:59:59-01:00"} {
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		date, err := iso8601.ParseDate(in)
		if err != nil {
			require.Less(t, len(err.Error()), 1000)
			return
		}
		again, err := iso8601.ParseDate(iso8601.FormatDate(date))
		require.NoError(t, err)
		require.Equal(t, date, again)
	})
}
