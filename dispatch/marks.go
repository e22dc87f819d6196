package dispatch

import (
	"context"
	"slices"
	"sync"
	"time"
)

// markInterval is how long a start may go unnoted. It is well below the two
// seconds after which Undispatched would have it started again, which would
// change nothing but cost a call.
const markInterval = 500 * time.Millisecond

// marks are the instances that have been started and whose rows do not say so
// yet. They are noted many at a time: most instances that end soon need no note,
// because their end is one. A note that a crash loses is made up for by starting
// the instance again, which does nothing.
type marks struct {
	mu      sync.Mutex
	pending []string
}

func (m *marks) add(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pending = append(m.pending, id)
}

func (m *marks) has(id string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Contains(m.pending, id)
}

// take takes up to n of them.
func (m *marks) take(n int) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	n = min(n, len(m.pending))
	taken := m.pending[:n:n]
	m.pending = m.pending[n:]
	return taken
}

// markDispatched notes starts in the repository.
func (d *Dispatcher) markDispatched(ctx context.Context) (bool, error) {
	ids := d.marks.take(batch)
	if len(ids) == 0 {
		return false, nil
	}
	return len(ids) == batch, d.repository.MarkDispatched(ctx, ids...)
}
