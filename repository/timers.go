package repository

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// TimerStart is a timer start event that is due.
type TimerStart struct {
	ID        string
	ProcessID string
	Element   string
	Due       time.Time
	Fired     int             // how often so far
	Timer     json.RawMessage // as deployed
}

// DueTimerStarts lists timer start events that are due.
func (r *Repository) DueTimerStarts(ctx context.Context, now time.Time, limit int) ([]TimerStart, error) {
	return nil, errors.ErrUnsupported
}

// FireTimerStart creates the instance of one due time and moves the timer on to
// next, nil for never again.
func (r *Repository) FireTimerStart(ctx context.Context, id string, due time.Time, next *time.Time) (Instance, bool, error) {
	return Instance{}, false, errors.ErrUnsupported
}
