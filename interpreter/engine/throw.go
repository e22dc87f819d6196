package engine

import (
	"github.com/perdure/perdure/bpmn"
	"github.com/perdure/perdure/interpreter/expr"
)

// activateThrow throws a message or a signal, or jumps to a link. A none event
// throws nothing.
func (in *Instance) activateThrow(v visit) {
	var err error
	switch v.node.event.kind {
	case bpmn.MessageEvent:
		err = in.publish(v)
	case bpmn.SignalEvent:
		if err = in.broadcast(v); err == nil && in.scopes[v.scope.id] != v.scope {
			in.line("abort", v.node, v.id, "") // by the signal itself
			return
		}
	case bpmn.LinkEvent:
		in.line("leave", v.node, "", "")
		in.arrive(v.node.link, nil, v.scope)
		return
	}
	if err != nil {
		in.hold(v, Entering, err, result{})
		return
	}
	in.finish(v, result{})
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
