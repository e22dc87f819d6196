package interpreter

import (
	"encoding/json"

	"go.temporal.io/sdk/workflow"

	"github.com/perdure/perdure/interpreter/engine"
	"github.com/perdure/perdure/interpreter/expr"
	"github.com/perdure/perdure/protocol"
)

const (
	// commandBudget and byteBudget bound one workflow task: the server ends a
	// workflow whose task completion is too large.
	commandBudget = 500
	byteBudget    = 2 << 20
	// maxInFlight keeps well below the server's 2,000 pending activities.
	maxInFlight = 1_000
)

// carryOut does what the engine asks for, as far as one workflow task may go,
// and then shows the outcome to the repository.
func (h *host) carryOut(ctx workflow.Context) {
	for _, c := range h.rearm {
		h.do(ctx, c)
	}
	h.rearm = nil
	hold := !h.mayStart()
	for _, c := range h.instance.Take(engine.Budget{Commands: commandBudget, Bytes: byteBudget, HoldStarts: hold}) {
		h.do(ctx, c)
	}
	h.more = h.instance.Ready(hold)
	h.armTimers(ctx)
	h.project(ctx)
	if !h.more {
		h.answer()
	}
}

// answer lets the updates return whose consequences are carried out.
func (h *host) answer() {
	for _, r := range h.replies {
		r.done = true
	}
	h.replies = nil
}

// mayStart reports whether new activities and called processes may start.
func (h *host) mayStart() bool {
	return h.info.GetCurrentHistoryLength() < h.limits.GateEvents && len(h.activities) < maxInFlight
}

// do carries out one command: at once if it is Temporal's, with the next batch
// if it is the repository's.
func (h *host) do(ctx workflow.Context, c engine.Command) {
	switch c := c.(type) {
	case engine.RunActivity:
		h.runActivity(ctx, c)
	case engine.CancelActivity:
		h.cancelActivity(c.ID)
	case engine.StartTimer:
		h.timers.add(c)
	case engine.CancelTimer:
		h.timers.remove(c.ID)
	case engine.StartChild:
		h.startChild(ctx, c)
	case engine.CancelChild:
		h.cancelChild(ctx, c.ID)
	case engine.AdoptChild:
		h.adoptChild(ctx, c)
	case engine.OpenTask:
		h.show(protocol.Effect{OpenTask: &protocol.OpenTask{
			ID: string(c.ID), Element: c.Element, Name: c.Name, Documentation: c.Documentation,
			Assignee: c.Assignee, CandidateUsers: c.CandidateUsers, CandidateGroups: c.CandidateGroups,
			Due: c.Due, FollowUp: c.FollowUp, Priority: c.Priority, Form: c.Form, Lane: c.Lane,
			Variables: encode(c.Variables),
		}})
	case engine.CloseTask:
		h.show(protocol.Effect{
			Actor:     h.actor(string(c.ID)),
			CloseTask: &protocol.CloseTask{ID: string(c.ID), Completed: c.Completed},
		})
	case engine.Subscribe:
		h.show(protocol.Effect{Subscribe: &protocol.Subscribe{
			ID: string(c.ID), Element: c.Element, Kind: string(c.Kind), Name: c.Name, Key: c.Key,
		}})
	case engine.Unsubscribe:
		h.show(protocol.Effect{Unsubscribe: &protocol.Unsubscribe{ID: string(c.ID)}})
	case engine.PublishMessage:
		h.show(protocol.Effect{Publish: &protocol.PublishMessage{
			ID: h.key(c.ID), Name: c.Name, Key: c.Key, Variables: encode(c.Variables),
			TimeToLive: thrownMessageSeconds,
		}})
	case engine.BroadcastSignal:
		h.show(protocol.Effect{Broadcast: &protocol.Broadcast{
			ID: h.key(c.ID), Name: c.Name, Variables: encode(c.Variables),
		}})
	case engine.RaiseIncident:
		h.show(protocol.Effect{Raise: &protocol.RaiseIncident{
			ID: string(c.ID), Element: c.Element, Instance: string(c.Instance), Kind: string(c.Kind),
			Message: c.Message, Attempt: c.Attempt,
		}})
	case engine.ClearIncident:
		h.show(protocol.Effect{
			Actor: h.actor(string(c.ID)),
			Clear: &protocol.ClearIncident{ID: string(c.ID), Action: c.Action},
		})
	case engine.End:
		h.end(protocol.Result{
			Outcome: protocol.Outcome(c.Outcome), Variables: encode(c.Variables),
			ErrorCode: c.ErrorCode, Message: c.Message,
		})
	}
}

// end makes this the last batch of the instance.
func (h *host) end(r protocol.Result) {
	h.result = &r
	h.show(protocol.Effect{Actor: h.actor(""), End: &protocol.End{Result: r}})
}

// thrownMessageSeconds is how long a message thrown by a process waits for a
// receiver that is not there yet: one hour.
const thrownMessageSeconds = 3600

// actor returns who caused something and forgets it.
func (h *host) actor(id string) protocol.Actor {
	a := h.actors[id]
	delete(h.actors, id)
	return a
}

func (h *host) key(id engine.ElementID) string { return protocol.StepKey(h.in.Instance, string(id)) }

// encode renders variables, which are of the expression model by construction.
func encode(v expr.Variables) json.RawMessage {
	if v == nil {
		return nil
	}
	data, err := expr.Encode(map[string]any(v))
	if err != nil {
		panic(err)
	}
	return data
}
