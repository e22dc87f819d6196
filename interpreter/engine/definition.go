package engine

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/perdure/perdure/bpmn"
	"github.com/perdure/perdure/interpreter/expr"
	"github.com/perdure/perdure/interpreter/iso8601"
)

// Definition is a compiled graph with everything that can be worked out before
// an instance starts: compiled expressions and scripts, retry policies, and
// which join each node can still reach. It is immutable and shared by all
// instances.
type Definition struct {
	graph *bpmn.Graph
	nodes []*node // by bpmn.Node.Index
	byID  map[string]*node
	flows []flow // by bpmn.Flow.Index
	// flowByID finds the flow that a token came by.
	flowByID map[string]*bpmn.Flow
	start    *node // the none start event of the process, nil if there is none
}

// node is a flow node with its expressions compiled.
type node struct {
	*bpmn.Node
	boundary []*node
	scope    *node // the sub-process that holds it, nil at the top level
	event    event
	inputs   []mapping
	outputs  []mapping
	job      *job
	script   *expr.Script
	user     *user
	call     *call
	link     *node // where a link throw event goes on
	// plain says that every outgoing flow is taken: none has a condition.
	plain bool
	// reach says, of an inclusive join, which of its incoming flows can still
	// be reached from each node.
	reach reach
}

// flow is a sequence flow with its condition compiled.
type flow struct {
	condition *expr.Program
	target    *node
	place     int // among the incoming flows of the target
}

// event is what an event or a message task waits for or throws.
type event struct {
	kind  bpmn.EventKind // empty for a none event
	name  string
	code  string
	key   *value
	timer bpmn.TimerKind
	when  value
}

// mapping computes a variable, or a field of one.
type mapping struct {
	path  []string
	value value
}

// job is what a service task asks of an activity.
type job struct {
	kind, queue        value
	timeout, heartbeat value
	headers            []mapping
	retry              RetryPolicy
	inline             bool
}

type user struct {
	assignee, users, groups   *value
	due, followUp             *value
	priority, form            *value
	documentation, laneOfTask string
}

type call struct {
	process     value
	version     int
	businessKey *value
}

// Prepare compiles the expressions and scripts of a graph and checks that the
// engine can execute every element of it. The error names all elements that
// are at fault.
func Prepare(g *bpmn.Graph) (*Definition, error) {
	p := preparer{def: &Definition{
		graph: g,
		nodes: make([]*node, len(g.Nodes)),
		byID:  make(map[string]*node, len(g.Nodes)),
		flows: make([]flow, len(g.Flows)),

		flowByID: make(map[string]*bpmn.Flow, len(g.Flows)),
	}}
	for i, n := range g.Nodes {
		p.def.nodes[i] = &node{Node: n}
		p.def.byID[n.ID] = p.def.nodes[i]
	}
	for _, f := range g.Flows {
		p.flow(f)
	}
	for _, n := range p.def.nodes {
		p.node(n)
	}
	for _, n := range p.def.nodes {
		if n.Kind == bpmn.InclusiveGateway && len(n.In) > 1 {
			n.reach = p.def.reachOf(n)
		}
	}
	if err := errors.Join(p.faults...); err != nil {
		return nil, fmt.Errorf("engine: process %q: %w", g.ID, err)
	}
	return p.def, nil
}

// Graph returns the graph that the definition was prepared from.
func (d *Definition) Graph() *bpmn.Graph { return d.graph }

// preparer collects the faults of a graph.
type preparer struct {
	def    *Definition
	at     string // the element at hand
	faults []error
}

func (p *preparer) fault(format string, args ...any) {
	p.faults = append(p.faults, fmt.Errorf("element %q: %w", p.at, fmt.Errorf(format, args...)))
}

func (p *preparer) flow(f *bpmn.Flow) {
	p.at = f.ID
	p.def.flowByID[f.ID] = f
	to := &p.def.flows[f.Index]
	to.target = p.def.nodes[f.Target.Index]
	for i, in := range f.Target.In {
		if in == f {
			to.place = i
		}
	}
	if f.Condition != "" {
		to.condition = p.compile(f.Condition)
	}
}

