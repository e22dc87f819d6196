package dispatch

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/perdure/perdure/interpreter/iso8601"
)

// Schedule is when a timer start event fires. It is plain data, kept with its
// trigger in the repository.
type Schedule struct {
	// Kind is "date", "duration" or "cycle", as BPMN names its timers.
	Kind string `json:"kind"`
	// Text is what the definition says, for people.
	Text string `json:"text"`
	// Cycle is set for a cycle, counting from the deployment.
	Cycle *iso8601.Cycle `json:"cycle,omitempty"`
}

// NewSchedule reads a timer and answers when it fires first, nil if never. A
// duration counts from now; a date that has passed is due at once.
func NewSchedule(kind, text string, now time.Time) (Schedule, *time.Time, error) {
	s := Schedule{Kind: kind, Text: text}
	switch kind {
	case "date":
		at, err := iso8601.ParseDate(text)
		return s, &at, err
	case "duration":
		d, err := iso8601.ParseDuration(text)
		if err == nil {
			err = d.CheckTimer()
		}
		if err != nil {
			return s, nil, err
		}
		at := d.AddTo(now.UTC())
		return s, &at, nil
	case "cycle":
		cycle, err := iso8601.ParseCycle(text)
		if err != nil {
			return s, nil, err
		}
		cycle = cycle.From(now)
		s.Cycle = &cycle
		at, fires := cycle.First(now)
		return s, orNil(at, fires), nil
	default:
		return s, nil, fmt.Errorf("dispatch: %q is no kind of timer", kind)
	}
}

// next answers when a timer fires after it was due at last for the fired-th
// time, nil if it does not. A firing that is at most lateness late is still to
// be done; those that were missed before are skipped, and count: after an
// outage a process does not start a hundred times.
func (s Schedule) next(last time.Time, fired int, now time.Time) *time.Time {
	if s.Cycle == nil {
		return nil
	}
	// The repository keeps microseconds: what was due within the one that last
	// names has fired.
	at, fires := s.Cycle.Next(last.Add(time.Microsecond-1), fired)
	for skipped := 0; fires && at.Before(now.Add(-lateness)) && skipped < maxSkipped; skipped++ {
		fired++
		at, fires = s.Cycle.Next(at, fired)
	}
	return orNil(at, fires)
}

const (
	// lateness is how late a firing may be and is not yet missed: Run looks
	// once a second, and a cycle may be as fast.
	lateness = time.Minute
	// maxSkipped bounds the work for one timer; what is left is skipped the
	// next time.
	maxSkipped = 100_000
)

func readSchedule(data json.RawMessage) (Schedule, error) {
	var s Schedule
	err := json.Unmarshal(data, &s)
	return s, err
}

func orNil(at time.Time, ok bool) *time.Time {
	if !ok {
		return nil
	}
	return &at
}
