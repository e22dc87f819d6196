package engine

func (t *Token) count() int { return max(t.Count, 1) }

// park leaves a token waiting and returns its id.
func (in *Instance) park(v *visit, waiting Waiting) *Token {
	if v.id == "" {
		v.id = in.number(v.node)
	}
	v.attempt = max(v.attempt, 1)
	v.scope.live += max(v.count, 1)
	in.state.Tokens = append(in.state.Tokens, Token{
		ID: v.id, Element: v.node.ID, Scope: v.scope.id, Waiting: waiting, Attempt: v.attempt, Count: v.count,
	})
	return &in.state.Tokens[len(in.state.Tokens)-1]
}

// token returns the place of a waiting token, or -1.
func (in *Instance) token(id ElementID) int {
	for i := range in.state.Tokens {
		if in.state.Tokens[i].ID == id {
			return i
		}
	}
	return -1
}

// unpark takes a waiting token into the hand.
func (in *Instance) unpark(id ElementID) (visit, Token) {
	i := in.token(id)
	t := in.state.Tokens[i]
	in.state.Tokens = remove(in.state.Tokens, i)
	s := in.scopeOf(t.Scope)
	s.live -= t.count()
	n := in.nodeOf(t.Element)
	return visit{
		node: n, scope: s, flow: in.def.flowByID[t.Flow], id: t.ID, attempt: t.Attempt, count: t.Count,
		open: t.Stage == "" || t.Stage == Working || t.Stage == Finishing,
	}, t
}

// remove deletes one element and keeps the order.
func remove[T any](list []T, i int) []T {
	copy(list[i:], list[i+1:])
	var zero T
	list[len(list)-1] = zero
	return list[:len(list)-1]
}
