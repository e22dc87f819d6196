package engine

import (
	"github.com/perdure/perdure/interpreter/expr"
)

// activateSubProcess opens a scope and puts a token on the none start event
// within (BPMN 2.0.2, 13.3.4). Only input mappings give it variables of its
// own; everything else is read from and written to the scopes around it.
func (in *Instance) activateSubProcess(v visit) {
	vars := expr.Variables{}
	var err error
	if len(v.node.inputs) > 0 {
		if vars, err = in.input(v); err == nil {
			err = in.checkScope(vars)
		}
	}
	var boundary []opening
	if err == nil {
		boundary, err = in.prepareBoundary(v)
	}
	if err != nil {
		in.hold(v, Entering, err, result{})
		return
	}
	in.park(&v, ForScope)
	s := in.openScope(v.id, v.node, v.scope, vars)
	in.openBoundary(boundary, v.id)
	in.arrive(in.nodeOf(v.node.Starts[0].ID), nil, s)
}

// checkScope says whether there is room for the variables of a new scope.
func (in *Instance) checkScope(vars expr.Variables) error {
	if err := vars.CheckBounds(); err != nil {
		return err
	}
	return in.size.Plus(vars.Size()).Check()
}

// endScope ends a sub-process whose last token was consumed.
func (in *Instance) endScope(s *scope) {
	if s.live > 0 || in.scopes[s.id] != s {
		return
	}
	v, _ := in.unpark(s.id)
	in.leaveScope(v, s)
}

// leaveScope takes the outputs of a sub-process over and leaves it.
func (in *Instance) leaveScope(v visit, s *scope) {
	if err := in.output(v, s, result{}); err != nil {
		in.hold(v, Finishing, err, result{})
		return
	}
	in.dropScope(s)
	in.close(v)
	in.leave(v)
}

// abortScope withdraws everything in a scope and in the scopes within it, and
// the scopes themselves.
func (in *Instance) abortScope(s *scope) {
	in.emptyScope(s)
	in.dropScope(s)
}

// emptyScope withdraws every token of a scope and the scopes within it. The
// scope itself stays.
func (in *Instance) emptyScope(s *scope) {
	in.doom(s)
	gone := in.abortTokens()
	aborted := func(owner ElementID) bool { return gone[owner] }
	in.closeEventsIf(aborted)
	in.clearIncidents(aborted)
	in.dropArrivals()
	s.doomed, s.joins, s.inclusive = false, nil, nil
	kept := 0
	for i, x := range in.order {
		if x.doomed {
			in.forgetScope(x)
			continue
		}
		in.order[kept], in.state.Scopes[kept] = x, in.state.Scopes[i]
		kept++
	}
	clear(in.order[kept:])
	clear(in.state.Scopes[kept:])
	in.order, in.state.Scopes = in.order[:kept], in.state.Scopes[:kept]
}

// doom marks a scope and all scopes within. The state lists a scope after its
// parent.
func (in *Instance) doom(s *scope) {
	s.doomed = true
	for _, x := range in.order {
		if x.parent != nil && x.parent.doomed {
			x.doomed = true
		}
	}
}

// abortTokens aborts the tokens of the doomed scopes and returns their ids.
func (in *Instance) abortTokens() map[ElementID]bool {
	gone := map[ElementID]bool{}
	tokens := in.state.Tokens
	kept := tokens[:0]
	for _, t := range tokens {
		s := in.scopeOf(t.Scope)
		if !s.doomed {
			kept = append(kept, t)
			continue
		}
		n := in.nodeOf(t.Element)
		gone[t.ID] = true
		s.live -= t.count()
		if t.Waiting == ForJoin {
			in.countJoin(s, n, in.def.flowByID[t.Flow], -1)
		}
		in.line("abort", n, t.ID, "")
		in.cancel(&t, n)
	}
	clear(tokens[len(kept):])
	in.state.Tokens = kept
	return gone
}

// dropArrivals drops the tokens on their way in doomed scopes.
func (in *Instance) dropArrivals() {
	kept := in.todo[:in.next]
	for _, a := range in.todo[in.next:] {
		if a.scope.doomed {
			in.lineDrop(a)
			a.scope.live--
			continue
		}
		kept = append(kept, a)
	}
	clear(in.todo[len(kept):])
	in.todo = kept
	if in.next == len(in.todo) {
		in.todo, in.next = in.todo[:0], 0
	}
}

// terminate ends the scope of a token at once: the whole instance, or a
// sub-process, which then is complete (BPMN 2.0.2, 13.5.6).
func (in *Instance) terminate(v visit) {
	if v.scope.parent == nil {
		in.end(End{Outcome: Terminated, Variables: in.root.vars}, v.node)
		return
	}
	in.emptyScope(v.scope)
	in.consume(v)
}
