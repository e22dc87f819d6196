package enginetest

import (
	"fmt"
	"slices"

	"github.com/perdure/perdure/bpmn"
	"github.com/perdure/perdure/interpreter/engine"
)

// laws keeps the books of one instance: from the trace, where each token must
// be; from the commands, what must be open.
type laws struct {
	graph  *bpmn.Graph
	event  string // at hand
	broken []string

	onNode map[string]int // tokens that entered a node and neither left nor were aborted
	leaves map[string]int // of joins, since they consume several tokens at once
	// unsure counts tokens that came to a join and were aborted within a step:
	// each may have stood for those that it was joined from.
	unsure map[string]int
	onFlow map[string]int // tokens on their way
	stages map[engine.ElementID]engine.Token
	freed  bool // a person let a join go on with what it had

	given map[string]bool // every start and publication so far
	open  map[string]bool // what the host is doing
	ended bool
}

func newLaws(g *bpmn.Graph) laws {
	return laws{
		graph: g, onNode: map[string]int{}, leaves: map[string]int{}, unsure: map[string]int{}, onFlow: map[string]int{},
		stages: map[engine.ElementID]engine.Token{}, given: map[string]bool{}, open: map[string]bool{},
	}
}

func (l *laws) breaks(format string, args ...any) {
	l.broken = append(l.broken, "after "+l.event+": "+fmt.Sprintf(format, args...))
}

// refused checks an event that was not accepted.
func (l *laws) refused(err error, commands []engine.Command) {
	if !late(err) {
		l.breaks("an untyped error: %v", err)
	}
	if len(commands) > 0 {
		l.breaks("a refused event gives commands: %v", commands)
	}
}

// observe checks a step that was made.
func (l *laws) observe(ev engine.Event, entries []engine.Entry, commands []engine.Command, st *engine.State) {
	if l.ended {
		l.breaks("a step after the end")
	}
	l.happened(ev)
	for _, e := range entries {
		l.follow(e)
	}
	for _, c := range commands {
		l.command(c)
	}
	l.conserve(st)
	l.agree(st)
	if st.Ended != l.ended {
		l.breaks("the state says ended: %v, the commands: %v", st.Ended, l.ended)
	}
	l.stages = map[engine.ElementID]engine.Token{}
	for _, t := range st.Tokens {
		l.stages[t.ID] = t
	}
}

// follow moves the tokens in the books by one line of the trace.
func (l *laws) follow(e engine.Entry) {
	switch e.Verb {
	case "enter":
		l.onNode[e.Element]++
		if e.Detail != "" {
			l.onFlow[e.Detail]--
		}
	case "take":
		l.onFlow[e.Element]++
	case "leave":
		if l.join(e.Element) {
			l.leaves[e.Element]++
		} else {
			l.onNode[e.Element]--
		}
	case "abort":
		l.abort(e)
	}
}

func (l *laws) abort(e engine.Entry) {
	if l.graph.Node(e.Element) == nil {
		l.onFlow[e.Element]--
		return
	}
	t, waited := l.stages[e.ID]
	if waited && t.Stage == engine.Arriving {
		if t.Flow != "" {
			l.onFlow[t.Flow] -= max(t.Count, 1)
		}
		return
	}
	if l.join(e.Element) {
		switch {
		case !waited:
			l.unsure[e.Element]++
		case t.Stage == engine.Leaving:
			l.leaves[e.Element]++
			return
		}
	}
	l.onNode[e.Element]--
}

func (l *laws) join(element string) bool {
	n := l.graph.Node(element)
	return len(n.In) > 1 && (n.Kind == bpmn.ParallelGateway || n.Kind == bpmn.InclusiveGateway)
}

// conserve: every token that entered a node is on it, has left it or was
// aborted; every token that took a flow is on it or has entered a node (T1).
// A parallel join consumes one token of every flow, an inclusive one at most
// as many (T4, T5).
func (l *laws) conserve(st *engine.State) {
	nodes, flows, joined := map[string]int{}, map[string]int{}, map[string]int{}
	for _, t := range st.Tokens {
		switch {
		case t.Stage == engine.Leaving && l.join(t.Element):
			joined[t.Element]++ // it has fired and cannot choose a way out
		case t.Stage != engine.Arriving:
			nodes[t.Element] += max(t.Count, 1)
		case t.Flow != "":
			flows[t.Flow] += max(t.Count, 1)
		}
	}
	for _, a := range st.Todo {
		if a.Flow != "" {
			flows[a.Flow]++
		}
	}
	for _, f := range l.graph.Flows {
		if flows[f.ID] != l.onFlow[f.ID] {
			l.breaks("conservation: %d tokens are on flow %s, the trace says %d", flows[f.ID], f.ID, l.onFlow[f.ID])
		}
	}
	for _, n := range l.graph.Nodes {
		if !l.join(n.ID) {
			if nodes[n.ID] != l.onNode[n.ID] {
				l.breaks("conservation: %d tokens are on %s, the trace says %d", nodes[n.ID], n.ID, l.onNode[n.ID])
			}
			continue
		}
		fired := l.leaves[n.ID] + joined[n.ID]
		consumed := l.onNode[n.ID] - nodes[n.ID]
		least, most := fired, fired*len(n.In)
		switch {
		case n.Kind == bpmn.InclusiveGateway:
			most += l.unsure[n.ID] * (len(n.In) - 1)
		case !l.freed:
			least = most
		}
		if consumed < least || consumed > most {
			l.breaks("conservation: %s consumed %d tokens in %d firings", n.ID, consumed, fired)
		}
	}
}

