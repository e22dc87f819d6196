package iso8601

import (
	"fmt"
	"time"
)

// layouts are the forms of a date that ParseDate reads, the most usual first.
// Go reads a fraction of seconds wherever there are seconds.
func layouts() []string {
	return []string{
		time.RFC3339,
		"2006-01-02T15:04:05",
		"2006-01-02T15:04Z07:00",
		"2006-01-02T15:04",
		"2006-01-02T15:04:05Z0700",
		"2006-01-02T15:04:05Z07",
		time.DateOnly,
		"2006-01-02Z07:00",
	}
}

// ParseDate reads an instant: RFC 3339, with Z or an offset, or an xsd:dateTime
// without one, which is taken as UTC; a date alone is its midnight. The answer
// is in UTC. Years are 0 to 9999, also after the offset is applied.
func ParseDate(text string) (time.Time, error) {
	for _, layout := range layouts() {
		t, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		t = t.UTC()
		if t.Year() < 0 || t.Year() > 9999 {
			return time.Time{}, fmt.Errorf("the date %s lies outside the years 0 to 9999", quoted(text))
		}
		return t, nil
	}
	return time.Time{}, fmt.Errorf("%s is not an ISO 8601 date such as 2026-01-31T09:00:00Z or 2026-01-31", quoted(text))
}

// FormatDate writes an instant as RFC 3339 in UTC, with a fraction of seconds
// if it has one.
func FormatDate(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// Earliest returns the first instant that this package computes with; AddTo
// gives it for every instant before.
func Earliest() time.Time { return first }

// Latest returns the last instant that this package computes with; AddTo gives
// it for every instant after.
func Latest() time.Time { return last }

// DaysBetween returns how many whole days of 24 hours lie between a and b,
// negative if b is the earlier one.
func DaysBetween(a, b time.Time) int {
	const day = 24 * 60 * 60
	seconds := b.Unix() - a.Unix()
	// A part of a second that is missing to a whole day makes it not whole.
	switch nanos := b.Nanosecond() - a.Nanosecond(); {
	case seconds > 0 && nanos < 0:
		seconds--
	case seconds < 0 && nanos > 0:
		seconds++
	}
	return int(seconds / day)
}

// YearsBetween returns how many whole years lie between a and b, negative if b
// is the earlier one: the age at b of somebody born at a. Who is born on 29
// February has the anniversary on 28 February of other years, as AddTo gives
// it.
func YearsBetween(a, b time.Time) int {
	a, b = a.UTC(), b.UTC()
	if b.Before(a) {
		return -YearsBetween(b, a)
	}
	years := b.Year() - a.Year()
	if addMonths(a, 12*int64(years)).After(b) {
		years--
	}
	return years
}
