package engine

import (
	"maps"

	"github.com/perdure/perdure/bpmn"
	"github.com/perdure/perdure/interpreter/expr"
)

// started opens the process and puts a token on its start event.
func (in *Instance) started(ev Started) {
	vars := expr.Variables{}
	maps.Copy(vars, ev.Variables)
	root := in.openScope("", nil, nil, vars)
	in.arrive(in.startEvent(ev.Start), nil, root)
}

// startEvent returns the start event of the process with an id, or the none
// start event. It is nil if there is no such event.
func (in *Instance) startEvent(id string) *node {
	if id == "" {
		return in.def.start
	}
	n := in.def.byID[id]
	if n == nil || n.Kind != bpmn.StartEvent || n.scope != nil {
		return nil
	}
	return n
}

// activateEnd does what an end event throws and consumes the token.
func (in *Instance) activateEnd(v visit) {
	if v.node.event.kind == bpmn.ErrorEvent {
		in.throwEnd(v)
		return
	}
	if v.node.event.kind == bpmn.TerminateEvent {
		in.terminateEnd(v)
		return
	}
	in.activateThrow(v)
}

// terminateEnd applies the outputs of a terminate end event and ends its scope.
func (in *Instance) terminateEnd(v visit) {
	if err := in.output(v, v.scope, result{}); err != nil {
		in.hold(v, Entering, err, result{})
		return
	}
	in.line("leave", v.node, "", "")
	in.terminate(v)
}

// throwEnd throws the error of an error end event; its input mappings are the
// data of the error.
func (in *Instance) throwEnd(v visit) {
	data, err := in.payload(v)
	if err != nil {
		in.hold(v, Entering, err, result{})
		return
	}
	in.throwOrHold(v, bpmnError{code: v.node.event.code, message: v.node.event.name, data: data}, Entering, result{})
}

// complete ends an instance that has no token any more.
func (in *Instance) complete() {
	in.end(End{Outcome: Completed, Variables: in.root.vars}, nil)
}

// stopRequested ends the instance before its time.
func (in *Instance) stopRequested(ev StopRequested) {
	in.remark("stop", ev.Reason)
	in.end(End{Outcome: Stopped, Message: ev.Reason, Variables: in.root.vars}, nil)
}

// end withdraws everything that is left and is the last thing an instance
// does.
func (in *Instance) end(c End, at *node) {
	in.emptyScope(in.root)
	in.ended = in.ended[:0]
	if c.Variables == nil {
		c.Variables = expr.Variables{}
	}
	c.Variables = maps.Clone(c.Variables)
	in.emit(c, at)
	in.state.Ended = true
	in.state.Steps, in.state.Quiet, in.state.Seen = 0, 0, nil
}
