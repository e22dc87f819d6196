package engine

import (
	"slices"

	"github.com/perdure/perdure/bpmn"
)

// join counts the tokens that wait at a gateway, by their incoming flow.
type join struct {
	node   *node
	count  []int
	filled int // flows with at least one token
}

// join returns the counts of a gateway in this scope.
func (s *scope) join(n *node) *join {
	j := s.joins[n]
	if j == nil {
		if s.joins == nil {
			s.joins = map[*node]*join{}
		}
		j = &join{node: n, count: make([]int, len(n.In))}
		s.joins[n] = j
		if n.Kind == bpmn.InclusiveGateway {
			at, _ := slices.BinarySearchFunc(s.inclusive, n.Index, func(j *join, index int) int { return j.node.Index - index })
			s.inclusive = slices.Insert(s.inclusive, at, j)
		}
	}
	return j
}

// activateParallel waits until a token has come by every incoming flow, then
// takes every outgoing one (BPMN 2.0.2, 13.4.1). A token too many waits for
// the next round.
func (in *Instance) activateParallel(v visit) {
	if len(v.node.In) > 1 && v.flow != nil {
		j := v.scope.join(v.node)
		if j.count[in.place(v.flow)] > 0 || j.filled < len(v.node.In)-1 {
			in.wait(v)
			return
		}
		in.takeJoined(v.scope, v.node, v.flow)
	}
	in.leave(v)
}

func (in *Instance) place(f *bpmn.Flow) int { return in.def.flows[f.Index].place }

// wait leaves a token waiting at a join.
func (in *Instance) wait(v visit) {
	in.line("wait", v.node, "", "")
	in.park(&v, ForJoin).Flow = v.flow.ID
	in.countJoin(v.scope, v.node, v.flow, 1)
}

// countJoin counts tokens that wait at a join, or wait no longer.
func (in *Instance) countJoin(s *scope, n *node, f *bpmn.Flow, by int) {
	j := s.join(n)
	place := in.place(f)
	j.count[place] += by
	switch {
	case by > 0 && j.count[place] == by:
		j.filled++
	case by < 0 && j.count[place] == 0:
		j.filled--
	}
	s.joining += by
	in.joining += by
	if n.Kind == bpmn.InclusiveGateway {
		in.inclusive += by
	}
}

// takeJoined consumes one waiting token of each incoming flow that has any,
// the oldest. The token of the flow held is already in the hand.
func (in *Instance) takeJoined(s *scope, n *node, held *bpmn.Flow) {
	taken := newFlowSet(len(n.In))
	left := s.join(n).filled
	if held != nil {
		taken.add(in.place(held))
		if s.join(n).count[in.place(held)] > 0 {
			left--
		}
	}
	tokens := in.state.Tokens
	in.effort += len(tokens)
	kept := 0
	for i := range tokens {
		if left == 0 {
			kept += copy(tokens[kept:], tokens[i:])
			break
		}
		t := &tokens[i]
		if t.Waiting == ForJoin && t.Element == n.ID && t.Scope == s.id {
			if f := in.def.flowByID[t.Flow]; !taken.has(in.place(f)) {
				taken.add(in.place(f))
				in.countJoin(s, n, f, -1)
				s.live--
				left--
				continue
			}
		}
		if kept != i {
			tokens[kept] = *t
		}
		kept++
	}
	clear(tokens[kept:])
	in.state.Tokens = tokens[:kept]
}

// freeJoin finds a token that waits at a join for ever, because every token of
// its scope waits at a join and none can fire, and makes an incident of it.
func (in *Instance) freeJoin() bool {
	in.effort += len(in.state.Tokens)
	for i := range in.state.Tokens {
		t := &in.state.Tokens[i]
		if t.Waiting != ForJoin {
			continue
		}
		if s := in.scopeOf(t.Scope); s.live != s.joining {
			continue
		}
		v, _ := in.unpark(t.ID)
		in.countJoin(v.scope, v.node, v.flow, -1)
		in.hold(v, Joining, &fault{JoinIncident, "the gateway waits for a token that can never come"}, result{})
		return true
	}
	return false
}
