package dispatch

import (
	"context"
	"time"

	enums "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/repository"
)

const (
	firstPoll = 25 * time.Millisecond
	maxPoll   = 500 * time.Millisecond

	closeWait = 2 * time.Second
)

// AwaitEnd waits until an instance has ended, and answers its row. When ctx is
// done first, it answers the row as it is then together with the error of ctx.
//
// It listens for the commit of this process and looks at the row now and then
// in case another process made it, so that nobody waits out a long poll of
// Temporal. The row is committed by a local activity just before the workflow
// closes; AwaitEnd also waits until it has closed, so that what a caller does
// next finds it so.
func (d *Dispatcher) AwaitEnd(ctx context.Context, instance string) (repository.Instance, error) {
	changed, cancel := d.repository.Watch(instance)
	defer cancel()
	for poll := firstPoll; ; poll = min(2*poll, maxPoll) {
		in, err := d.repository.Instance(ctx, instance)
		if err != nil {
			return in, err
		}
		if in.State != repository.Running {
			d.awaitClosed(ctx, instance)
			return in, nil
		}
		timer := time.NewTimer(poll)
		select {
		case <-ctx.Done():
			timer.Stop()
			return in, ctx.Err()
		case <-changed:
			changed = nil // it says so once
		case <-timer.C:
		}
		timer.Stop()
	}
}

// awaitClosed waits until Temporal has closed the workflow too. That it does
// not within two seconds is no failure: the row says that the instance ended.
func (d *Dispatcher) awaitClosed(ctx context.Context, instance string) {
	ctx, cancel := context.WithTimeout(ctx, closeWait)
	defer cancel()
	for pause := time.Millisecond; ; pause *= 2 {
		description, err := d.client.DescribeWorkflowExecution(ctx, instance, "")
		if err != nil || description.GetWorkflowExecutionInfo().GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
			return
		}
		if !wait(ctx, pause) {
			return
		}
	}
}
