package engine

import (
	"github.com/perdure/perdure/bpmn"
	"github.com/perdure/perdure/interpreter/expr"
)

// bpmnError is an error that the process may catch.
type bpmnError struct {
	code, message string
	data          expr.Variables
}

func (e bpmnError) result() result {
	data := e.data
	if data == nil {
		data = expr.Variables{}
	}
	return result{value: map[string]any(data), given: true, failed: true, code: e.code, message: e.message}
}

// throwOrHold throws an error from a token in the hand. If nobody catches it,
// an instance that was called ends with it, for its caller to catch; in any
// other it is an incident, and a retry begins at the stage.
func (in *Instance) throwOrHold(v visit, e bpmnError, stage Stage, r result) {
	in.line("throw", v.node, v.id, e.code)
	switch {
	case in.throw(v, e):
	case in.opt.Called:
		in.abandon(v)
		in.end(End{Outcome: Errored, ErrorCode: e.code, Message: e.message, Variables: e.data}, v.node)
	default:
		message := "nobody catches the error " + e.code
		if e.message != "" && e.message != e.code {
			message += ": " + e.message
		}
		in.hold(v, stage, &fault{ErrorIncident, message}, r)
	}
}

// throw lets an error rise to the nearest boundary event that catches it: on
// the node itself, then on one sub-process after the other outwards (BPMN
// 2.0.2, 10.5.6). It says whether there is one.
func (in *Instance) throw(v visit, e bpmnError) bool {
	if b := v.node.handler(e.code); b != nil {
		in.abandon(v)
		in.enterBoundary(b, v.scope, e.result())
		return true
	}
	for s := v.scope; s.parent != nil; s = s.parent {
		if b := s.node.handler(e.code); b != nil {
			in.abandon(v)
			host, t := in.unpark(s.id)
			in.abort(host, &t)
			in.enterBoundary(b, s.parent, e.result())
			return true
		}
	}
	return false
}

// handler returns the boundary event that catches an error: one for exactly
// this code, else one for every code.
func (n *node) handler(code string) *node {
	var all *node
	for _, b := range n.boundary {
		if b.event.kind != bpmn.ErrorEvent {
			continue
		}
		if b.event.code == code && code != "" {
			return b
		}
		if b.event.code == "" && all == nil {
			all = b
		}
	}
	return all
}
