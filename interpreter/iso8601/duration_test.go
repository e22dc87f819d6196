package iso8601_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/interpreter/iso8601"
)

func at(t testing.TB, text string) time.Time {
	t.Helper()
	date, err := iso8601.ParseDate(text)
	require.NoError(t, err)
	return date
}

func TestParseDuration(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		want iso8601.Duration
		out  string // as String writes it, if it is not in
	}{
		{"PT30M", iso8601.Duration{Minutes: 30}, ""},
		{"P1Y2M3W4DT5H6M7.89S", iso8601.Duration{Years: 1, Months: 2, Weeks: 3, Days: 4, Hours: 5, Minutes: 6, Seconds: 7, Nanos: 890_000_000}, ""},
		{"P1M", iso8601.Duration{Months: 1}, ""},
		{"PT1M", iso8601.Duration{Minutes: 1}, ""},
		{"P2W", iso8601.Duration{Weeks: 2}, ""},
		{"P1Y1D", iso8601.Duration{Years: 1, Days: 1}, ""},
		{"PT36H", iso8601.Duration{Hours: 36}, ""},
		{"PT0.000000001S", iso8601.Duration{Nanos: 1}, ""},
		{"PT0,5S", iso8601.Duration{Nanos: 500_000_000}, "PT0.5S"},
		{"PT007S", iso8601.Duration{Seconds: 7}, "PT7S"},
		{"PT0S", iso8601.Duration{}, ""},
		{"P0D", iso8601.Duration{}, "PT0S"},
		{"-P1D", iso8601.Duration{Days: 1, Negative: true}, ""},
		{"+P1D", iso8601.Duration{Days: 1}, "P1D"},
		{"P2147483647Y", iso8601.Duration{Years: 2147483647}, ""},
	} {
		t.Run(c.in, func(t *testing.T) {
			t.Parallel()
			got, err := iso8601.ParseDuration(c.in)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
			if c.out == "" {
				c.out = c.in
			}
			require.Equal(t, c.out, got.String())
			data, err := json.Marshal(got)
			require.NoError(t, err)
			var again iso8601.Duration
			require.NoError(t, json.Unmarshal(data, &again))
			require.Equal(t, got, again)
		})
	}
}

func TestParseDurationRefuses(t *testing.T) {
	t.Parallel()
	const prefix = " is not an ISO 8601 duration such as PT30M, P1DT12H or P1M: "
	for in, why := range map[string]string{
		"":                "it does not begin with P",
		"30M":             "it does not begin with P",
		"pt30m":           "it does not begin with P",
		" PT1S":           "it does not begin with P",
		"--P1D":           "it does not begin with P",
		"P":               "it has no amount",
		"PT":              "nothing follows the T",
		"P1DT":            "nothing follows the T",
		"P1":              `the unit after "1" is missing`,
		"PD":              `a number is missing before "D"`,
		"P-1D":            `a number is missing before "-1D"`,
		"P1H":             `the unit "H" is unknown here, or comes twice or too late`,
		"PT1D":            `the unit "D" is unknown here, or comes twice or too late`,
		"P1D1Y":           `the unit "Y" is unknown here, or comes twice or too late`,
		"P1D2D":           `the unit "D" is unknown here, or comes twice or too late`,
		"P1X":             `the unit "X" is unknown here, or comes twice or too late`,
		"PT1S ":           `a number is missing before " "`,
		"PT1T1S":          `the unit "T" is unknown here, or comes twice or too late`,
		"PT1.5H":          "only seconds may have a fraction",
		"P0.5D":           "only seconds may have a fraction",
		"PT1.S":           "a fraction has one to nine digits",
		"PT1.5":           "the unit after the fraction is missing",
		"PT1.":            "the unit after the fraction is missing",
		"PT1.0123456789S": "a fraction has one to nine digits",
		"PT1.2.3S":        `the unit "." is unknown here, or comes twice or too late`,
		"P99999999999D":   `"99999999999" is too large`,
		"PT1é":            "the unit \"\\xc3\" is unknown here, or comes twice or too late",
	} {
		_, err := iso8601.ParseDuration(in)
		require.ErrorContains(t, err, prefix+why, in)
	}
	_, err := iso8601.ParseDuration("P" + strings.Repeat("9", 1_000_000) + "D")
	require.Error(t, err)
	require.Less(t, len(err.Error()), 500)
}

