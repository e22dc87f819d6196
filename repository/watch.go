package repository

import "sync"

// watchers are those in this process who wait for something to be committed.
type watchers struct {
	mu   sync.Mutex
	ends map[string]map[chan struct{}]struct{}
	wake chan struct{}
}

func newWatchers() *watchers {
	return &watchers{ends: make(map[string]map[chan struct{}]struct{}), wake: make(chan struct{}, 1)}
}

// Watch answers a channel that is closed once this process has committed the
// end of the instance. An end before the call, or by another process, does not
// close it: look at the row after Watch, and now and then. Cancel must be called.
func (r *Repository) Watch(instanceID string) (changed <-chan struct{}, cancel func()) {
	w := r.watchers
	ch := make(chan struct{})
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ends[instanceID] == nil {
		w.ends[instanceID] = make(map[chan struct{}]struct{})
	}
	w.ends[instanceID][ch] = struct{}{}
	return ch, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.ends[instanceID], ch)
		if len(w.ends[instanceID]) == 0 {
			delete(w.ends, instanceID)
		}
	}
}

// Wake is signalled after each commit of this process that left something to do
// now: a start, a delivery or a broadcast that its maker does not carry out
// itself. Signals that nobody takes are folded into one.
func (r *Repository) Wake() <-chan struct{} { return r.watchers.wake }

// notify tells this process what a transaction has committed.
func (r *Repository) notify(t *tx) {
	w := r.watchers
	if len(t.ended) > 0 {
		w.mu.Lock()
		for _, instance := range t.ended {
			for ch := range w.ends[instance] {
				close(ch)
			}
			delete(w.ends, instance)
		}
		w.mu.Unlock()
	}
	if t.work {
		select {
		case w.wake <- struct{}{}:
		default: // somebody is being woken already
		}
	}
}
