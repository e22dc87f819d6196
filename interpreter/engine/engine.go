package engine

import (
	"strconv"
	"time"

	"github.com/perdure/perdure/bpmn"
	"github.com/perdure/perdure/interpreter/expr"
)

// Bounds of an instance.
const (
	// MaxSteps is how many automatic steps one Step makes. It leaves the rest
	// to the next one; see Yielded.
	MaxSteps = 10_000
	// MaxQuietSteps is how many automatic steps may pass without an outside
	// event and without a variable that changes its value: such a loop can
	// never end.
	MaxQuietSteps = 10_000
	// MaxTotalSteps is how many automatic steps may pass without an outside
	// event at all.
	MaxTotalSteps = 10_000_000
	// MaxTokens is how many tokens an instance may have at a time.
	MaxTokens = 50_000
)

// maxEffort is how many tokens one Step may look at to find those that can
// move, before it leaves the rest to the next one: joins among thousands of
// tokens must not hold up the host.
const maxEffort = 2_000_000

// Options are what an instance is told about itself and by whom it is watched.
type Options struct {
	// Instance, BusinessKey, Process and Version are what expressions see as
	// instance.id, instance.businessKey, instance.process, instance.version.
	Instance, BusinessKey string
	Process               string
	Version               int
	// Called says that a call activity waits for the instance: an error that
	// nothing in it catches ends it, for the caller to catch.
	Called bool
	// Trace, if not nil, is told every line of the trace.
	Trace func(Entry)
}

// Instance is one running process instance. It is not safe for concurrent use.
type Instance struct {
	def   *Definition
	opt   Options
	state State
	now   time.Time

	// The rest follows from the state.

	root   *scope
	scopes map[ElementID]*scope
	order  []*scope // as in the state
	todo   []arrival
	next   int // the first of todo that has not entered
	// ended are the scopes whose last token was consumed.
	ended []*scope
	// joining counts the tokens that wait at joins, inclusive those of them at
	// inclusive ones.
	joining, inclusive int
	// size measures the variables of all scopes.
	size expr.Size
	// withdrew says that the outbox may hold a start and its withdrawal.
	withdrew bool
	instance expr.Variables // the outermost scope
	// effort counts the tokens and scopes that this Step had to look at.
	effort int
	flows  []*bpmn.Flow // what chooseAll returned last
}

// arrival is a token on its way onto a node; flow is nil for a node that is
// not entered by one.
type arrival struct {
	node  *node
	flow  *bpmn.Flow
	scope *scope
}

// visit is a token that no longer is on its way and does not yet wait: the
// step at hand holds it.
type visit struct {
	node  *node
	scope *scope
	flow  *bpmn.Flow
	// id is empty until the token has waited for the first time.
	id      ElementID
	attempt int
	// open says that the boundary events of the node are open.
	open bool
	// count is how many equal tokens this one stands for, if more than one.
	count int
}

// New returns the instance with the state st: of the same definition, or
// State{} for an instance that waits for Started. The instance owns st from
// then on. It panics if st is of another definition.
func New(def *Definition, st State, opt Options) *Instance {
	in := &Instance{def: def, opt: opt, state: st, scopes: map[ElementID]*scope{}}
	in.instance = expr.Variables{"instance": map[string]any{
		"id": opt.Instance, "businessKey": opt.BusinessKey, "process": opt.Process, "version": opt.Version,
	}}
	if in.state.Schema == 0 {
		in.state.Schema = Schema
		in.state.Trace = hashOffset
	}
	in.restore()
	return in
}

// Step advances the instance by one event, at the time now. What the host must
// do about it is then in the outbox. It returns an error, and leaves the state
// as it was, for an event that the instance does not wait for: ErrStale,
// ErrEnded or an *InvalidError. What goes wrong within the process is not an
// error but an incident.
func (in *Instance) Step(now time.Time, ev Event) error {
	if err := in.Check(ev); err != nil {
		return err
	}
	in.now, in.effort = now.Round(0).UTC(), 0
	if _, more := ev.(Resumed); !more {
		in.state.Steps, in.state.Quiet = 0, 0
	}
	in.handle(ev)
	in.drain()
	in.finishStep()
	return nil
}

// handle applies an event that Check has let through.
func (in *Instance) handle(ev Event) {
	switch ev := ev.(type) {
	case Started:
		in.started(ev)
	case ActivityCompleted:
		in.activityCompleted(ev)
	case ActivityFailed:
		in.activityFailed(ev)
	case TimerFired:
		in.timerFired(ev)
	case MessageReceived:
		in.messageReceived(ev)
	case SignalReceived:
		in.signalReceived(ev)
	case TaskCompleted:
		in.taskCompleted(ev)
	case ChildCompleted:
		in.childCompleted(ev)
	case IncidentResolved:
		in.incidentResolved(ev)
	case VariablesSet:
		in.variablesSet(ev)
	case StopRequested:
		in.stopRequested(ev)
	case Resumed:
	}
}

// drain moves tokens until every one waits or is gone, or the steps of this
// Step are used up.
func (in *Instance) drain() {
	for steps := 0; !in.state.Ended; {
		switch {
		case len(in.ended) > 0:
			s := in.ended[len(in.ended)-1]
			in.ended = in.ended[:len(in.ended)-1]
			in.endScope(s)
		case in.next < len(in.todo):
			if in.endless() {
				in.holdBack()
				continue
			}
			if steps == MaxSteps || in.effort > maxEffort {
				return
			}
			steps++
			in.state.Steps++
			in.state.Quiet++
			in.enter(in.pop())
		case in.inclusive > 0 && in.fireInclusive():
		case in.joining > 0 && in.freeJoin():
		case in.root.live == 0:
			in.complete()
		default:
			return
		}
	}
}

