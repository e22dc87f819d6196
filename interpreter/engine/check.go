package engine

import (
	"errors"
	"fmt"
	"slices"

	"github.com/perdure/perdure/bpmn"
	"github.com/perdure/perdure/interpreter/expr"
)

// ErrStale is the answer to an event that the instance does not wait for, or
// waits for no longer: a second delivery, a late result, an answer to a task
// that was withdrawn. Hosts drop such events: they are normal, not a fault.
var ErrStale = errors.New("engine: stale event")

// ErrEnded is the answer to every event after the end of the instance.
var ErrEnded = errors.New("engine: the instance has ended")

// InvalidError says that an event can never be accepted as it is.
type InvalidError struct{ Reason string }

// Error gives the reason.
func (e *InvalidError) Error() string { return "engine: " + e.Reason }

func invalid(format string, args ...any) error {
	return &InvalidError{fmt.Sprintf(format, args...)}
}

func stale(what string, id string) error { return fmt.Errorf("%s %s: %w", what, id, ErrStale) }

// Check says what Step would answer to an event: nil, an error that wraps
// ErrStale or ErrEnded, or an *InvalidError. It changes nothing.
func (in *Instance) Check(ev Event) error {
	if in.state.Ended {
		return ErrEnded
	}
	if ev, ok := ev.(Started); ok {
		return in.checkStart(ev)
	}
	if in.root == nil {
		return fmt.Errorf("not started: %w", ErrStale)
	}
	switch ev := ev.(type) {
	case ActivityCompleted:
		return in.checkToken("activity", ev.ID, ForActivity)
	case ActivityFailed:
		return in.checkToken("activity", ev.ID, ForActivity)
	case TimerFired:
		if in.timer(ev.ID) < 0 || in.pending(ev.ID) {
			return stale("timer", string(ev.ID))
		}
		return nil
	case MessageReceived:
		return in.checkMessage(ev)
	case SignalReceived:
		return in.checkSignal(ev)
	case TaskCompleted:
		if err := in.checkToken("task", ev.ID, ForTask); err != nil {
			return err
		}
		return checkGiven(ev.Variables)
	case ChildCompleted:
		return in.checkToken("call", ev.ID, ForChild)
	case IncidentResolved:
		return in.checkResolution(ev)
	case VariablesSet:
		return in.checkAssign(in.root, ev.Variables)
	case StopRequested:
		return nil
	case Resumed:
		if !in.Yielded() {
			return fmt.Errorf("nothing to resume: %w", ErrStale)
		}
		return nil
	default:
		return invalid("unknown event %T", ev)
	}
}

func (in *Instance) checkStart(ev Started) error {
	switch {
	case in.root != nil:
		return fmt.Errorf("already started: %w", ErrStale)
	case in.startEvent(ev.Start) == nil && ev.Start == "":
		return invalid("the process has no none start event")
	case in.startEvent(ev.Start) == nil:
		return invalid("the process has no start event %q", ev.Start)
	default:
		return checkGiven(ev.Variables)
	}
}

// checkToken looks for a token that waits, and for which the host has been
// told so.
func (in *Instance) checkToken(what string, id ElementID, waiting Waiting) error {
	i := in.token(id)
	if i < 0 || in.state.Tokens[i].Waiting != waiting || in.pending(id) {
		return stale(what, string(id))
	}
	return nil
}

func (in *Instance) checkMessage(ev MessageReceived) error {
	i := in.subscription(ev.ID)
	if i < 0 || in.state.Subscriptions[i].Kind != MessageSubscription || in.pending(ev.ID) ||
		ev.MessageID != "" && slices.Contains(in.state.Seen, ev.delivery()) {
		return stale("subscription", string(ev.ID))
	}
	return checkGiven(ev.Variables)
}

func (in *Instance) checkSignal(ev SignalReceived) error {
	open := slices.ContainsFunc(in.state.Subscriptions, func(s Subscription) bool {
		return s.Kind == SignalSubscription && s.Name == ev.Name
	})
	if !open || ev.Broadcast != "" && slices.Contains(in.state.Seen, ev.delivery()) {
		return stale("signal", ev.Name)
	}
	return checkGiven(ev.Variables)
}

// checkResolution says whether an action makes sense for an incident.
func (in *Instance) checkResolution(ev IncidentResolved) error {
	i := in.incident(ev.ID)
	if i < 0 {
		return stale("incident", string(ev.ID))
	}
	t := &in.state.Tokens[in.token(in.state.Incidents[i].Token)]
	switch ev.Action {
	case Retry:
		return in.checkAssign(in.scopeOf(t.Scope), ev.Variables)
	case ThrowError:
		if ev.ErrorCode == "" {
			return invalid("to throw an error takes an error code")
		}
		return checkGiven(ev.Variables)
	case CompleteTask, Skip:
		if err := canSkip(in.nodeOf(t.Element), t); err != nil {
			return err
		}
		if ev.Action == CompleteTask {
			return checkGiven(ev.Variables)
		}
		return in.checkAssign(in.scopeOf(t.Scope), ev.Variables)
	default:
		return invalid("unknown action %q; known are retry, complete, throw and skip", ev.Action)
	}
}

// canSkip says whether a node can be left without being done. From a gateway
// there is no telling by which flow.
func canSkip(n *node, t *Token) error {
	switch {
	case t.Stage == Leaving:
		return invalid("%s cannot be left: no outgoing flow can be chosen; set variables and retry", n.ID)
	case n.isGateway() && t.Stage != Joining:
		return invalid("the gateway %s can only be retried", n.ID)
	default:
		return nil
	}
}

func (n *node) isGateway() bool {
	return n.Kind == bpmn.ExclusiveGateway || n.Kind == bpmn.InclusiveGateway ||
		n.Kind == bpmn.ParallelGateway || n.Kind == bpmn.EventBasedGateway
}

// checkAssign says whether variables from outside fit.
func (in *Instance) checkAssign(s *scope, vars expr.Variables) error {
	if _, err := in.plan(s, fields(vars)); err != nil {
		return invalid("%s", err)
	}
	return nil
}

// checkGiven says whether data from outside fits by itself. Whether it fits
// beside the variables there are is seen when it is taken over.
func checkGiven(vars expr.Variables) error {
	if err := vars.CheckBounds(); err != nil {
		return invalid("%s", err)
	}
	return nil
}
