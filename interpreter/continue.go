package interpreter

import (
	"go.temporal.io/sdk/workflow"

	"github.com/perdure/perdure/protocol"
)

// wantsContinuation reports whether this run is long enough, or has used up the
// steps of a workflow task, and nothing stands in the way.
func (h *host) wantsContinuation() bool {
	long := h.info.GetCurrentHistoryLength() >= h.limits.Events || h.info.GetContinueAsNewSuggested()
	return h.stepped && (long || h.instance.Yielded()) && h.quiescent()
}

// quiescent reports whether everything that the run has to do is plain state:
// no activity, no request to another workflow, nothing half way.
func (h *host) quiescent() bool {
	return len(h.activities) == 0 && h.starting == 0 && h.settling == 0 && len(h.replies) == 0 && len(h.inbox) == 0
}

// maxSnapshot is well below the 2 MiB that Temporal takes as one payload; what
// does not fit would fail the workflow task again and again.
const maxSnapshot = 3 << 19

// continueAsNew ends the run with an error that starts the next one from a
// snapshot. Signals that have arrived in the meantime come first: nothing
// blocks between draining them and the end. It returns nil when they left
// something to do.
func (h *host) continueAsNew(ctx workflow.Context) error {
	if !workflow.AllHandlersFinished(ctx) {
		return nil
	}
	if h.signals.Len() > 0 {
		return nil // the loop serves them first and asks again
	}
	snapshot, err := h.instance.Snapshot()
	if err != nil {
		panic(err) // plain data by construction
	}
	if len(snapshot) > maxSnapshot {
		return nil // a state of this size goes on in its run
	}
	next := h.in
	next.Variables, next.Register = nil, false
	next.Snapshot, next.Sequence = snapshot, h.sequence
	return workflow.NewContinueAsNewError(ctx, protocol.ProcessWorkflow, next)
}
