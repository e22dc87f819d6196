package dispatch

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/perdure/perdure/protocol"
	"github.com/perdure/perdure/repository"
)

// Event hands one event to an instance and answers once the instance has taken
// it. The same updateID is taken once by one run of the workflow. What the
// instance does not take is a *RefusedError; ErrUnavailable means that nobody
// answered before ctx was done.
func (d *Dispatcher) Event(ctx context.Context, instance, updateID string, in protocol.Incoming) (protocol.EventResult, error) {
	result, err := d.update(ctx, instance, updateID, in)
	refused, ok := errors.AsType[*RefusedError](err)
	if !ok || refused.Type != protocol.ErrTypeEnded {
		return result, err
	}
	// A start that was accepted while Temporal was away has no workflow yet.
	started, startErr := d.startLate(ctx, instance)
	if startErr != nil || !started {
		return result, errors.Join(err, startErr)
	}
	return d.update(ctx, instance, updateID, in)
}

// startLate starts an instance whose start is still outstanding.
func (d *Dispatcher) startLate(ctx context.Context, instance string) (bool, error) {
	in, err := d.repository.Instance(ctx, instance)
	if err != nil || in.Dispatched || d.marks.has(instance) || in.State != repository.Running {
		return false, err
	}
	return true, d.Start(ctx, in)
}

const (
	firstBackoff = 10 * time.Millisecond
	maxBackoff   = 500 * time.Millisecond
)

// update repeats an update while the workflow has too many in flight.
func (d *Dispatcher) update(ctx context.Context, instance, updateID string, in protocol.Incoming) (protocol.EventResult, error) {
	for backoff := firstBackoff; ; backoff = min(2*backoff, maxBackoff) {
		result, err := d.updateOnce(ctx, instance, updateID, in)
		if !isExhausted(err) || !wait(ctx, backoff) {
			return result, refusal(err)
		}
	}
}

func (d *Dispatcher) updateOnce(ctx context.Context, instance, updateID string, in protocol.Incoming) (protocol.EventResult, error) {
	var result protocol.EventResult
	handle, err := d.client.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: instance, UpdateName: protocol.EventUpdate, UpdateID: updateID,
		Args: []any{in}, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err != nil {
		return result, err
	}
	return result, handle.Get(ctx, &result)
}

// wait pauses; it reports false when ctx is done first.
func wait(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