func TestAddTo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ from, duration, want string }{
		{"2026-01-31T09:00:00Z", "P1M", "2026-02-28T09:00:00Z"},
		{"2024-01-31T09:00:00Z", "P1M", "2024-02-29T09:00:00Z"},
		{"2026-01-31T09:00:00Z", "P2M", "2026-03-31T09:00:00Z"},
		{"2026-01-31T09:00:00Z", "P13M", "2027-02-28T09:00:00Z"},
		{"2024-02-29T00:00:00Z", "P1Y", "2025-02-28T00:00:00Z"},
		{"2024-02-29T00:00:00Z", "P4Y", "2028-02-29T00:00:00Z"},
		{"2096-02-29T00:00:00Z", "P4Y", "2100-02-28T00:00:00Z"},
		{"2026-01-31T00:00:00Z", "P1M1D", "2026-03-01T00:00:00Z"},
		{"2026-12-31T23:59:59Z", "PT1S", "2027-01-01T00:00:00Z"},
		{"2024-02-28T00:00:00Z", "P1D", "2024-02-29T00:00:00Z"},
		{"2026-02-28T00:00:00Z", "P1W", "2026-03-07T00:00:00Z"},
		{"2026-03-31T00:00:00Z", "-P1M", "2026-02-28T00:00:00Z"},
		{"2024-02-29T00:00:00Z", "-P1Y", "2023-02-28T00:00:00Z"},
		{"2026-01-01T00:00:00Z", "-PT0.5S", "2025-12-31T23:59:59.5Z"},
		{"2026-01-31T09:00:00.25Z", "PT0.75S", "2026-01-31T09:00:01Z"},
		{"2026-03-29T00:30:00+01:00", "P1D", "2026-03-29T23:30:00Z"},
		{"9999-12-31T00:00:00Z", "P1D", "9999-12-31T23:59:59.999999999Z"},
		{"9999-06-30T00:00:00Z", "P1Y", "9999-12-31T23:59:59.999999999Z"},
		{"2026-01-01T00:00:00Z", "P2147483647Y2147483647M2147483647W2147483647DT2147483647H2147483647M2147483647S", "9999-12-31T23:59:59.999999999Z"},
		{"2026-01-01T00:00:00Z", "-P2147483647Y", "0000-01-01T00:00:00Z"},
		{"2026-01-01T00:00:00Z", "-P2147483647DT2147483647H", "0000-01-01T00:00:00Z"},
		{"0000-01-01T00:00:00Z", "P9999Y", "9999-01-01T00:00:00Z"},
		{"2026-01-01T00:00:00Z", "PT0S", "2026-01-01T00:00:00Z"},
	} {
		t.Run(c.from+" "+c.duration, func(t *testing.T) {
			t.Parallel()
			d, err := iso8601.ParseDuration(c.duration)
			require.NoError(t, err)
			require.Equal(t, c.want, iso8601.FormatDate(d.AddTo(at(t, c.from))))
		})
	}
}

func TestCheckTimer(t *testing.T) {
	t.Parallel()
	for in, message := range map[string]string{
		"PT0S":      "",
		"PT0.001S":  "",
		"P10Y":      "",
		"P120M":     "",
		"P3653D":    "",
		"P3654D":    "the duration P3654D is longer than 10 years",
		"P10YT1S":   "the duration P10YT1S is longer than 10 years",
		"P2000000Y": "the duration P2000000Y is longer than 10 years",
		"-PT1S":     "the duration -PT1S is negative",
		"-PT0S":     "",
	} {
		d, err := iso8601.ParseDuration(in)
		require.NoError(t, err)
		if message == "" {
			require.NoError(t, d.CheckTimer(), in)
		} else {
			require.EqualError(t, d.CheckTimer(), message)
		}
	}
}

func FuzzParseDuration(f *testing.F) {
	for _, in := range []string{"PT30M", "P1Y2M3W4DT5H6M7.89S", "-P1D", "P", "PT", "PT0,5S", "P1.5D", "P99999999999D"} {
		f.Add(in, int64(1_700_000_000))
	}
	f.Fuzz(func(t *testing.T, in string, seconds int64) {
		d, err := iso8601.ParseDuration(in)
		if err != nil {
			require.Less(t, len(err.Error()), 1000)
			return
		}
		again, err := iso8601.ParseDuration(d.String())
		require.NoError(t, err)
		if d.IsZero() {
			d.Negative = false
		}
		require.Equal(t, d, again)

		from := time.Unix(seconds%(200*365*24*3600), 0).UTC()
		to := d.AddTo(from)
		require.GreaterOrEqual(t, to.Year(), 0)
		require.LessOrEqual(t, to.Year(), 9999)
		switch {
		case d.IsZero():
			require.Equal(t, from, to)
		case d.Negative:
			require.True(t, to.Before(from))
		default:
			require.True(t, to.After(from))
		}
	})
}
