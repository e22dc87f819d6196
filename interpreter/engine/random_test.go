package engine_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/bpmn"
	"github.com/perdure/perdure/interpreter/engine"
	"github.com/perdure/perdure/interpreter/engine/enginetest"
	"github.com/perdure/perdure/interpreter/expr"
)

// seeds is how many random processes the tests run; a failure names its seed.
var seeds = flag.Int("seeds", 160, "random processes")

// TestRandomStructured runs random block-structured processes with random
// events in random order, stale ones among them. Every process must come to
// its end, no join may starve, and every law must hold after every step.
func TestRandomStructured(t *testing.T) {
	t.Parallel()
	for seed := range uint64(*seeds) {
		p := newProcess(seed)
		p.structured()
		def := p.prepare(t)
		first := drive(t, def, seed, 2000)
		require.True(t, first.ended, "seed %d does not end; waiting:\n%s", seed, first.waiting)
		require.Zero(t, first.starved, "seed %d: a join of a structured process starves", seed)
		second := drive(t, def, seed, 2000)
		require.Equal(t, first.commands, second.commands, "seed %d: the same events give other commands", seed)
	}
}

// TestRandomUnstructured runs random graphs of random nodes, most of them
// nonsense. No panic, no endless step, every law, the same again.
func TestRandomUnstructured(t *testing.T) {
	t.Parallel()
	for seed := range uint64(*seeds / 4) {
		p := newProcess(seed)
		p.unstructured()
		def := p.prepare(t)
		first := drive(t, def, seed, 25)
		second := drive(t, def, seed, 25)
		require.Equal(t, first.commands, second.commands, "seed %d: the same events give other commands", seed)
	}
}

// process is a random graph in the making.
type process struct {
	*rand.Rand
	graph  bpmn.Graph
	parent string
	next   int
}

func newProcess(seed uint64) *process {
	return &process{
		Rand:  rand.New(rand.NewPCG(seed, 42)),
		graph: bpmn.Graph{Format: bpmn.GraphFormat, Semantics: bpmn.Semantics, ID: fmt.Sprintf("random-%d", seed)},
	}
}

func (p *process) prepare(t *testing.T) *engine.Definition {
	t.Helper()
	data, err := json.Marshal(&p.graph)
	require.NoError(t, err)
	g, err := bpmn.ReadGraph(data)
	require.NoError(t, err, "%s", data)
	def, err := engine.Prepare(g)
	require.NoError(t, err, "%s", data)
	return def
}

func (p *process) node(kind bpmn.Kind) *bpmn.Node {
	p.next++
	n := &bpmn.Node{ID: fmt.Sprintf("%s%d", strings.ToLower(string(kind[:2])), p.next), Kind: kind, Parent: p.parent}
	p.graph.Nodes = append(p.graph.Nodes, n)
	return n
}

func (p *process) flow(from, to *bpmn.Node) *bpmn.Flow {
	p.next++
	f := &bpmn.Flow{ID: fmt.Sprintf("f%d", p.next), From: from.ID, To: to.ID}
	p.graph.Flows = append(p.graph.Flows, f)
	return f
}

func (p *process) event(kind bpmn.EventKind) bpmn.EventDefinition {
	if kind == bpmn.TimerEvent {
		when := bpmn.Value{Text: fmt.Sprintf("PT%dM", p.IntN(5))}
		return bpmn.EventDefinition{Kind: kind, Timer: &bpmn.Timer{Kind: bpmn.TimeDuration, Value: when}}
	}
	if kind != bpmn.ErrorEvent {
		return bpmn.EventDefinition{Kind: kind, Name: fmt.Sprintf("%s%d", kind, p.IntN(2))}
	}
	code := ""
	if p.IntN(3) > 0 {
		code = fmt.Sprintf("E%d", p.IntN(3))
	}
	return bpmn.EventDefinition{Kind: kind, Code: code}
}

// structured makes a process of blocks within blocks.
func (p *process) structured() {
	start := p.node(bpmn.StartEvent)
	first, last := p.block(4)
	p.flow(start, first)
	p.flow(last, p.node(bpmn.EndEvent))
}

// block makes a part with one way in and one way out.
func (p *process) block(depth int) (first, last *bpmn.Node) {
	if depth == 0 {
		return p.step()
	}
	switch p.IntN(8) {
	case 0, 1:
		first, middle := p.block(depth - 1)
		next, last := p.block(depth - 1)
		p.flow(middle, next)
		return first, last
	case 2:
		return p.branches(bpmn.ParallelGateway, depth)
	case 3:
		return p.branches(bpmn.ExclusiveGateway, depth)
	case 4:
		return p.branches(bpmn.InclusiveGateway, depth)
	case 5:
		return p.loop(depth)
	case 6:
		return p.subProcess(depth)
	default:
		return p.step()
	}
}

