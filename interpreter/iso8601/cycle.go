package iso8601

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Endless is the Repeat of a cycle that has no last time.
const Endless = -1

// MaxRepeat is the greatest number of repetitions that a cycle may ask for.
const MaxRepeat = 1_000_000_000

// MinPeriod is the shortest time between two firings of a cycle.
const MinPeriod = time.Second

// Cycle is a repeating interval (ISO 8601-1:2019, 5.6.1) or a cron schedule.
type Cycle struct {
	// Repeat is how many times the cycle fires in all; Endless is without end.
	Repeat int `json:"repeat"`
	// Start, if set, is when it fires for the first time.
	Start *time.Time `json:"start,omitempty"`
	// Interval is the time between two firings; zero with Cron.
	Interval Duration `json:"interval"`
	// End, if set, is the instant after which it does not fire.
	End *time.Time `json:"end,omitempty"`
	// Cron, if set, is a schedule in UTC and takes the place of Start, Interval
	// and End.
	Cron string `json:"cron,omitempty"`
	// Anchor is the instant that From was told, from which a cycle without a
	// Start counts its intervals.
	Anchor *time.Time `json:"anchor,omitempty"`
}

// ParseCycle reads R/interval, Rn/interval, Rn/start/interval and
// Rn/interval/end, or a cron text of five fields (minute, hour, day of the
// month, month and day of the week, in UTC). R alone and R-1 are endless. An interval is at
// least MinPeriod and at most MaxYears long.
func ParseCycle(text string) (Cycle, error) {
	if len(strings.Fields(text)) == 5 {
		return parseCronCycle(text)
	}
	c, err := parseCycle(text)
	if err != nil {
		return Cycle{}, fmt.Errorf("%s is not a cycle such as R3/PT10M, R/2026-01-01T09:00:00Z/P1D or 0 9 * * MON-FRI: %w", quoted(text), err)
	}
	return c, nil
}

func parseCycle(text string) (Cycle, error) {
	parts := strings.Split(text, "/")
	if len(parts) < 2 || len(parts) > 3 {
		return Cycle{}, errors.New("it does not have two or three parts")
	}
	var c Cycle
	var err error
	if c.Repeat, err = parseRepeat(parts[0]); err != nil {
		return Cycle{}, err
	}
	interval := parts[1]
	if len(parts) == 3 {
		bound, to := parts[2], &c.End
		if !isDuration(parts[1]) {
			interval, bound, to = parts[2], parts[1], &c.Start
		}
		t, err := ParseDate(bound)
		if err != nil {
			return Cycle{}, err
		}
		*to = &t
	}
	if c.Interval, err = ParseDuration(interval); err != nil {
		return Cycle{}, err
	}
	return c, checkPeriod(c.Interval)
}

func isDuration(text string) bool { return strings.HasPrefix(strings.TrimLeft(text, "+-"), "P") }

func parseRepeat(text string) (int, error) {
	digits, ok := strings.CutPrefix(text, "R")
	if !ok {
		return 0, errors.New("it does not begin with R")
	}
	if digits == "" || digits == "-1" {
		return Endless, nil
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || n > MaxRepeat {
		return 0, fmt.Errorf("the number of repetitions must be 0 to %d", MaxRepeat)
	}
	return int(n), nil
}

func checkPeriod(d Duration) error {
	if err := d.CheckTimer(); err != nil {
		return err
	}
	if d.Years == 0 && d.Months == 0 && d.AddTo(first).Sub(first) < MinPeriod {
		return fmt.Errorf("the interval %s is shorter than %s", d, MinPeriod)
	}
	return nil
}

// From returns the cycle as it runs from the instant now, which is when its
// timer was set. The result is plain data: kept with the timer, it makes every
// later Next count from the same anchor.
func (c Cycle) From(now time.Time) Cycle {
	now = now.UTC()
	c.Anchor = &now
	return c
}

// First returns when the cycle fires for the first time, if it ever does: at
// Start, or one interval after now. A Start that has passed is skipped to the
// first firing that has not, and the ones skipped do not count.
func (c Cycle) First(now time.Time) (time.Time, bool) {
	now = now.UTC()
	switch {
	case c.Repeat == 0:
		return time.Time{}, false
	case c.Cron != "":
		return c.nextCron(now)
	case c.Start != nil:
		return c.until(c.nth(*c.Start, c.roundsBefore(*c.Start, now)))
	case c.Anchor != nil:
		return c.until(c.nth(*c.Anchor, 1))
	default:
		return c.until(c.nth(now, 1))
	}
}

// Next returns when the cycle fires after it was due at last for the fired-th
// time, if it does. It is a multiple of the interval after Start or Anchor, so
// that months do not drift: 31 January, 28 February, 31 March. A cycle that
// has neither counts from last.
func (c Cycle) Next(last time.Time, fired int) (time.Time, bool) {
	last = last.UTC()
	if c.Repeat != Endless && fired >= c.Repeat {
		return time.Time{}, false
	}
	if c.Cron != "" {
		return c.nextCron(last)
	}
	anchor := last
	if c.Start != nil {
		anchor = *c.Start
	} else if c.Anchor != nil {
		anchor = *c.Anchor
	}
	return c.until(c.nth(anchor, c.roundsBefore(anchor, last.Add(1))))
}

// nth returns the instant n intervals after the anchor.
func (c Cycle) nth(anchor time.Time, n int64) time.Time {
	return c.Interval.times(n).addTo(anchor.UTC())
}

// roundsBefore returns the smallest n >= 0 whose nth instant is not before t.
// The instants grow with n, so bisection finds it.
func (c Cycle) roundsBefore(anchor, t time.Time) int64 {
	low, high := int64(0), int64(1)
	for c.nth(anchor, high).Before(t) && high < farAway {
		low, high = high, high*2
	}
	for low < high {
		middle := (low + high) / 2
		if c.nth(anchor, middle).Before(t) {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// until ends the cycle at End and with the year 9999.
func (c Cycle) until(t time.Time) (time.Time, bool) {
	if !t.Before(last) || (c.End != nil && t.After(*c.End)) {
		return time.Time{}, false
	}
	return t, true
}

// String writes the cycle as ParseCycle reads it, without the anchor.
func (c Cycle) String() string {
	if c.Cron != "" {
		return c.Cron
	}
	parts := []string{"R"}
	if c.Repeat != Endless {
		parts[0] += strconv.Itoa(c.Repeat)
	}
	if c.Start != nil {
		parts = append(parts, FormatDate(*c.Start))
	}
	parts = append(parts, c.Interval.String())
	if c.End != nil {
		parts = append(parts, FormatDate(*c.End))
	}
	return strings.Join(parts, "/")
}
