package interpreter

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/perdure/perdure/interpreter/engine"
	"github.com/perdure/perdure/interpreter/expr"
	"github.com/perdure/perdure/protocol"
)

// show puts a line into the next batch.
func (h *host) show(e protocol.Effect) { h.effects = append(h.effects, e) }

// project shows the repository everything that this workflow task changed, in
// one local activity: one marker in the history, and none when nothing that
// shows has changed. While the repository is away the batch goes on as an
// ordinary activity that is retried for ever.
//
// The repository may know more than this run: a workflow task that projected
// and was then lost with its process. Then it changes nothing, and everything
// that is open is sent with the same effects again.
func (h *host) project(ctx workflow.Context) {
	if len(h.effects) == 0 && !h.reset {
		return
	}
	effects, since := h.effects, h.sequence
	h.effects = nil
	answer := h.send(ctx, effects, since)
	for answer.Stale {
		h.sequence, h.reset = answer.Sequence, true
		answer = h.send(ctx, effects, since)
	}
	h.reset = false
	h.claim(answer.Claimed)
}

// send projects one batch.
func (h *host) send(ctx workflow.Context, effects []protocol.Effect, since uint64) protocol.BatchResult {
	h.sequence++
	batch := protocol.Batch{
		Instance: h.in.Instance, Sequence: h.sequence, Time: workflow.Now(ctx),
		Trace: h.instance.Trace(), Effects: effects,
	}
	if h.reset {
		batch.Effects = slices.Insert(slices.Clone(effects), h.beforeEnd(effects), protocol.Effect{Reset: h.open(since)})
	}
	var answer protocol.BatchResult
	retry := temporal.RetryPolicy{InitialInterval: 50 * time.Millisecond, MaximumAttempts: 5}
	if err := askRepository(ctx, protocol.ProjectActivity, "repository", retry, batch, &answer); err != nil {
		panic(fmt.Sprintf("interpreter: project: %v", err)) // only a fault of ours is final
	}
	if answer.Trace != "" && answer.Trace != batch.Trace {
		panic(fmt.Sprintf("interpreter: replay divergence: batch %d was made at trace %s, now at %s",
			batch.Sequence, answer.Trace, batch.Trace))
	}
	return answer
}

// beforeEnd is the place of a Reset among the effects: it opens what an End
// then closes.
func (h *host) beforeEnd(effects []protocol.Effect) int {
	if h.result != nil {
		return len(effects) - 1
	}
	return len(effects)
}

// open is everything that the repository should show of the instance.
func (h *host) open(since uint64) *protocol.Reset {
	state := h.instance.State()
	reset := &protocol.Reset{Since: since}
	for _, t := range state.Tokens {
		if t.Waiting == engine.ForTask {
			reset.Tasks = append(reset.Tasks, string(t.ID))
		}
	}
	for _, s := range state.Subscriptions {
		reset.Subscriptions = append(reset.Subscriptions, protocol.Subscribe{
			ID: string(s.ID), Element: s.Element, Kind: string(s.Kind), Name: s.Name, Key: s.Key,
		})
	}
	for _, i := range state.Incidents {
		reset.Incidents = append(reset.Incidents, protocol.RaiseIncident{
			ID: string(i.ID), Element: i.Element, Instance: string(i.Token), Kind: string(i.Kind),
			Message: i.Message, Attempt: i.Attempt,
		})
	}
	return reset
}

// claim queues the buffered messages that new subscriptions found waiting.
func (h *host) claim(messages []protocol.MessageDelivery) {
	for _, m := range messages {
		vars, err := expr.DecodeVariables(m.Variables)
		if err != nil {
			continue // the API has checked them
		}
		h.push(delivery{event: engine.MessageReceived{
			ID: engine.ElementID(m.Subscription), MessageID: m.MessageID, Variables: vars,
		}})
	}
}