func (p *process) branches(kind bpmn.Kind, depth int) (split, merge *bpmn.Node) {
	split, merge = p.node(kind), p.node(kind)
	for i := range 2 + p.IntN(2) {
		first, last := p.block(depth - 1)
		f := p.flow(split, first)
		p.flow(last, merge)
		switch {
		case kind == bpmn.ParallelGateway:
		case i == 0:
			split.Default = f.ID
		default:
			f.Condition = fmt.Sprintf("x %% %d == %d", 2+p.IntN(2), p.IntN(2))
		}
	}
	return split, merge
}

// loop repeats a block up to three times.
func (p *process) loop(depth int) (top, again *bpmn.Node) {
	top, again = p.node(bpmn.ExclusiveGateway), p.node(bpmn.ExclusiveGateway)
	count := p.node(bpmn.ScriptTask)
	counter := fmt.Sprintf("n%d", p.next)
	count.Script = fmt.Sprintf("%s = (%s ?? 0) + 1", counter, counter)
	first, last := p.block(depth - 1)
	p.flow(top, count)
	p.flow(count, first)
	p.flow(last, again)
	p.flow(again, top).Condition = fmt.Sprintf("%s %% 3 != 0", counter)
	out := p.node(bpmn.Task)
	again.Default = p.flow(again, out).ID
	return top, out
}

// subProcess wraps a block; its boundary event leads to the same way out.
func (p *process) subProcess(depth int) (first, last *bpmn.Node) {
	sub := p.node(bpmn.SubProcess)
	if p.IntN(2) == 0 {
		sub.Inputs = []bpmn.Mapping{{Target: "own", Value: bpmn.Value{Expr: "x"}}}
		sub.Outputs = []bpmn.Mapping{{Target: "x", Value: bpmn.Value{Expr: "own + 1"}}}
	}
	outside := p.parent
	p.parent = sub.ID
	start := p.node(bpmn.StartEvent)
	in, out := p.block(depth - 1)
	p.flow(start, in)
	end := p.node(bpmn.EndEvent)
	if p.IntN(3) == 0 {
		end.Events = []bpmn.EventDefinition{p.event(bpmn.TerminateEvent)}
	}
	p.flow(out, end)
	p.parent = outside
	return sub, p.boundary(sub)
}

// boundary attaches events to a node. Interrupting ones merge with its way
// out, the others have an end of their own.
func (p *process) boundary(n *bpmn.Node) (out *bpmn.Node) {
	out = p.node(bpmn.ExclusiveGateway)
	p.flow(n, out)
	kinds := []bpmn.EventKind{bpmn.TimerEvent, bpmn.MessageEvent, bpmn.SignalEvent, bpmn.ErrorEvent}
	for range p.IntN(3) {
		b := p.node(bpmn.BoundaryEvent)
		b.AttachedTo = n.ID
		b.Events = []bpmn.EventDefinition{p.event(kinds[p.IntN(len(kinds))])}
		b.NonInterrupting = b.Events[0].Kind != bpmn.ErrorEvent && p.IntN(2) == 0
		if !b.NonInterrupting {
			p.flow(b, out)
			continue
		}
		if t := b.Events[0].Timer; t != nil && p.IntN(2) == 0 {
			t.Kind, t.Value.Text = bpmn.TimeCycle, "R3/PT1M"
		}
		p.flow(b, p.node(bpmn.EndEvent))
	}
	return out
}

// step makes one node that does something, or the choice between two events.
func (p *process) step() (first, last *bpmn.Node) {
	switch p.IntN(9) {
	case 0:
		return p.firstOf()
	case 1:
		n := p.node(bpmn.ScriptTask)
		n.Script = "x = x + 1"
		return n, n
	case 2:
		n := p.node(bpmn.IntermediateCatchEvent)
		n.Events = []bpmn.EventDefinition{p.event([]bpmn.EventKind{bpmn.TimerEvent, bpmn.MessageEvent}[p.IntN(2)])}
		return n, n
	case 3:
		n := p.node(bpmn.IntermediateThrowEvent)
		n.Events = []bpmn.EventDefinition{p.event([]bpmn.EventKind{bpmn.SignalEvent, bpmn.MessageEvent}[p.IntN(2)])}
		return n, n
	case 4:
		n := p.node(bpmn.Task)
		return n, n
	default:
		n := p.activity()
		return n, p.boundary(n)
	}
}

