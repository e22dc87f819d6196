package iso8601

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// MaxYears is the longest duration of a timer.
const MaxYears = 10

// Duration is a span of time in the units of the calendar (ISO 8601-1:2019,
// 5.5.2.4). Months and years have no fixed length; only AddTo tells when they
// end.
type Duration struct {
	Years    int  `json:"years,omitempty"`
	Months   int  `json:"months,omitempty"`
	Weeks    int  `json:"weeks,omitempty"`
	Days     int  `json:"days,omitempty"`
	Hours    int  `json:"hours,omitempty"`
	Minutes  int  `json:"minutes,omitempty"`
	Seconds  int  `json:"seconds,omitempty"`
	Nanos    int  `json:"nanos,omitempty"`
	Negative bool `json:"negative,omitempty"`
}

// ParseDuration reads PnYnMnWnDTnHnMnS. Units may be left out, but not all of
// them; only seconds may have a fraction, of at most nine digits, after a point
// or a comma. A sign before the P is allowed (ISO 8601-2:2019): a timer refuses
// a negative one with CheckTimer, a calculation may want it.
func ParseDuration(text string) (Duration, error) {
	d, err := parseDuration(text)
	if err != nil {
		return Duration{}, fmt.Errorf("%s is not an ISO 8601 duration such as PT30M, P1DT12H or P1M: %w", quoted(text), err)
	}
	return d, nil
}

func parseDuration(text string) (Duration, error) {
	var d Duration
	rest := text
	if sign := strings.TrimLeft(rest, "+-"); len(rest)-len(sign) == 1 {
		d.Negative = rest[0] == '-'
		rest = sign
	}
	rest, ok := strings.CutPrefix(rest, "P")
	if !ok {
		return d, errors.New("it does not begin with P")
	}
	date, clock, hasClock := strings.Cut(rest, "T")
	if hasClock && clock == "" {
		return d, errors.New("nothing follows the T")
	}
	if date == "" && clock == "" {
		return d, errors.New("it has no amount")
	}
	if err := parseAmounts(date, []amount{{'Y', &d.Years}, {'M', &d.Months}, {'W', &d.Weeks}, {'D', &d.Days}}, nil); err != nil {
		return d, err
	}
	return d, parseAmounts(clock, []amount{{'H', &d.Hours}, {'M', &d.Minutes}, {'S', &d.Seconds}}, &d.Nanos)
}

// An amount is where the number before a unit goes.
type amount struct {
	unit byte
	to   *int
}

// parseAmounts reads numbers with units in the order of units. The last unit
// may have a fraction if fraction is given.
func parseAmounts(text string, units []amount, fraction *int) error {
	for text != "" {
		end := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' })
		if end == 0 {
			return fmt.Errorf("a number is missing before %s", quoted(text))
		}
		if end < 0 {
			return fmt.Errorf("the unit after %s is missing", quoted(text))
		}
		n, err := strconv.ParseInt(text[:end], 10, 32)
		if err != nil {
			return fmt.Errorf("%s is too large", quoted(text[:end]))
		}
		text = text[end:]
		hasFraction := text[0] == '.' || text[0] == ','
		if hasFraction {
			if text, err = parseFraction(text[1:], fraction); err != nil {
				return err
			}
		}
		for len(units) > 0 && units[0].unit != text[0] {
			units = units[1:]
		}
		if len(units) == 0 {
			return fmt.Errorf("the unit %s is unknown here, or comes twice or too late", quoted(text[:1]))
		}
		if hasFraction && units[0].unit != 'S' {
			return errors.New("only seconds may have a fraction")
		}
		*units[0].to = int(n)
		units, text = units[1:], text[1:]
	}
	return nil
}

// parseFraction reads the digits of a fraction of a second and returns what
// follows them, which is not empty.
func parseFraction(text string, to *int) (string, error) {
	end := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	switch {
	case to == nil:
		return "", errors.New("only seconds may have a fraction")
	case end < 0:
		return "", errors.New("the unit after the fraction is missing")
	case end == 0 || end > 9:
		return "", errors.New("a fraction has one to nine digits")
	}
	nanos, err := strconv.Atoi(text[:end] + strings.Repeat("0", 9-end))
	if err != nil {
		return "", err
	}
	*to = nanos
	return text[end:], nil
}

// AddTo returns the instant d after t, in UTC. Years and months are added
// first, as one number of months; if that month does not have t's day, its
// last day is taken, so that 31 January and P1M give 28 or 29 February. Then
// weeks and days, then hours, minutes and seconds. A negative duration goes
// back in the same order. An instant beyond what time.Time holds is the last
// or first one of the years 0 to 9999.
func (d Duration) AddTo(t time.Time) time.Time {
	return d.times(1).addTo(t.UTC())
}