// happened closes what an event has ended on the host's side.
func (l *laws) happened(ev engine.Event) {
	switch ev := ev.(type) {
	case engine.ActivityCompleted:
		l.close("activity", ev.ID)
	case engine.ActivityFailed:
		l.close("activity", ev.ID)
	case engine.TimerFired:
		l.close("timer", ev.ID)
	case engine.ChildCompleted:
		l.close("child", ev.ID)
	case engine.IncidentResolved:
		l.freed = l.freed || ev.Action != engine.Retry
	default: // it ends nothing by itself
	}
}

func (l *laws) close(kind string, id engine.ElementID) {
	key := kind + " " + string(id)
	if !l.open[key] {
		l.breaks("%s is not open", key)
	}
	delete(l.open, key)
}

// start opens what the host does from now on; never twice.
func (l *laws) start(kind string, id engine.ElementID, attempt int) {
	key := kind + " " + string(id)
	if l.open[key] {
		l.breaks("%s is started while it is open", key)
	}
	l.once(fmt.Sprintf("%s attempt %d", key, attempt))
	l.open[key] = true
}

func (l *laws) once(key string) {
	if l.given[key] {
		l.breaks("%s comes twice", key)
	}
	l.given[key] = true
}

// command keeps the books of what is open: nothing twice, every withdrawal
// after its start, nothing after the end (T3).
func (l *laws) command(c engine.Command) {
	if l.ended {
		l.breaks("a command after the end: %s", c)
	}
	switch c := c.(type) {
	case engine.RunActivity:
		l.start("activity", c.ID, c.Attempt)
	case engine.CancelActivity:
		l.close("activity", c.ID)
	case engine.StartTimer:
		l.start("timer", c.ID, 1)
	case engine.CancelTimer:
		l.close("timer", c.ID)
	case engine.OpenTask:
		l.start("task", c.ID, 1)
	case engine.CloseTask:
		l.close("task", c.ID)
	case engine.Subscribe:
		l.start("subscription", c.ID, 1)
	case engine.Unsubscribe:
		l.close("subscription", c.ID)
	case engine.PublishMessage:
		l.once("message " + string(c.ID))
	case engine.BroadcastSignal:
		l.once("signal " + string(c.ID))
	case engine.StartChild:
		l.start("child", c.ID, c.Attempt)
	case engine.CancelChild:
		l.close("child", c.ID)
	case engine.AdoptChild:
		l.breaks("adopt without a snapshot: %s", c)
	case engine.RaiseIncident:
		l.start("incident", engine.ElementID(c.ID), 1)
	case engine.ClearIncident:
		l.close("incident", engine.ElementID(c.ID))
	case engine.End:
		l.ended = true
	}
}

// agree: what the state waits for is exactly what the host has open (T2, T6,
// T7).
func (l *laws) agree(st *engine.State) {
	want := map[string]bool{}
	for _, t := range st.Tokens {
		switch t.Waiting {
		case engine.ForActivity:
			want["activity "+string(t.ID)] = true
		case engine.ForTask:
			want["task "+string(t.ID)] = true
		case engine.ForChild:
			want["child "+string(t.ID)] = true
		case engine.ForMessage, engine.ForSignal, engine.ForTimer, engine.ForEvent: // see below
		case engine.ForScope, engine.ForJoin, engine.ForIncident: // nothing of the host's
		}
	}
	for _, t := range st.Timers {
		want["timer "+string(t.ID)] = true
		l.owned(st, "timer", t.ID, t.Owner)
	}
	for _, s := range st.Subscriptions {
		want["subscription "+string(s.ID)] = true
		l.owned(st, "subscription", s.ID, s.Owner)
	}
	for _, i := range st.Incidents {
		want["incident "+string(i.ID)] = true
		l.owned(st, "incident", engine.ElementID(i.ID), i.Token)
	}
	for _, key := range sorted(want) {
		if !l.open[key] {
			l.breaks("the state waits for %s, the host does not do it", key)
		}
	}
	for _, key := range sorted(l.open) {
		if !want[key] {
			l.breaks("the host does %s, the state does not wait for it", key)
		}
	}
	if !st.Ended && len(st.Tokens)+len(st.Todo) == 0 {
		l.breaks("no token is left and the instance has not ended")
	}
	if st.Ended && len(st.Tokens)+len(st.Todo)+len(st.Timers)+len(st.Subscriptions)+len(st.Incidents) > 0 {
		l.breaks("something is left after the end")
	}
}

func (l *laws) owned(st *engine.State, what string, id, owner engine.ElementID) {
	if !slices.ContainsFunc(st.Tokens, func(t engine.Token) bool { return t.ID == owner }) {
		l.breaks("the %s %s belongs to %s, which is gone", what, id, owner)
	}
}

func sorted(set map[string]bool) []string {
	keys := make([]string, 0, len(set))
	for key := range set {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