// activity makes a task that waits.
func (p *process) activity() *bpmn.Node {
	switch p.IntN(4) {
	case 0:
		return p.node(bpmn.UserTask)
	case 1:
		n := p.node(bpmn.ReceiveTask)
		e := p.event(bpmn.MessageEvent)
		n.Message = &e
		return n
	case 2:
		n := p.node(bpmn.CallActivity)
		n.Call = &bpmn.Call{Process: bpmn.Value{Text: "other"}}
		return n
	default:
		n := p.node(bpmn.ServiceTask)
		n.Job = &bpmn.Job{Type: bpmn.Value{Text: "work"}}
		return n
	}
}

func (p *process) firstOf() (gateway, merge *bpmn.Node) {
	gateway, merge = p.node(bpmn.EventBasedGateway), p.node(bpmn.ExclusiveGateway)
	for _, kind := range []bpmn.EventKind{bpmn.TimerEvent, bpmn.MessageEvent, bpmn.SignalEvent}[:2+p.IntN(2)] {
		n := p.node(bpmn.IntermediateCatchEvent)
		n.Events = []bpmn.EventDefinition{p.event(kind)}
		p.flow(gateway, n)
		p.flow(n, merge)
	}
	return gateway, merge
}

// unstructured makes some nodes and some flows between them.
func (p *process) unstructured() {
	p.level(6+p.IntN(8), true)
}

func (p *process) level(size int, nest bool) {
	nodes := []*bpmn.Node{p.node(bpmn.StartEvent)}
	for range size {
		n := p.anyNode()
		nodes = append(nodes, n)
		if nest && p.IntN(8) == 0 {
			n.Kind, n.Job, n.Call, n.Message, n.Events = bpmn.SubProcess, nil, nil, nil, nil
			p.parent = n.ID
			p.level(2+p.IntN(5), false)
			p.parent = ""
		}
	}
	for _, n := range nodes {
		if n.Kind == bpmn.EventBasedGateway || n.Kind == bpmn.EndEvent {
			continue
		}
		for range 1 + p.IntN(2) {
			f := p.flow(n, nodes[1+p.IntN(size)])
			switch p.IntN(4) {
			case 0:
				f.Condition = fmt.Sprintf("x %% 3 == %d", p.IntN(3))
			case 1:
				if n.Default == "" && n.Kind != bpmn.ParallelGateway {
					n.Default = f.ID
				}
			}
		}
	}
}

func (p *process) anyNode() *bpmn.Node {
	gateways := []bpmn.Kind{bpmn.ParallelGateway, bpmn.ExclusiveGateway, bpmn.InclusiveGateway, bpmn.InclusiveGateway}
	switch p.IntN(5) {
	case 0:
		n := p.node(bpmn.EndEvent)
		kinds := []bpmn.EventKind{bpmn.ErrorEvent, bpmn.TerminateEvent, bpmn.SignalEvent}
		if p.IntN(3) == 0 {
			n.Events = []bpmn.EventDefinition{p.event(kinds[p.IntN(3)])}
		}
		return n
	case 1, 2:
		return p.node(gateways[p.IntN(len(gateways))])
	case 3:
		n := p.activity()
		for range p.IntN(2) {
			b := p.node(bpmn.BoundaryEvent)
			b.AttachedTo = n.ID
			b.Events = []bpmn.EventDefinition{p.event([]bpmn.EventKind{bpmn.TimerEvent, bpmn.ErrorEvent}[p.IntN(2)])}
			p.flow(b, n) // in a circle
		}
		return n
	default:
		n := p.node(bpmn.ScriptTask)
		n.Script = []string{"x = x + 1", "x = x", "x = missing + 1"}[p.IntN(3)]
		return n
	}
}

// outcome is what came of driving an instance.
type outcome struct {
	ended    bool
	starved  int
	commands string
	waiting  string
}

// crowd ends the drive of a process that only multiplies.
const crowd = 200

