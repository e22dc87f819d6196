package interpreter

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/perdure/perdure/interpreter/engine"
	"github.com/perdure/perdure/interpreter/expr"
	"github.com/perdure/perdure/protocol"
)

// Process runs one process instance, or one run of a long one. It returns an
// error only to continue as new: everything that goes wrong inside an instance
// is an incident.
func (i *Interpreter) Process(ctx workflow.Context, in protocol.Input) (protocol.Result, error) {
	//workflowcheck:ignore // waits for a definition that every replay finds too
	def := i.definitions.mustGet(in.Definition.SHA256)
	h := newHost(ctx, i.limits, def, in)
	if err := h.listen(ctx); err != nil {
		return protocol.Result{}, err
	}
	h.begin(ctx)
	// Cancelling the workflow is an event like any other. Everything below
	// runs on a context that it does not reach.
	loop, cancel := workflow.NewDisconnectedContext(ctx)
	defer cancel()
	h.watchCancellation(loop, ctx.Done())
	return h.run(loop)
}

// run is the loop: wait, step, carry out.
func (h *host) run(ctx workflow.Context) (protocol.Result, error) {
	for {
		if err := workflow.Await(ctx, h.hasWork); err != nil {
			return protocol.Result{}, err
		}
		h.stepBatch(ctx)
		h.carryOut(ctx)
		workflow.SetCurrentDetails(ctx, h.instance.Brief())
		if h.result != nil {
			return h.finish(ctx)
		}
		if h.wantsContinuation() {
			if err := h.continueAsNew(ctx); err != nil {
				return protocol.Result{}, err
			}
		}
		if err := h.yield(ctx); err != nil {
			return protocol.Result{}, err
		}
	}
}

// hasWork reports whether anything waits for a step.
func (h *host) hasWork() bool {
	return len(h.inbox) > 0 || h.signals.Len() > 0 || h.more || h.instance.Yielded()
}

// yield ends the workflow task of an instance that has more to do than one
// workflow task may hold. Temporal has no cheaper way than a timer.
func (h *host) yield(ctx workflow.Context) error {
	if !h.instance.Yielded() && !h.more {
		return nil
	}
	return workflow.Sleep(ctx, time.Millisecond)
}

// finish returns the result once nothing of this run is left hanging: a
// request to another workflow is lost if its sender closes too early.
func (h *host) finish(ctx workflow.Context) (protocol.Result, error) {
	if h.in.Report && h.in.Parent != nil {
		h.reportToParent(ctx)
	}
	settled := func() bool { return h.settling == 0 && workflow.AllHandlersFinished(ctx) }
	for !settled() {
		if err := workflow.Await(ctx, func() bool { return settled() || len(h.inbox) > 0 }); err != nil {
			return protocol.Result{}, err
		}
		h.stepBatch(ctx) // too late, which is what they are told
		h.answer()
	}
	return *h.result, nil
}

// host turns commands into Temporal calls, and their outcomes into events.
// Only the main coroutine steps the engine; all others append to the inbox.
type host struct {
	in       protocol.Input
	info     *workflow.Info
	limits   Limits
	def      *engine.Definition
	instance *engine.Instance
	signals  workflow.ReceiveChannel

	inbox   []delivery
	history history

	activities map[engine.ElementID]workflow.CancelFunc
	timers     timers
	// children are the instance ids of called processes.
	children map[engine.ElementID]string
	// starting counts coroutines whose work must be over before the run ends:
	// called processes that are being started.
	starting int
	// settling counts requests to other workflows that are under way.
	settling int

	// rearm are the commands that a continued run owes to its snapshot.
	rearm []engine.Command
	// more is set while the outbox holds commands that may be carried out now.
	more bool
	// effects are the lines of the next batch, actors who caused them, by the
	// id of the task or incident; an empty id stands for the instance.
	effects  []protocol.Effect
	actors   map[string]protocol.Actor
	sequence uint64
	// reset makes the next batch tell everything that is open.
	reset bool
	// replies are answered once the batch is projected.
	replies []*reply
	stepped bool // something happened in this run
	result  *protocol.Result
}

func newHost(ctx workflow.Context, limits Limits, def *engine.Definition, in protocol.Input) *host {
	h := &host{
		in:         in,
		info:       workflow.GetInfo(ctx),
		limits:     limits,
		def:        def,
		signals:    workflow.GetSignalChannel(ctx, protocol.EventSignal),
		activities: map[engine.ElementID]workflow.CancelFunc{},
		timers:     timers{armed: map[engine.ElementID]workflow.CancelFunc{}},
		children:   map[engine.ElementID]string{},
		actors:     map[string]protocol.Actor{},
		sequence:   in.Sequence,
	}
	h.instance = engine.New(def, load(in.Snapshot), engine.Options{
		Instance:    in.Instance,
		BusinessKey: in.BusinessKey,
		Process:     in.Definition.Key,
		Version:     in.Definition.Version,
		Called:      in.Parent != nil,
		Trace:       func(e engine.Entry) { h.history.add(workflow.Now(ctx), e) },
	})
	return h
}

// load reads the state that a run starts from. A snapshot that this worker
// cannot read panics: the workflow task is retried on one that can.
func load(snapshot []byte) engine.State {
	if len(snapshot) == 0 {
		return engine.State{}
	}
	state, err := engine.Load(snapshot)
	if err != nil {
		panic(err)
	}
	return state
}

// begin makes the first events and commands of the run.
func (h *host) begin(ctx workflow.Context) {
	if len(h.in.Snapshot) > 0 {
		h.rearm = h.instance.Rearm()
		h.more = len(h.rearm) > 0 || h.instance.HasOutbox()
		workflow.SetCurrentDetails(ctx, h.instance.Brief())
		return
	}
	if h.in.Register {
		h.show(protocol.Effect{Actor: h.in.StartedBy, Register: &protocol.Register{
			Definition: h.in.Definition, BusinessKey: h.in.BusinessKey,
			Parent: h.in.Parent, Start: h.in.Start, Time: workflow.Now(ctx),
		}})
	}
	vars, err := expr.DecodeVariables(h.in.Variables)
	if err != nil {
		panic(err) // whoever starts an instance has checked them
	}
	h.push(delivery{event: engine.Started{Start: h.in.Start, Variables: vars}})
}