func (p *preparer) node(n *node) {
	p.at = n.ID
	for _, b := range n.Boundary {
		n.boundary = append(n.boundary, p.def.nodes[b.Index])
	}
	if n.Scope != nil {
		n.scope = p.def.nodes[n.Scope.Index]
	}
	n.plain = n.DefaultFlow == nil
	for _, f := range n.Out {
		n.plain = n.plain && f.Condition == ""
	}
	n.inputs = p.mappings(n.Inputs)
	n.outputs = p.mappings(n.Outputs)
	switch {
	case len(n.Events) > 1:
		p.fault("several event definitions are not supported")
	case len(n.Events) == 1:
		n.event = p.event(n.Events[0])
	case n.Message != nil:
		n.event = p.event(*n.Message)
	}
	p.kind(n)
}

// kind prepares what only one kind of node has, and refuses the kinds and
// events that the engine does not execute.
func (p *preparer) kind(n *node) {
	switch n.Kind {
	case bpmn.StartEvent:
		p.allow(n, "", bpmn.MessageEvent, bpmn.TimerEvent, bpmn.SignalEvent)
		if n.Scope == nil && n.event.kind == "" && p.def.start == nil {
			p.def.start = n
		}
	case bpmn.EndEvent:
		p.allow(n, "", bpmn.MessageEvent, bpmn.SignalEvent, bpmn.ErrorEvent, bpmn.TerminateEvent)
	case bpmn.IntermediateCatchEvent:
		p.allow(n, bpmn.MessageEvent, bpmn.TimerEvent, bpmn.SignalEvent, bpmn.LinkEvent)
	case bpmn.IntermediateThrowEvent:
		p.allow(n, "", bpmn.MessageEvent, bpmn.SignalEvent, bpmn.LinkEvent)
		if n.event.kind == bpmn.LinkEvent {
			p.link(n)
		}
	case bpmn.BoundaryEvent:
		p.allow(n, bpmn.MessageEvent, bpmn.TimerEvent, bpmn.SignalEvent, bpmn.ErrorEvent)
	case bpmn.ServiceTask, bpmn.BusinessRuleTask, bpmn.SendTask:
		if n.Job == nil && n.event.kind != bpmn.MessageEvent {
			p.fault("a %s needs an activity type or a message", n.Kind)
		}
		if n.Job != nil {
			n.job = p.job(n.Job)
		}
	case bpmn.ReceiveTask:
		p.allow(n, bpmn.MessageEvent)
	case bpmn.ScriptTask:
		script, err := expr.CompileScript(n.Script)
		if err != nil {
			p.fault("script: %w", err)
		}
		n.script = script
	case bpmn.UserTask:
		n.user = p.user(n.User)
	case bpmn.CallActivity:
		if n.Call == nil {
			p.fault("a call activity needs a called element")
			return
		}
		n.call = &call{process: p.value(n.Call.Process), version: n.Call.Version, businessKey: p.optional(n.Call.BusinessKey)}
	case bpmn.SubProcess:
		if len(n.Starts) == 0 {
			p.fault("a sub-process needs a start event")
		}
	case bpmn.EventBasedGateway:
		for _, f := range n.Out {
			if k := f.Target.Kind; k != bpmn.IntermediateCatchEvent && k != bpmn.ReceiveTask {
				p.fault("flow %q leads to a %s, which is no event to wait for", f.ID, k)
			}
		}
	case bpmn.Task, bpmn.ManualTask, bpmn.ExclusiveGateway, bpmn.ParallelGateway, bpmn.InclusiveGateway:
	case bpmn.Transaction, bpmn.AdHocSubProcess, bpmn.ComplexGateway:
		p.fault("a %s is not supported", n.Kind)
	default:
		p.fault("the kind %q is unknown", n.Kind)
	}
}

// allow refuses every event but those of the list; "" is the none event.
func (p *preparer) allow(n *node, kinds ...bpmn.EventKind) {
	if !slices.Contains(kinds, n.event.kind) {
		p.fault("a %s of kind %q is not supported", n.Kind, n.event.kind)
	}
}

