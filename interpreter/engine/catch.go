package engine

import "github.com/perdure/perdure/bpmn"

// activateCatch waits for a timer, a message or a signal. A link is where a
// throw event of the same name goes on.
func (in *Instance) activateCatch(v visit) {
	if v.node.event.kind == bpmn.LinkEvent {
		in.finish(v, result{})
		return
	}
	o, err := in.prepare(v.node, v.scope)
	if err != nil {
		in.hold(v, Entering, err, result{})
		return
	}
	in.park(&v, waitingFor(v.node))
	in.open(o, v.id, v.id)
}

func waitingFor(n *node) Waiting {
	if n.event.kind == bpmn.TimerEvent {
		return ForTimer
	}
	if n.event.kind == bpmn.SignalEvent {
		return ForSignal
	}
	return ForMessage
}

// activateReceive waits for the message of a receive task.
func (in *Instance) activateReceive(v visit) {
	o, err := in.prepare(v.node, v.scope)
	if err != nil {
		in.hold(v, Entering, err, result{})
		return
	}
	boundary, err := in.prepareBoundary(v)
	if err != nil {
		in.hold(v, Entering, err, result{})
		return
	}
	in.park(&v, ForMessage)
	in.open(o, v.id, v.id)
	in.openBoundary(boundary, v.id)
}
