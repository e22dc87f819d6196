package dispatch

import (
	"context"
	"errors"

	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/protocol"
)

// Query asks a run of an instance, the latest one if run is empty, and decodes
// what it answers. ErrUnavailable means that no worker answered.
func (d *Dispatcher) Query(ctx context.Context, instance, run, name string, answer any) error {
	value, err := d.client.QueryWorkflow(ctx, instance, run, name)
	if err != nil {
		return d.Explain(err)
	}
	return value.Get(answer)
}

// Explain turns an error of Temporal's client into those of this package: a
// workflow that is missing is a *RefusedError, what another attempt may mend is
// ErrUnavailable.
func (d *Dispatcher) Explain(err error) error {
	if isNotFound(err) {
		return &RefusedError{Type: protocol.ErrTypeNotOpen, Message: "Temporal has no workflow of this instance now"}
	}
	// What the server answers when no worker polls, or one could not replay.
	if _, ok := errors.AsType[*serviceerror.FailedPrecondition](err); ok {
		return errors.Join(ErrUnavailable, err)
	}
	if _, ok := errors.AsType[*serviceerror.QueryFailed](err); ok {
		return errors.Join(ErrUnavailable, err)
	}
	return unavailable(err)
}
