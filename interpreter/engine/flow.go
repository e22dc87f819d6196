package engine

import (
	"fmt"

	"github.com/perdure/perdure/bpmn"
)

// choose returns the outgoing flows that a node's rules let a token take. No
// flow at all is an error only where there are flows to choose from.
func (in *Instance) choose(v visit) ([]*bpmn.Flow, error) {
	n := v.node
	switch {
	case n.Kind == bpmn.ParallelGateway || n.plain && (len(n.Out) < 2 || n.Kind != bpmn.ExclusiveGateway):
		return n.Out, nil
	case n.Kind == bpmn.ExclusiveGateway:
		return in.chooseFirst(v)
	default:
		return in.chooseAll(v)
	}
}

// chooseAll takes every flow whose condition holds, else the default flow: the
// rule of the inclusive split (BPMN 2.0.2, 13.4.3) and of several outgoing
// flows of an activity or event (13.3.1).
func (in *Instance) chooseAll(v visit) ([]*bpmn.Flow, error) {
	in.flows = in.flows[:0]
	conditional := false // a conditional flow was chosen
	for _, f := range v.node.Out {
		if f == v.node.DefaultFlow {
			continue
		}
		ok, err := in.holds(f, v.scope)
		if err != nil {
			return nil, err
		}
		if ok {
			in.flows = append(in.flows, f)
			conditional = conditional || f.Condition != ""
		}
	}
	if !conditional && v.node.DefaultFlow != nil {
		in.flows = append(in.flows, v.node.DefaultFlow)
	}
	if len(in.flows) == 0 {
		return v.otherwise()
	}
	return in.flows, nil
}

// holds evaluates the condition of a flow.
func (in *Instance) holds(f *bpmn.Flow, s *scope) (bool, error) {
	condition := in.def.flows[f.Index].condition
	if condition == nil {
		return true, nil
	}
	ok, err := condition.Bool(in.env(s))
	if err != nil {
		return false, fmt.Errorf("flow %s: %s: %w", f.ID, condition.Source(), err)
	}
	return ok, nil
}
