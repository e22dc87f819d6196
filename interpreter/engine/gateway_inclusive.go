package engine

// activateInclusive lets a token wait at a join until no other one can arrive
// (BPMN 2.0.2, 13.4.3), which only can be told when all tokens are at rest;
// see fireInclusive. Without a join it splits.
func (in *Instance) activateInclusive(v visit) {
	if len(v.node.In) > 1 && v.flow != nil {
		in.wait(v)
		return
	}
	in.leave(v)
}

// fireInclusive fires the first inclusive join, in the order of scopes and
// nodes, for which nothing is to be waited for. It is asked again after each
// firing, since that may have changed what the others wait for.
func (in *Instance) fireInclusive() bool {
	in.effort += len(in.order)
	for _, s := range in.order {
		for _, j := range s.inclusive {
			if j.filled == 0 || in.awaits(j, s) {
				continue
			}
			in.takeJoined(s, j.node, nil)
			in.leave(visit{node: j.node, scope: s})
			return true
		}
	}
	return false
}

// awaits says whether an inclusive join must wait for a token elsewhere in its
// scope: one that has a path to an incoming flow without a token and none to
// an incoming flow with a token, both without visiting the gateway. Tokens
// within a sub-process count as on the sub-process.
func (in *Instance) awaits(j *join, s *scope) bool {
	n := j.node
	if j.filled == len(n.In) {
		return false
	}
	filled, empty := newFlowSet(len(n.In)), newFlowSet(len(n.In))
	for place, count := range j.count {
		if count > 0 {
			filled.add(place)
		} else {
			empty.add(place)
		}
	}
	in.effort += len(in.state.Tokens)
	for i := range in.state.Tokens {
		t := &in.state.Tokens[i]
		if t.Scope != s.id || t.Element == n.ID {
			continue
		}
		to := n.reach[in.nodeOf(t.Element).Index]
		if to != nil && to.meets(empty) && !to.meets(filled) {
			return true
		}
	}
	return false
}