// link finds the catch event that a link throw event goes on at: it has the
// same name and lies on the same level (BPMN 2.0.2, 10.5.5).
func (p *preparer) link(n *node) {
	for _, to := range p.def.nodes {
		if to.Kind == bpmn.IntermediateCatchEvent && to.Scope == n.Scope && len(to.Events) == 1 &&
			to.Events[0].Kind == bpmn.LinkEvent && to.Events[0].Name == n.event.name {
			n.link = to
			return
		}
	}
	p.fault("no link catch event is named %q", n.event.name)
}

func (p *preparer) event(e bpmn.EventDefinition) event {
	out := event{kind: e.Kind, name: e.Name, code: e.Code, key: p.optional(e.Key)}
	if e.Timer != nil {
		out.timer, out.when = e.Timer.Kind, p.value(e.Timer.Value)
	}
	return out
}

func (p *preparer) job(j *bpmn.Job) *job {
	return &job{
		kind: p.value(j.Type), queue: p.value(j.Queue),
		timeout: p.value(j.Timeout), heartbeat: p.value(j.Heartbeat),
		headers: p.mappings(j.Headers), retry: p.retry(j.Retry), inline: j.Inline,
	}
}

// The retry policy of a job that does not say otherwise, and the timeout of
// one attempt.
const (
	defaultAttempts    = 5
	defaultInterval    = time.Second
	defaultBackoff     = 2
	defaultMaxInterval = 5 * time.Minute
	defaultTimeout     = time.Minute
)

func (p *preparer) retry(r *bpmn.Retry) RetryPolicy {
	policy := RetryPolicy{
		MaxAttempts: defaultAttempts, Interval: defaultInterval,
		Backoff: defaultBackoff, MaxInterval: defaultMaxInterval,
	}
	if r == nil {
		return policy
	}
	if r.MaxAttempts > 0 {
		policy.MaxAttempts = r.MaxAttempts
	}
	if r.Backoff >= 1 {
		policy.Backoff = r.Backoff
	}
	if r.Interval != "" {
		policy.Interval = p.duration(r.Interval)
	}
	if r.MaxInterval != "" {
		policy.MaxInterval = p.duration(r.MaxInterval)
	}
	policy.MaxInterval = max(policy.MaxInterval, policy.Interval)
	return policy
}

// duration reads a literal duration, counted from the epoch.
func (p *preparer) duration(text string) time.Duration {
	d, err := positive(text, time.Unix(0, 0).UTC())
	if err != nil {
		p.fault("%w", err)
	}
	return d
}

// positive reads a duration that starts at the instant from and takes time.
func positive(text string, from time.Time) (time.Duration, error) {
	d, err := iso8601.ParseDuration(text)
	if err != nil {
		return 0, err
	}
	if err := d.CheckTimer(); err != nil {
		return 0, err
	}
	if d.IsZero() {
		return 0, fmt.Errorf("the duration %s is no time at all", text)
	}
	return d.AddTo(from).Sub(from), nil
}

func (p *preparer) user(u *bpmn.User) *user {
	if u == nil {
		return &user{}
	}
	return &user{
		assignee: p.optional(u.Assignee), users: p.optional(u.CandidateUsers), groups: p.optional(u.CandidateGroups),
		due: p.optional(u.DueDate), followUp: p.optional(u.FollowUpDate),
		priority: p.optional(u.Priority), form: p.optional(u.Form),
		documentation: u.Documentation, laneOfTask: u.Lane,
	}
}

func (p *preparer) mappings(ms []bpmn.Mapping) []mapping {
	var out []mapping
	for _, m := range ms {
		path := strings.Split(m.Target, ".")
		for _, name := range path {
			if name == "" {
				p.fault("the target %q has an empty name", m.Target)
			}
		}
		out = append(out, mapping{path: path, value: p.value(m.Value)})
	}
	return out
}

func (p *preparer) optional(v *bpmn.Value) *value {
	if v == nil {
		return nil
	}
	out := p.value(*v)
	return &out
}

func (p *preparer) value(v bpmn.Value) value {
	if v.Expr == "" {
		return value{literal: v.Text}
	}
	return value{program: p.compile(v.Expr)}
}

func (p *preparer) compile(source string) *expr.Program {
	program, err := expr.Compile(source)
	if err != nil {
		p.fault("expression %q: %w", source, err)
	}
	return program
}
