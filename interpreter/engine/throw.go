package engine

import (
	"github.com/perdure/perdure/bpmn"
	"github.com/perdure/perdure/interpreter/expr"
)

// activateThrow throws a message or a signal, or jumps to a link. A none event
// throws nothing.
func (in *Instance) activateThrow(v visit) {
	if v.node.link != nil {
		in.line("leave", v.node, "", "")
		in.arrive(v.node.link, nil, v.scope)
		return
	}
	var err error
	if v.node.event.kind == bpmn.MessageEvent {
		err = in.publish(v)
	}
	if v.node.event.kind == bpmn.SignalEvent {
		err = in.broadcast(v)
	}
	switch {
	case err != nil:
		in.hold(v, Entering, err, result{})
	case in.scopes[v.scope.id] != v.scope: // the signal itself has ended it
		in.line("abort", v.node, v.id, "")
	default:
		in.finish(v, result{})
	}
}

// publish sends the message of a throw event or a send task.
func (in *Instance) publish(v visit) error {
	key, err := in.correlationKey(v.node, v.scope)
	if err != nil {
		return err
	}
	vars, err := in.payload(v)
	if err != nil {
		return err
	}
	in.emit(PublishMessage{
		ID: in.number(v.node), Element: v.node.ID, Name: v.node.event.name, Key: key, Variables: vars,
	}, v.node)
	return nil
}

// broadcast sends a signal to other instances, and to this one at once.
func (in *Instance) broadcast(v visit) error {
	vars, err := in.payload(v)
	if err != nil {
		return err
	}
	in.emit(BroadcastSignal{
		ID: in.number(v.node), Element: v.node.ID, Name: v.node.event.name, Variables: vars,
	}, v.node)
	in.signal(v.node.event.name, vars)
	return nil
}

// payload is what a thrown event carries: its input mappings, else nothing.
func (in *Instance) payload(v visit) (expr.Variables, error) {
	if len(v.node.inputs) == 0 {
		return nil, nil
	}
	return in.input(v)
}