// endless says that the tokens on their way will never come to rest.
func (in *Instance) endless() bool {
	return in.state.Quiet >= MaxQuietSteps || in.state.Steps >= MaxTotalSteps ||
		len(in.state.Tokens)+len(in.todo)-in.next > MaxTokens
}

func (in *Instance) pop() arrival {
	a := in.todo[in.next]
	in.todo[in.next] = arrival{}
	in.next++
	if in.next == len(in.todo) {
		in.todo, in.next = in.todo[:0], 0
	}
	a.scope.live--
	return a
}

// enter moves a token onto a node.
func (in *Instance) enter(a arrival) {
	in.lineEnter(a.node, a.flow)
	in.activate(visit{node: a.node, scope: a.scope, flow: a.flow})
}

// activate does what a node is there for. Every kind has its case here, and
// its rules in the file named after it.
func (in *Instance) activate(v visit) {
	switch v.node.Kind {
	case bpmn.StartEvent, bpmn.BoundaryEvent, bpmn.Task, bpmn.ManualTask:
		in.finish(v, result{})
	case bpmn.EndEvent:
		in.activateEnd(v)
	case bpmn.IntermediateThrowEvent:
		in.activateThrow(v)
	case bpmn.IntermediateCatchEvent:
		in.activateCatch(v)
	case bpmn.ServiceTask, bpmn.BusinessRuleTask, bpmn.SendTask:
		in.activateJob(v)
	case bpmn.ReceiveTask:
		in.activateReceive(v)
	case bpmn.UserTask:
		in.activateUserTask(v)
	case bpmn.ScriptTask:
		in.activateScript(v)
	case bpmn.SubProcess:
		in.activateSubProcess(v)
	case bpmn.CallActivity:
		in.activateCall(v)
	case bpmn.ExclusiveGateway:
		in.leave(v)
	case bpmn.ParallelGateway:
		in.activateParallel(v)
	case bpmn.InclusiveGateway:
		in.activateInclusive(v)
	case bpmn.EventBasedGateway:
		in.activateEventGateway(v)
	case bpmn.Transaction, bpmn.AdHocSubProcess, bpmn.ComplexGateway: // Prepare refuses them
	}
}

// finish takes over the result of a node, closes its boundary events and
// leaves it.
func (in *Instance) finish(v visit, r result) {
	if err := in.output(v, v.scope, r); err != nil {
		in.hold(v, Finishing, err, r)
		return
	}
	in.close(v)
	in.leave(v)
}

// close ends what is open for a node: its own event and its boundary events.
func (in *Instance) close(v visit) {
	if v.id != "" {
		in.closeEvents(v.id)
	}
}

// leave takes the outgoing flows of a node that its rules choose. Without an
// outgoing flow the token is consumed.
func (in *Instance) leave(v visit) {
	flows, err := in.choose(v)
	if err != nil {
		in.hold(v, Leaving, err, result{})
		return
	}
	in.line("leave", v.node, "", "")
	for _, f := range flows {
		in.take(f, v.scope)
	}
	if len(flows) == 0 {
		in.consume(v)
	}
}

// take sends a token along a flow.
func (in *Instance) take(f *bpmn.Flow, s *scope) {
	in.lineTake(f)
	in.arrive(in.def.flows[f.Index].target, f, s)
}

func (in *Instance) arrive(n *node, f *bpmn.Flow, s *scope) {
	in.todo = append(in.todo, arrival{n, f, s})
	s.live++
}

// consume ends a token. A sub-process whose last token it was ends with it.
func (in *Instance) consume(v visit) {
	if s := v.scope; s.live == 0 && s.parent != nil {
		in.ended = append(in.ended, s)
	}
}

// emit puts a command into the outbox; n is the node it is about, if any.
func (in *Instance) emit(c Command, n *node) {
	in.foldCommand(c)
	if in.opt.Trace != nil {
		line := Entry{Verb: "=>", Detail: c.String()}
		if n != nil {
			line.Element, line.Name = n.ID, n.Name
		}
		in.opt.Trace(line)
	}
	in.state.Outbox = append(in.state.Outbox, c)
}

// withdraw puts a command that takes another one back into the outbox.
func (in *Instance) withdraw(c Command, n *node) {
	in.withdrew = true
	in.emit(c, n)
}

// number returns the next id for an activation of a node.
func (in *Instance) number(n *node) ElementID {
	in.state.Next++
	return ElementID(n.ID + "#" + strconv.FormatUint(in.state.Next, 10))
}

// finishStep leaves the state complete and the outbox without commands that
// cancel each other out.
func (in *Instance) finishStep() {
	in.state.Todo = in.state.Todo[:0]
	for _, a := range in.todo[in.next:] {
		t := Arrival{Element: a.node.ID, Scope: a.scope.id}
		if a.flow != nil {
			t.Flow = a.flow.ID
		}
		in.state.Todo = append(in.state.Todo, t)
	}
	if in.withdrew {
		in.coalesce()
		in.withdrew = false
	}
}

// State returns the state. It is the instance's own: to be read before the
// next Step, never written.
func (in *Instance) State() *State { return &in.state }

// Ended says whether the instance is over.
func (in *Instance) Ended() bool { return in.state.Ended }

// Yielded says that tokens are still on their way because one Step makes at
// most MaxSteps: the host sends Resumed.
func (in *Instance) Yielded() bool { return len(in.state.Todo) > 0 }

// HasOutbox says whether there are commands to take.
func (in *Instance) HasOutbox() bool { return len(in.state.Outbox) > 0 }
