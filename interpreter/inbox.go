package interpreter

import (
	"cmp"
	"slices"

	"go.temporal.io/sdk/workflow"

	"github.com/perdure/perdure/interpreter/engine"
	"github.com/perdure/perdure/interpreter/expr"
	"github.com/perdure/perdure/protocol"
)

// delivery is one event on its way to the engine.
type delivery struct {
	event engine.Event
	actor protocol.Actor
	reply *reply // of an update, else nil
}

// reply is where the main loop leaves the answer to an update.
type reply struct {
	done bool
	err  error
}

// rank orders the events of one workflow task: what people and other systems
// said comes before results, and results before timers, so that a completion
// that arrives together with its time-out wins.
func (d delivery) rank() int {
	switch d.event.(type) {
	case engine.Started, engine.Resumed:
		return 0
	case engine.TaskCompleted, engine.IncidentResolved, engine.VariablesSet:
		return 1
	case engine.MessageReceived, engine.SignalReceived:
		return 2
	case engine.ActivityCompleted, engine.ActivityFailed, engine.ChildCompleted:
		return 3
	case engine.StopRequested:
		return 4
	case engine.TimerFired:
		return 5
	}
	return 6
}

func (h *host) push(d delivery) { h.inbox = append(h.inbox, d) }

// watchCancellation turns a request to cancel the workflow into an event.
func (h *host) watchCancellation(ctx workflow.Context, done workflow.Channel) {
	workflow.Go(ctx, func(ctx workflow.Context) {
		done.Receive(ctx, nil)
		h.push(delivery{event: engine.StopRequested{Reason: "cancelled"}, actor: protocol.SystemActor})
	})
}

// stepBatch steps the engine by everything that has arrived, in order of rank
// and then of arrival.
func (h *host) stepBatch(ctx workflow.Context) {
	h.drainSignals()
	if h.instance.Yielded() {
		h.push(delivery{event: engine.Resumed{}})
	}
	batch := h.inbox
	h.inbox = nil
	slices.SortStableFunc(batch, func(a, b delivery) int { return cmp.Compare(a.rank(), b.rank()) })
	for i, d := range batch {
		h.step(ctx, d)
		if _, started := d.event.(engine.Started); started {
			// What else has come already is about what the start opens, which
			// must have been carried out before it can be closed.
			h.inbox = append(batch[i+1:], h.inbox...)
			return
		}
	}
}

// step hands one event to the engine. A refusal is not a fault: an event may
// well come too late. Whoever waits for an answer gets it once the consequences
// have been carried out.
func (h *host) step(ctx workflow.Context, d delivery) {
	h.stepped = true
	err := h.instance.Step(workflow.Now(ctx), d.event)
	if d.reply != nil {
		d.reply.err = refusal(err)
		h.replies = append(h.replies, d.reply)
	}
	if err == nil {
		h.attribute(d)
		return
	}
	workflow.GetLogger(ctx).Debug("event refused", "reason", err)
	if _, starting := d.event.(engine.Started); starting {
		h.failStart(err)
	}
}

// failStart ends an instance that cannot begin: whoever started it did not
// check what the API checks. It must not wait for ever for nothing.
func (h *host) failStart(err error) {
	h.end(protocol.Result{Outcome: protocol.Errored, ErrorCode: protocol.ErrCodeNotStarted, Message: err.Error()})
}

// attribute remembers who caused what the engine is about to command.
func (h *host) attribute(d delivery) {
	switch ev := d.event.(type) {
	case engine.TaskCompleted:
		h.actors[string(ev.ID)] = d.actor
	case engine.IncidentResolved:
		h.actors[string(ev.ID)] = d.actor
	case engine.StopRequested:
		h.actors[""] = d.actor
	case engine.VariablesSet:
		h.show(protocol.Effect{
			Actor: d.actor, Variables: &protocol.SetVariables{Variables: encode(ev.Variables)},
		})
	case engine.ChildCompleted:
		delete(h.children, ev.ID)
	case engine.Started, engine.Resumed, engine.ActivityCompleted, engine.ActivityFailed, engine.TimerFired,
		engine.MessageReceived, engine.SignalReceived: // the platform itself
	}
}

// drainSignals moves everything in the signal channel to the inbox.
func (h *host) drainSignals() {
	var in protocol.Incoming
	for h.signals.ReceiveAsync(&in) {
		h.receive(in, nil)
		in = protocol.Incoming{}
	}
}

// receive queues an event from outside. What cannot be read is dropped when
// nobody waits for the answer; validators have refused it before that.
func (h *host) receive(in protocol.Incoming, r *reply) {
	if in.Adopt != nil {
		h.in.Parent, h.in.Report = &in.Adopt.Parent, true
		return
	}
	if in.Sync != nil {
		h.reset = true
		return
	}
	ev, err := event(in)
	if err != nil {
		if r != nil {
			r.done, r.err = true, refusal(err)
		}
		return
	}
	h.push(delivery{event: ev, actor: in.Actor, reply: r})
}

// event translates what came over the wire into the engine's words.
func event(in protocol.Incoming) (engine.Event, error) {
	switch {
	case in.Task != nil:
		vars, err := expr.DecodeVariables(in.Task.Variables)
		return engine.TaskCompleted{ID: engine.ElementID(in.Task.Task), Variables: vars}, err
	case in.Message != nil:
		vars, err := expr.DecodeVariables(in.Message.Variables)
		return engine.MessageReceived{
			ID: engine.ElementID(in.Message.Subscription), MessageID: in.Message.MessageID, Variables: vars,
		}, err
	case in.Signal != nil:
		vars, err := expr.DecodeVariables(in.Signal.Variables)
		return engine.SignalReceived{Name: in.Signal.Name, Broadcast: in.Signal.Broadcast, Variables: vars}, err
	case in.Incident != nil:
		vars, err := expr.DecodeVariables(in.Incident.Variables)
		return engine.IncidentResolved{
			ID: engine.IncidentID(in.Incident.Incident), Action: engine.IncidentAction(in.Incident.Action),
			Variables: vars, ErrorCode: in.Incident.ErrorCode,
		}, err
	case in.Stop != nil:
		return engine.StopRequested{Reason: in.Stop.Reason}, nil
	case in.Set != nil:
		vars, err := expr.DecodeVariables(in.Set.Variables)
		return engine.VariablesSet{Variables: vars}, err
	case in.Child != nil:
		vars, err := expr.DecodeVariables(in.Child.Result.Variables)
		return engine.ChildCompleted{
			ID: engine.ElementID(in.Child.Element), Outcome: engine.Outcome(in.Child.Result.Outcome),
			Variables: vars, ErrorCode: in.Child.Result.ErrorCode, Message: in.Child.Result.Message,
		}, err
	}
	return nil, &engine.InvalidError{Reason: "the event is empty"}
}
