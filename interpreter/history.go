package interpreter

import (
	"slices"
	"time"

	"github.com/perdure/perdure/interpreter/engine"
	"github.com/perdure/perdure/protocol"
)

// maxHistory is how many of its last steps a run remembers in words. They cost
// nothing in Temporal's history: a replay remembers the same ones.
const maxHistory = 2_000

// history is a ring of the last steps.
type history struct {
	ring []protocol.HistoryEntry
	next int
}

func (h *history) add(now time.Time, e engine.Entry) {
	entry := protocol.HistoryEntry{
		Time: now, Verb: e.Verb, Element: e.Element, Name: e.Name, ID: string(e.ID), Detail: e.Detail,
	}
	if len(h.ring) < maxHistory {
		h.ring = append(h.ring, entry)
		return
	}
	h.ring[h.next] = entry
	h.next = (h.next + 1) % maxHistory
}

// entries returns the steps, oldest first.
func (h *history) entries() []protocol.HistoryEntry {
	return slices.Concat([]protocol.HistoryEntry{}, h.ring[h.next:], h.ring[:h.next])
}
