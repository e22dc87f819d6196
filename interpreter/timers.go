package interpreter

import (
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/perdure/perdure/interpreter/engine"
)

// maxArmed is how many timers stand in Temporal at once. Beyond that only the
// earliest are armed, because most timers of a busy instance are cancelled, and
// a cancelled one costs two events.
const maxArmed = 16

// timers are the running timers of the instance, sorted by due time.
type timers struct {
	pending []engine.StartTimer // sorted by Due, then in order of start
	armed   map[engine.ElementID]workflow.CancelFunc
}

func (t *timers) add(c engine.StartTimer) {
	i, _ := slices.BinarySearchFunc(t.pending, c.Due, func(p engine.StartTimer, due time.Time) int {
		if p.Due.After(due) {
			return 1
		}
		return -1
	})
	t.pending = slices.Insert(t.pending, i, c)
}

func (t *timers) remove(id engine.ElementID) {
	t.pending = slices.DeleteFunc(t.pending, func(p engine.StartTimer) bool { return p.ID == id })
	t.disarm(id)
}

func (t *timers) disarm(id engine.ElementID) {
	if cancel, ok := t.armed[id]; ok {
		delete(t.armed, id)
		cancel()
	}
}

// armTimers makes sure that the earliest timers stand in Temporal.
func (h *host) armTimers(ctx workflow.Context) {
	for i, c := range h.timers.pending {
		if i > 0 && len(h.timers.armed) >= maxArmed {
			return
		}
		if _, ok := h.timers.armed[c.ID]; !ok {
			h.armTimer(ctx, c)
		}
	}
}

func (h *host) armTimer(ctx workflow.Context, c engine.StartTimer) {
	ctx, cancel := workflow.WithCancel(ctx)
	h.timers.armed[c.ID] = cancel
	future := workflow.NewTimerWithOptions(ctx, max(0, c.Due.Sub(workflow.Now(ctx))),
		workflow.TimerOptions{Summary: summary(c.Name, c.Element)})
	workflow.Go(ctx, func(ctx workflow.Context) {
		if err := future.Get(ctx, nil); err != nil {
			return // cancelled
		}
		delete(h.timers.armed, c.ID)
		h.fireDue(c)
	})
}

// fireDue reports a timer that Temporal fired, and those before it that were
// not armed.
func (h *host) fireDue(fired engine.StartTimer) {
	for len(h.timers.pending) > 0 {
		next := h.timers.pending[0]
		if next.ID != fired.ID && !next.Due.Before(fired.Due) {
			break
		}
		if _, armed := h.timers.armed[next.ID]; armed {
			break // its own turn comes
		}
		h.timers.pending = h.timers.pending[1:]
		h.push(delivery{event: engine.TimerFired{ID: next.ID}})
		if next.ID == fired.ID {
			return
		}
	}
	h.timers.pending = slices.DeleteFunc(h.timers.pending, func(p engine.StartTimer) bool { return p.ID == fired.ID })
	h.push(delivery{event: engine.TimerFired{ID: fired.ID}})
}
