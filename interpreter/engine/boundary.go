package engine

import "github.com/perdure/perdure/bpmn"

// triggerBoundary lets a boundary event happen: an interrupting one aborts its
// activity, a non-interrupting one adds a token (BPMN 2.0.2, 13.5.3).
func (in *Instance) triggerBoundary(b *node, owner ElementID, r result) {
	if b.NonInterrupting {
		in.enterBoundary(b, in.scopeOf(in.state.Tokens[in.token(owner)].Scope), r)
		return
	}
	v, t := in.unpark(owner)
	in.abort(v, &t)
	in.enterBoundary(b, v.scope, r)
}

func (in *Instance) enterBoundary(b *node, s *scope, r result) {
	in.lineEnter(b, nil)
	in.finish(visit{node: b, scope: s}, r)
}

// abort ends what a token in the hand was doing, and everything within.
func (in *Instance) abort(v visit, t *Token) {
	in.line("abort", v.node, t.ID, "")
	in.cancel(t, v.node)
	if t.Waiting == ForIncident {
		in.clearIncidents(func(token ElementID) bool { return token == t.ID })
	}
	if s := in.scopes[t.ID]; s != nil && v.node.Kind == bpmn.SubProcess {
		in.abortScope(s)
	}
	in.closeEvents(t.ID)
}

// abandon ends what failed by itself.
func (in *Instance) abandon(v visit) {
	in.line("abort", v.node, v.id, "")
	if s := in.scopes[v.id]; s != nil && v.node.Kind == bpmn.SubProcess {
		in.abortScope(s)
	}
	in.close(v)
}

// cancel withdraws what the host does for a token.
func (in *Instance) cancel(t *Token, n *node) {
	switch t.Waiting {
	case ForActivity:
		in.withdraw(CancelActivity{t.ID}, n)
	case ForTask:
		in.withdraw(CloseTask{ID: t.ID}, n)
	case ForChild:
		in.withdraw(CancelChild{t.ID}, n)
	case ForMessage, ForSignal, ForTimer, ForEvent: // closeEvents
	case ForScope, ForJoin, ForIncident: // abortScope, countJoin, clearIncidents
	}
}

// clearIncidents ends the incidents of tokens that are aborted.
func (in *Instance) clearIncidents(aborted func(token ElementID) bool) {
	kept := in.state.Incidents[:0]
	for _, i := range in.state.Incidents {
		if !aborted(i.Token) {
			kept = append(kept, i)
			continue
		}
		in.emit(ClearIncident{ID: i.ID, Action: "aborted"}, in.nodeOf(i.Element))
	}
	clear(in.state.Incidents[len(kept):])
	in.state.Incidents = kept
}
