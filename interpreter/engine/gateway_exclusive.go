package engine

import "github.com/perdure/perdure/bpmn"

// chooseFirst takes the first flow in document order whose condition holds,
// else the default flow (BPMN 2.0.2, 13.4.2). A flow without a condition
// always holds.
func (in *Instance) chooseFirst(v visit) ([]*bpmn.Flow, error) {
	for i, f := range v.node.Out {
		if f == v.node.DefaultFlow {
			continue
		}
		ok, err := in.holds(f, v.scope)
		if err != nil {
			return nil, err
		}
		if ok {
			return v.node.Out[i : i+1], nil
		}
	}
	return v.otherwise()
}

// otherwise takes the default flow.
func (v visit) otherwise() ([]*bpmn.Flow, error) {
	n := v.node
	if n.DefaultFlow == nil {
		return nil, &fault{NoFlowIncident, "no condition holds and there is no default flow"}
	}
	for i, f := range n.Out {
		if f == n.DefaultFlow {
			return n.Out[i : i+1], nil
		}
	}
	return []*bpmn.Flow{n.DefaultFlow}, nil
}
