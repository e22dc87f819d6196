package engine

import (
	"slices"

	"github.com/perdure/perdure/bpmn"
)

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

// fireInclusive fires the first inclusive join, in the order of waiting, for
// which nothing is to be waited for. It is asked again after each firing,
// since that may have changed what the others wait for.
func (in *Instance) fireInclusive() bool {
	in.round++
	for i := range in.state.Tokens {
		t := &in.state.Tokens[i]
		if t.Waiting != ForJoin {
			continue
		}
		n := in.nodeOf(t.Element)
		if n.Kind != bpmn.InclusiveGateway {
			continue
		}
		s := in.scopeOf(t.Scope)
		j := s.join(n)
		if j.round == in.round {
			continue
		}
		j.round = in.round
		if in.awaits(j, n, s) {
			continue
		}
		in.takeJoined(s, n, nil)
		in.leave(visit{node: n, scope: s})
		return true
	}
	return false
}

// awaits says whether an inclusive join must wait for a token elsewhere in its
// scope: one that has a path to an incoming flow without a token and none to
// an incoming flow with a token, both without visiting the gateway. Tokens
// within a sub-process count as on the sub-process.
func (in *Instance) awaits(j *join, n *node, s *scope) bool {
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
	return slices.ContainsFunc(in.state.Tokens, func(t Token) bool {
		if t.Scope != s.id || t.Element == n.ID {
			return false
		}
		to := n.reach[in.nodeOf(t.Element).Index]
		return to != nil && to.meets(empty) && !to.meets(filled)
	})
}