// drive sends random events until the end, at most so many.
func drive(t *testing.T, def *engine.Definition, seed uint64, most int) outcome {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 7))
	run := enginetest.NewRun(def, engine.Options{Instance: "i", BusinessKey: "K"})
	d := driver{Rand: r, run: run, seen: []engine.ElementID{"nobody#1"}}
	now := monday
	var out outcome
	var commands strings.Builder
	var ev engine.Event = engine.Started{Variables: expr.Variables{"x": r.IntN(6)}}
	for range most {
		list, _ := run.Step(now, ev)
		require.Empty(t, run.Broken(), "seed %d", seed)
		data, err := json.Marshal(engine.Outbox(list))
		require.NoError(t, err)
		commands.Write(data)
		for _, c := range list {
			if c, ok := c.(engine.RaiseIncident); ok && c.Kind == engine.JoinIncident {
				out.starved++
			}
		}
		if run.Instance().Ended() {
			out.ended = true
			break
		}
		if st := run.Instance().State(); len(st.Tokens)+len(st.Todo) > crowd {
			break
		}
		now = now.Add(time.Duration(r.IntN(100)) * time.Second)
		ev = d.next()
	}
	if out.ended {
		for range 5 {
			_, err := run.Step(now, d.late())
			require.ErrorIs(t, err, engine.ErrEnded)
		}
	}
	out.commands = commands.String()
	out.waiting = run.Instance().Brief()
	return out
}

// driver chooses events.
type driver struct {
	*rand.Rand
	run  *enginetest.Run
	seen []engine.ElementID
}

// next is an event that the instance waits for, or now and then a late one.
func (d *driver) next() engine.Event {
	st := d.run.Instance().State()
	for _, t := range st.Tokens {
		d.seen = append(d.seen, t.ID)
	}
	d.seen = d.seen[max(0, len(d.seen)-50):]
	if d.run.Instance().Yielded() {
		return engine.Resumed{}
	}
	if d.IntN(6) == 0 {
		return d.late()
	}
	var list []engine.Event
	for _, t := range st.Tokens {
		list = d.forToken(list, t)
	}
	for _, t := range st.Timers {
		list = append(list, engine.TimerFired{ID: t.ID})
	}
	for _, s := range st.Subscriptions {
		if s.Kind == engine.SignalSubscription {
			list = append(list, engine.SignalReceived{Name: s.Name, Variables: d.vars()})
		} else {
			list = append(list, engine.MessageReceived{ID: s.ID, MessageID: fmt.Sprint(d.IntN(100)), Variables: d.vars()})
		}
	}
	for _, i := range st.Incidents {
		list = append(list, d.resolve(i))
	}
	if len(list) == 0 {
		return engine.StopRequested{Reason: "nothing can happen"}
	}
	return list[d.IntN(len(list))]
}

func (d *driver) forToken(list []engine.Event, t engine.Token) []engine.Event {
	if t.Waiting == engine.ForTask {
		return append(list, engine.TaskCompleted{ID: t.ID, Variables: d.vars()})
	}
	if t.Waiting == engine.ForActivity {
		switch d.IntN(6) {
		case 0:
			return append(list, engine.ActivityFailed{ID: t.ID, Message: "technical"})
		case 1:
			return append(list, engine.ActivityFailed{ID: t.ID, ErrorCode: fmt.Sprintf("E%d", d.IntN(3)), Data: d.vars()})
		}
		return append(list, engine.ActivityCompleted{ID: t.ID, Result: map[string]any{"y": d.IntN(9)}})
	}
	if t.Waiting == engine.ForChild {
		outcomes := []engine.Outcome{engine.Completed, engine.Completed, engine.Terminated, engine.Stopped, engine.Errored}
		return append(list, engine.ChildCompleted{ID: t.ID, Outcome: outcomes[d.IntN(5)], ErrorCode: "E1", Variables: d.vars()})
	}
	return list
}

func (d *driver) resolve(i engine.Incident) engine.Event {
	actions := []engine.IncidentAction{engine.Retry, engine.Retry, engine.CompleteTask, engine.Skip, engine.ThrowError, "nonsense"}
	return engine.IncidentResolved{ID: i.ID, Action: actions[d.IntN(len(actions))], ErrorCode: "E1", Variables: d.vars()}
}

func (d *driver) vars() expr.Variables {
	return expr.Variables{"x": d.IntN(6)}
}

// late is an event about something that may never have been.
func (d *driver) late() engine.Event {
	id := d.seen[d.IntN(len(d.seen))]
	return []engine.Event{
		engine.ActivityCompleted{ID: id},
		engine.ActivityFailed{ID: id},
		engine.TimerFired{ID: id},
		engine.MessageReceived{ID: id, MessageID: "1"},
		engine.SignalReceived{Name: "nobody"},
		engine.TaskCompleted{ID: id},
		engine.ChildCompleted{ID: id},
		engine.Started{},
		nil,
		engine.IncidentResolved{ID: "!0"},
		engine.VariablesSet{Variables: expr.Variables{"x": 1}},
		engine.Resumed{},
	}[d.IntN(12)]
}
