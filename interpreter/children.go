package interpreter

import (
	"time"

	"github.com/google/uuid"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/perdure/perdure/interpreter/engine"
	"github.com/perdure/perdure/interpreter/expr"
	"github.com/perdure/perdure/protocol"
)

// startChild resolves which definition is called and starts it as a workflow
// of its own. It outlives this run: a run that is continued as new adopts it.
func (h *host) startChild(ctx workflow.Context, c engine.StartChild) {
	instance := h.childID(c.ID, c.Attempt)
	h.children[c.ID] = instance
	h.starting++
	workflow.Go(ctx, func(ctx workflow.Context) {
		future, err := h.callProcess(ctx, c, instance)
		h.starting--
		var result protocol.Result
		if err == nil {
			err = future.Get(ctx, &result)
		}
		h.childEnded(c.ID, result, err)
	})
}

// callProcess returns once the called instance has started.
func (h *host) callProcess(ctx workflow.Context, c engine.StartChild, instance string) (workflow.Future, error) {
	def, err := h.resolve(ctx, protocol.Resolve{Process: c.Process, Version: c.Version})
	if err != nil {
		return nil, err
	}
	ctx = workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:            instance,
		ParentClosePolicy:     enumspb.PARENT_CLOSE_POLICY_ABANDON,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		StaticSummary:         summary(c.Name, c.Element),
		TypedSearchAttributes: temporal.NewSearchAttributes(
			temporal.NewSearchAttributeKeyKeyword(protocol.ProcessAttribute).ValueSet(def.Key),
			temporal.NewSearchAttributeKeyInt64(protocol.VersionAttribute).ValueSet(int64(def.Version)),
			temporal.NewSearchAttributeKeyKeyword(protocol.BusinessKeyAttribute).ValueSet(c.BusinessKey),
		),
	})
	future := workflow.ExecuteChildWorkflow(ctx, protocol.ProcessWorkflow, protocol.Input{
		Definition: def, Instance: instance, BusinessKey: c.BusinessKey, Variables: encode(c.Input),
		Parent:   &protocol.Parent{Instance: h.in.Instance, Element: string(c.ID)},
		Register: true, StartedBy: protocol.SystemActor,
	})
	return future, future.GetChildWorkflowExecution().Get(ctx, nil)
}

// resolve asks the repository, for as long as it takes, unless there is no
// such process.
func (h *host) resolve(ctx workflow.Context, r protocol.Resolve) (protocol.Definition, error) {
	var def protocol.Definition
	err := askRepository(ctx, protocol.ResolveActivity, r.Process, temporal.RetryPolicy{MaximumAttempts: 3}, r, &def)
	return def, err
}

// childEnded reports the end of a called instance, if anybody still cares.
func (h *host) childEnded(id engine.ElementID, r protocol.Result, err error) {
	if _, open := h.children[id]; !open {
		return
	}
	delete(h.children, id)
	ev := engine.ChildCompleted{
		ID: id, Outcome: engine.Outcome(r.Outcome), ErrorCode: r.ErrorCode, Message: r.Message,
	}
	if err != nil {
		ev.Failure = rootMessage(err)
	} else if ev.Variables, err = expr.DecodeVariables(r.Variables); err != nil {
		ev.Failure = err.Error()
	}
	h.push(delivery{event: ev})
}

// cancelChild asks a called instance to stop. The request must be on its way
// before this run closes.
func (h *host) cancelChild(ctx workflow.Context, id engine.ElementID) {
	instance, ok := h.children[id]
	if !ok {
		return
	}
	delete(h.children, id)
	h.settling++
	workflow.Go(ctx, func(ctx workflow.Context) {
		defer func() { h.settling-- }()
		// An error means that the instance is gone already.
		_ = workflow.RequestCancelExternalWorkflow(ctx, instance, "").Get(ctx, nil)
	})
}

// adoptChild asks an instance that an earlier run called to report its end by a
// signal. One that has closed in the meantime is asked for its result.
func (h *host) adoptChild(ctx workflow.Context, c engine.AdoptChild) {
	instance := h.childID(c.ID, c.Attempt)
	h.children[c.ID] = instance
	h.settling++
	workflow.Go(ctx, func(ctx workflow.Context) {
		defer func() { h.settling-- }()
		err := workflow.SignalExternalWorkflow(ctx, instance, "", protocol.EventSignal, protocol.Incoming{
			Adopt: &protocol.Adopt{Parent: protocol.Parent{Instance: h.in.Instance, Element: string(c.ID)}},
		}).Get(ctx, nil)
		if err == nil {
			return
		}
		var result protocol.Result
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 30 * time.Second})
		err = workflow.ExecuteActivity(ctx, protocol.ChildResultActivity, instance).Get(ctx, &result)
		h.childEnded(c.ID, result, err)
	})
}

// reportToParent tells a caller that has been continued as new how this
// instance ended. A caller that is gone does not mind.
func (h *host) reportToParent(ctx workflow.Context) {
	_ = workflow.SignalExternalWorkflow(ctx, h.in.Parent.Instance, "", protocol.EventSignal, protocol.Incoming{
		Child: &protocol.ChildReport{Element: h.in.Parent.Element, Result: *h.result},
	}).Get(ctx, nil)
}

// childID is the instance id of a called instance: the same on every replay.
func (h *host) childID(id engine.ElementID, attempt int) string {
	name := activityID(engine.RunActivity{ID: id, Attempt: attempt})
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(h.in.Instance+"/"+name)).String()
}
