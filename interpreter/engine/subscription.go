package engine

import (
	"github.com/perdure/perdure/bpmn"
	"github.com/perdure/perdure/interpreter/expr"
)

// opening is an event that has been evaluated and may be opened.
type opening struct {
	node         *node
	timer        Timer
	subscription Subscription
}

// prepare evaluates what an event waits for and changes nothing.
func (in *Instance) prepare(n *node, s *scope) (opening, error) {
	o := opening{node: n}
	var err error
	if n.event.kind == bpmn.TimerEvent {
		o.timer.Due, o.timer.Cycle, err = in.schedule(n, s)
		return o, err
	}
	o.subscription.Kind, o.subscription.Name = SignalSubscription, n.event.name
	if n.event.kind == bpmn.MessageEvent {
		o.subscription.Kind = MessageSubscription
		o.subscription.Key, err = in.correlationKey(n, s)
	}
	return o, err
}

// prepareBoundary evaluates the boundary events of an activity that wait for
// something; errors come by themselves.
func (in *Instance) prepareBoundary(v visit) ([]opening, error) {
	if v.open {
		return nil, nil
	}
	var list []opening
	for _, b := range v.node.boundary {
		if b.event.kind == bpmn.ErrorEvent {
			continue
		}
		o, err := in.prepare(b, v.scope)
		if err != nil {
			return nil, err
		}
		list = append(list, o)
	}
	return list, nil
}

// openBoundary opens the boundary events of a token that waits.
func (in *Instance) openBoundary(list []opening, owner ElementID) {
	for _, o := range list {
		in.open(o, in.number(o.node), owner)
	}
}

// open starts the timer of an event, or its subscription.
func (in *Instance) open(o opening, id, owner ElementID) {
	n := o.node
	if n.event.kind == bpmn.TimerEvent {
		o.timer.ID, o.timer.Element, o.timer.Owner = id, n.ID, owner
		in.state.Timers = append(in.state.Timers, o.timer)
		in.emit(StartTimer{ID: id, Element: n.ID, Name: n.Name, Due: o.timer.Due}, n)
		return
	}
	o.subscription.ID, o.subscription.Element, o.subscription.Owner = id, n.ID, owner
	in.state.Subscriptions = append(in.state.Subscriptions, o.subscription)
	in.emit(Subscribe{
		ID: id, Element: n.ID, Kind: o.subscription.Kind, Name: o.subscription.Name, Key: o.subscription.Key,
	}, n)
}

// closeEvents withdraws the timers and subscriptions of a token.
func (in *Instance) closeEvents(owner ElementID) {
	in.closeEventsIf(func(o ElementID) bool { return o == owner })
}

func (in *Instance) closeEventsIf(closes func(owner ElementID) bool) {
	timers := in.state.Timers[:0]
	for _, t := range in.state.Timers {
		if !closes(t.Owner) {
			timers = append(timers, t)
			continue
		}
		in.withdraw(CancelTimer{t.ID}, in.nodeOf(t.Element))
	}
	clear(in.state.Timers[len(timers):])
	in.state.Timers = timers
	subscriptions := in.state.Subscriptions[:0]
	for _, s := range in.state.Subscriptions {
		if !closes(s.Owner) {
			subscriptions = append(subscriptions, s)
			continue
		}
		in.withdraw(Unsubscribe{s.ID}, in.nodeOf(s.Element))
	}
	clear(in.state.Subscriptions[len(subscriptions):])
	in.state.Subscriptions = subscriptions
}

// correlationKey evaluates the key of a message; without one it is the
// business key. A message cannot be correlated by nothing.
func (in *Instance) correlationKey(n *node, s *scope) (string, error) {
	if n.event.key == nil {
		return in.opt.BusinessKey, nil
	}
	key, err := n.event.key.text(in.env(s), "the correlation key")
	if err == nil && key == "" {
		err = n.event.key.fault("the correlation key is empty")
	}
	return key, err
}

// subscription returns the place of an open subscription, or -1.
func (in *Instance) subscription(id ElementID) int {
	for i := range in.state.Subscriptions {
		if in.state.Subscriptions[i].ID == id {
			return i
		}
	}
	return -1
}

func (in *Instance) messageReceived(ev MessageReceived) {
	s := in.state.Subscriptions[in.subscription(ev.ID)]
	n := in.nodeOf(s.Element)
	in.line("catch", n, s.ID, "")
	if ev.MessageID != "" {
		in.remember(ev.delivery())
	}
	in.deliver(s, n)
	in.trigger(n, s.Owner, given(ev.Variables))
}

func (in *Instance) signalReceived(ev SignalReceived) {
	if ev.Broadcast != "" {
		in.remember(ev.delivery())
	}
	in.signal(ev.Name, ev.Variables)
}

// signal triggers every subscription that is open for a signal now.
func (in *Instance) signal(name string, vars expr.Variables) {
	var open []Subscription
	for _, s := range in.state.Subscriptions {
		if s.Kind == SignalSubscription && s.Name == name {
			open = append(open, s)
		}
	}
	for _, s := range open {
		if in.state.Ended || in.subscription(s.ID) < 0 {
			continue // closed by one before it
		}
		n := in.nodeOf(s.Element)
		in.line("catch", n, s.ID, "")
		in.deliver(s, n)
		in.trigger(n, s.Owner, given(vars))
	}
}

// deliver ends a subscription by its delivery; only that of a non-interrupting
// boundary event stays open for more.
func (in *Instance) deliver(s Subscription, n *node) {
	if n.NonInterrupting {
		return
	}
	in.state.Subscriptions = remove(in.state.Subscriptions, in.subscription(s.ID))
	in.withdraw(Unsubscribe{s.ID}, n)
}

// trigger lets an event happen that the token owner waits for, or that stands
// on the boundary of its node.
func (in *Instance) trigger(n *node, owner ElementID, r result) {
	if n.Kind == bpmn.BoundaryEvent {
		in.triggerBoundary(n, owner, r)
		return
	}
	v, _ := in.unpark(owner)
	if v.node.Kind == bpmn.EventBasedGateway {
		in.choseEvent(v, n, r)
		return
	}
	in.finish(v, r)
}

// maxSeen bounds how many deliveries are remembered.
const maxSeen = 500

// delivery names a delivery to one subscription.
func (ev MessageReceived) delivery() string { return string(ev.ID) + " " + ev.MessageID }

func (ev SignalReceived) delivery() string { return "signal " + ev.Broadcast }

// remember keeps a delivery, so that a second one is stale.
func (in *Instance) remember(delivery string) {
	if len(in.state.Seen) == maxSeen {
		in.state.Seen = remove(in.state.Seen, 0)
	}
	in.state.Seen = append(in.state.Seen, delivery)
}
