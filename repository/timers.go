package repository

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/perdure/perdure/protocol"
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

// DueTimerStarts lists the timer start events that are due, of the latest
// enabled versions, the longest due first. Those of disabled versions rest.
func (r *Repository) DueTimerStarts(ctx context.Context, now time.Time, limit int) ([]TimerStart, error) {
	return collect(ctx, r.db.reader(), scanTimerStart, `SELECT s.id, s.process_id, s.element, s.due, s.fired, s.timer
		FROM start_triggers s JOIN processes p ON p.id = s.process_id
		WHERE s.kind = 'timer' AND s.due IS NOT NULL AND s.due <= $1 AND `+latestEnabled+`
		ORDER BY s.due, s.id LIMIT $2`, micros(now), limit)
}

func scanTimerStart(r row) (s TimerStart, err error) {
	var due int64
	var timer string
	err = r.Scan(&s.ID, &s.ProcessID, &s.Element, &due, &s.Fired, &timer)
	s.Due, s.Timer = fromMicros(due), raw(timer)
	return s, err
}

// FireTimerStart creates the instance of one due time, to be dispatched by the
// caller, and moves the timer on to next, nil for never again. It answers false,
// and changes nothing, if the timer is not due at that time any more: somebody
// else has fired it.
func (r *Repository) FireTimerStart(ctx context.Context, id string, due time.Time, next *time.Time) (inst Instance, fired bool, err error) {
	err = r.transact(ctx, func(t *tx) error {
		inst, fired, err = t.fire(id, due, next)
		return err
	})
	return inst, fired, err
}

func (t *tx) fire(id string, due time.Time, next *time.Time) (Instance, bool, error) {
	s, err := first(t.ctx, t.session, scanTimerStart, `UPDATE start_triggers SET due = $3, fired = fired + 1
		WHERE id = $1 AND kind = 'timer' AND due = $2 RETURNING id, process_id, element, CAST($4 AS BIGINT), fired, timer`,
		id, micros(due), microsOrNull(next), micros(due))
	if errors.Is(err, sql.ErrNoRows) {
		return Instance{}, false, nil
	}
	if err != nil {
		return Instance{}, false, err
	}
	inst, existed, err := t.createInstance(protocol.SystemActor, NewInstance{
		ID: derived("timer-start", id, strconv.FormatInt(micros(due), 10)), ProcessID: s.ProcessID, Start: s.Element, Trigger: StartedByTimer,
	}, headStart)
	return inst, err == nil && !existed, err
}
