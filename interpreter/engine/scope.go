package engine

import (
	"slices"

	"github.com/perdure/perdure/interpreter/expr"
)

// scope is what the engine works out about a Scope of the state.
type scope struct {
	id     ElementID
	node   *node // the sub-process, nil for the process
	parent *scope
	vars   expr.Variables // the map of the state's Scope itself
	// chain is what expressions see: these variables, those of the parents,
	// and the instance.
	chain []expr.Variables
	// live counts the tokens that wait directly in the scope or are on their
	// way in it; joining those of them that wait at joins.
	live, joining int
	joins         map[*node]*join
	inclusive     []*join // those of inclusive gateways, in the order of the graph
	size          expr.Size
	// doomed marks a scope that is being withdrawn.
	doomed bool
}

// openScope adds a scope for the process (an empty id) or for an activation of
// a sub-process.
func (in *Instance) openScope(id ElementID, n *node, parent *scope, vars expr.Variables) *scope {
	st := Scope{ID: id, Variables: vars}
	if n != nil {
		st.Element = n.ID
		st.Parent = parent.id
	}
	in.state.Scopes = append(in.state.Scopes, st)
	return in.linkScope(id, n, parent, vars)
}

// linkScope builds what follows from a Scope of the state.
func (in *Instance) linkScope(id ElementID, n *node, parent *scope, vars expr.Variables) *scope {
	s := &scope{id: id, node: n, parent: parent, vars: vars, size: vars.Size()}
	in.size = in.size.Plus(s.size)
	if parent == nil {
		in.root = s
		s.chain = []expr.Variables{vars, in.instance}
	} else {
		s.chain = append([]expr.Variables{vars}, parent.chain...)
	}
	in.scopes[id] = s
	in.order = append(in.order, s)
	return s
}

// dropScope forgets a scope that has no token any more.
func (in *Instance) dropScope(s *scope) {
	if i := slices.Index(in.order, s); i >= 0 {
		in.order = remove(in.order, i)
		in.state.Scopes = remove(in.state.Scopes, i)
	}
	in.forgetScope(s)
}

func (in *Instance) forgetScope(s *scope) {
	in.size = in.size.Minus(s.size)
	delete(in.scopes, s.id)
}

// env is what an expression in the scope can see; data, if given, stands
// before the variables.
func (in *Instance) env(s *scope, data ...expr.Variables) expr.Env {
	if len(data) == 0 {
		return expr.Env{Now: in.now, Scopes: s.chain}
	}
	return expr.Env{Now: in.now, Scopes: append(slices.Clip(data), s.chain...)}
}

// restore builds what follows from the state. It panics if the state names
// what the definition does not have.
func (in *Instance) restore() {
	st := &in.state
	for i := range st.Scopes {
		s := &st.Scopes[i]
		if s.Variables == nil {
			s.Variables = expr.Variables{}
		}
		if s.ID == "" {
			in.linkScope(s.ID, nil, nil, s.Variables)
			continue
		}
		in.linkScope(s.ID, in.nodeOf(s.Element), in.scopeOf(s.Parent), s.Variables)
	}
	for i := range st.Tokens {
		t := &st.Tokens[i]
		s := in.scopeOf(t.Scope)
		s.live += t.count()
		if n := in.nodeOf(t.Element); t.Waiting == ForJoin {
			in.countJoin(s, n, in.def.flowByID[t.Flow], 1)
		}
	}
	for i := range st.Timers {
		in.nodeOf(st.Timers[i].Element)
	}
	for i := range st.Subscriptions {
		in.nodeOf(st.Subscriptions[i].Element)
	}
	for _, a := range st.Todo {
		n := in.nodeOf(a.Element)
		s := in.scopeOf(a.Scope)
		s.live++
		in.todo = append(in.todo, arrival{n, in.def.flowByID[a.Flow], s})
	}
}

// nodeOf returns the node with an id that the state holds.
func (in *Instance) nodeOf(id string) *node {
	n := in.def.byID[id]
	if n == nil {
		panic("engine: the state is of another definition: no element " + id)
	}
	return n
}

// scopeOf returns the scope with an id that the state holds.
func (in *Instance) scopeOf(id ElementID) *scope {
	s := in.root
	if id != "" {
		s = in.scopes[id]
	}
	if s == nil {
		panic("engine: the state is broken: no scope " + string(id))
	}
	return s
}