// span is a duration in the three units that the calendar keeps apart, signed
// and wide enough for a multiple of any duration.
type span struct {
	months, days int64
	seconds      int64
	nanos        int64
}

// times returns n times d.
func (d Duration) times(n int64) span {
	if d.Negative {
		n = -n
	}
	nanos := multiply(n, int64(d.Nanos))
	return span{
		months:  multiply(n, 12*int64(d.Years)+int64(d.Months)),
		days:    multiply(n, 7*int64(d.Weeks)+int64(d.Days)),
		seconds: saturate(multiply(n, 3600*int64(d.Hours)+60*int64(d.Minutes)+int64(d.Seconds)), nanos/1e9),
		nanos:   nanos % 1e9,
	}
}

// farAway is more months, days and seconds than there are in 10,000 years.
const farAway = 1 << 50

func multiply(a, b int64) int64 {
	if a == 0 || b == 0 {
		return 0
	}
	if p := float64(a) * float64(b); math.Abs(p) >= farAway {
		return int64(math.Copysign(farAway, p))
	}
	return a * b
}

func saturate(a, b int64) int64 { return max(-farAway, min(farAway, a+b)) }

// The instants between which every answer lies.
var (
	first = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
	last  = time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC)
)

func clamp(t time.Time) time.Time {
	switch {
	case t.Before(first):
		return first
	case t.After(last):
		return last
	default:
		return t
	}
}

func (s span) addTo(t time.Time) time.Time {
	t = clamp(t)
	if s.months != 0 {
		t = addMonths(t, s.months)
	}
	// Ten thousand years have fewer than 4,000,000 days and 2^39 seconds.
	const mostDays, mostSeconds = 8_000_000, 1 << 39
	days := max(-mostDays, min(mostDays, s.days))
	seconds := max(-mostSeconds, min(mostSeconds, s.seconds))
	t = t.AddDate(0, 0, int(days))
	return clamp(time.Unix(t.Unix()+seconds, int64(t.Nanosecond())+s.nanos).UTC())
}

// addMonths keeps the day of the month, or takes the last one of a month that
// is too short.
func addMonths(t time.Time, months int64) time.Time {
	month := int64(t.Year())*12 + int64(t.Month()) - 1 + months
	if month < 0 {
		return first
	}
	if month >= 10_000*12 {
		return last
	}
	year, m := int(month/12), time.Month(month%12+1)
	lastDay := time.Date(year, m+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return time.Date(year, m, min(t.Day(), lastDay), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// IsZero says whether the duration is no time at all.
func (d Duration) IsZero() bool {
	d.Negative = false
	return d == Duration{}
}

// CheckTimer says why a timer must not wait this long: it is negative, or
// longer than MaxYears. A duration of no time is allowed.
func (d Duration) CheckTimer() error {
	if d.Negative && !d.IsZero() {
		return fmt.Errorf("the duration %s is negative", d)
	}
	// A leap year comes soonest from a year before one, so this instant makes
	// the comparison with MaxYears calendar years exact to a day.
	from := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	if d.AddTo(from).After(from.AddDate(MaxYears, 0, 0)) {
		return fmt.Errorf("the duration %s is longer than %d years", d, MaxYears)
	}
	return nil
}

// String writes the duration as ISO 8601 does, units that are zero left out;
// PT0S if all are.
func (d Duration) String() string {
	if d.IsZero() {
		return "PT0S"
	}
	var b strings.Builder
	if d.Negative {
		b.WriteByte('-')
	}
	b.WriteByte('P')
	write := func(n int, unit string) {
		if n != 0 {
			b.WriteString(strconv.Itoa(n) + unit)
		}
	}
	write(d.Years, "Y")
	write(d.Months, "M")
	write(d.Weeks, "W")
	write(d.Days, "D")
	if d.Hours != 0 || d.Minutes != 0 || d.Seconds != 0 || d.Nanos != 0 {
		b.WriteByte('T')
	}
	write(d.Hours, "H")
	write(d.Minutes, "M")
	if d.Nanos != 0 {
		fraction := strings.TrimRight(fmt.Sprintf("%09d", d.Nanos), "0")
		b.WriteString(strconv.Itoa(d.Seconds) + "." + fraction + "S")
	} else {
		write(d.Seconds, "S")
	}
	return b.String()
}

// MarshalText writes String.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what ParseDuration reads.
func (d *Duration) UnmarshalText(text []byte) error {
	read, err := ParseDuration(string(text))
	if err != nil {
		return err
	}
	*d = read
	return nil
}

// quoted returns a text for a message, shortened.
func quoted(s string) string {
	const most = 60
	if r := []rune(s[:min(len(s), 4*most)]); len(r) > most {
		return strconv.Quote(string(r[:most])) + "..."
	}
	return strconv.Quote(s)
}
