package dispatch

import (
	"context"
	"errors"
	"log/slog"
	"time"

	enums "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/protocol"
	"github.com/perdure/perdure/repository"
)

// An orphan is an instance whose row says running while its workflow has
// closed. The row is committed before the workflow closes, so that an orphan
// only comes about when somebody terminates the workflow in Temporal itself,
// or when one of the two stores was set back.

const (
	// settleTime keeps reconciliation away from what is happening right now.
	settleTime = time.Minute
	// lostStart is how old an instance without any trace may be to be started
	// again: younger than every sensible retention of closed workflows.
	lostStart = time.Hour
	// orphanPage is how many rows one round looks at.
	orphanPage = 50
)

// reconcileSome looks at the next page of running instances, and from the
// newest again after the last. It answers the cursor to go on from.
func (d *Dispatcher) reconcileSome(ctx context.Context, cursor string) (string, error) {
	settled := time.Now().Add(-settleTime)
	rows, next, err := d.repository.ListInstances(ctx,
		repository.InstanceFilter{State: repository.Running, StartedBefore: &settled},
		repository.Page{Limit: orphanPage, Cursor: cursor})
	if err != nil {
		return "", err
	}
	var errs []error
	for _, in := range rows {
		if !in.Dispatched || in.Changed.After(settled) {
			continue
		}
		err := d.reconcile(ctx, in)
		if errors.Is(err, ErrUnavailable) || ctx.Err() != nil {
			return cursor, err // the others will fare no better
		}
		errs = append(errs, err)
	}
	return next, errors.Join(errs...)
}

// reconcile ends the row of an instance whose workflow has closed.
func (d *Dispatcher) reconcile(ctx context.Context, in repository.Instance) error {
	description, err := d.client.DescribeWorkflowExecution(ctx, in.ID, "")
	switch {
	case isNotFound(err):
		return d.traceless(ctx, in)
	case err != nil:
		return unavailable(err)
	}
	status := description.GetWorkflowExecutionInfo().GetStatus()
	if status == enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return nil
	}
	return d.finish(ctx, in.ID, d.closed(ctx, in.ID, status))
}

// closed words how a workflow ended as the result of its instance.
func (d *Dispatcher) closed(ctx context.Context, instance string, status enums.WorkflowExecutionStatus) protocol.Result {
	switch status {
	case enums.WORKFLOW_EXECUTION_STATUS_COMPLETED:
		var result protocol.Result
		if err := d.client.GetWorkflow(ctx, instance, "").Get(ctx, &result); err == nil && result.Outcome != "" {
			return result
		}
		return protocol.Result{Outcome: protocol.Errored, Message: "the workflow completed without a result that can be read"}
	case enums.WORKFLOW_EXECUTION_STATUS_CANCELED, enums.WORKFLOW_EXECUTION_STATUS_TERMINATED:
		return protocol.Result{Outcome: protocol.Stopped, Message: "the workflow was ended in Temporal"}
	default:
		return protocol.Result{Outcome: protocol.Errored, Message: "the workflow failed in Temporal: " + status.String()}
	}
}

// traceless deals with an instance that Temporal does not know: one that never
// came to do anything is started again, every other is ended as an error.
func (d *Dispatcher) traceless(ctx context.Context, in repository.Instance) error {
	if in.Sequence == 0 && time.Since(in.Started) < lostStart {
		full, err := d.repository.Instance(ctx, in.ID)
		if err != nil {
			return err
		}
		d.logger.WarnContext(ctx, "an instance without a workflow is started again", slog.String("instance", in.ID))
		return d.Start(ctx, full)
	}
	return d.finish(ctx, in.ID, protocol.Result{Outcome: protocol.Errored, Message: "Temporal has no trace of the workflow"})
}

// finish ends the row as the workflow itself could not.
func (d *Dispatcher) finish(ctx context.Context, instance string, result protocol.Result) error {
	if _, err := d.repository.EndInstance(ctx, protocol.SystemActor, instance, result); err != nil {
		return err
	}
	d.counters.reconciled.Add(1)
	d.logger.WarnContext(ctx, "an instance was ended after its workflow",
		slog.String("instance", instance), slog.String("outcome", string(result.Outcome)), slog.String("reason", result.Message))
	return nil
}

// Stop tells an instance whose stop is recorded to stop now.
func (d *Dispatcher) Stop(ctx context.Context, in repository.Instance, actor protocol.Actor) error {
	_, err := d.Event(ctx, in.ID, "stop", protocol.Incoming{Actor: actor, Stop: &protocol.Stop{Reason: in.StopReason}})
	refused, ok := errors.AsType[*RefusedError](err)
	if ok && refused.Type == protocol.ErrTypeEnded {
		return d.reconcile(ctx, in)
	}
	return err
}
