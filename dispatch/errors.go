package dispatch

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/temporal"

	"github.com/perdure/perdure/protocol"
)

// endedBeforeAnswer is the server's own type for an update whose workflow
// closed before its handler returned.
const endedBeforeAnswer = "AcceptedUpdateCompletedWorkflow"

// ErrUnavailable says that Temporal or the instance's worker did not answer:
// what was asked for may or may not have happened, and may be asked for again.
var ErrUnavailable = errors.New("dispatch: Temporal is not available")

// RefusedError says that an instance does not take an event.
type RefusedError struct {
	// Type is one of protocol.ErrType....
	Type    string
	Message string
}

// Error tells the reason.
func (e *RefusedError) Error() string { return fmt.Sprintf("dispatch: refused: %s", e.Message) }

// closed says that the target cannot take the event any more.
func (e *RefusedError) closed() bool {
	return e.Type == protocol.ErrTypeNotOpen || e.Type == protocol.ErrTypeEnded || e.Type == protocol.ErrTypeConflict
}

// refusal turns the errors of an update into those of this package.
func refusal(err error) error {
	if err == nil {
		return nil
	}
	if application, ok := errors.AsType[*temporal.ApplicationError](err); ok {
		switch application.Type() {
		case protocol.ErrTypeNotOpen, protocol.ErrTypeEnded, protocol.ErrTypeInvalid, protocol.ErrTypeConflict:
			return &RefusedError{Type: application.Type(), Message: application.Message()}
		case endedBeforeAnswer:
			return &RefusedError{Type: protocol.ErrTypeEnded, Message: "the instance ended before it answered"}
		}
		return err
	}
	if isNotFound(err) {
		return &RefusedError{Type: protocol.ErrTypeEnded, Message: "the instance has ended"}
	}
	return unavailable(err)
}

// unavailable marks the errors that another attempt may mend.
func unavailable(err error) error {
	if err == nil {
		return nil
	}
	if isTransient(err) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

func isNotFound(err error) bool {
	_, ok := errors.AsType[*serviceerror.NotFound](err)
	return ok
}

func isExhausted(err error) bool {
	_, ok := errors.AsType[*serviceerror.ResourceExhausted](err)
	return ok
}

// isTransient holds for what has to do with the way there and not with the
// request.
func isTransient(err error) bool {
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return true
	case isExhausted(err):
		return true
	}
	if _, ok := errors.AsType[*serviceerror.Unavailable](err); ok {
		return true
	}
	if _, ok := errors.AsType[*serviceerror.DeadlineExceeded](err); ok {
		return true
	}
	if _, ok := errors.AsType[*serviceerror.WorkflowNotReady](err); ok {
		return true
	}
	if _, ok := errors.AsType[*temporal.TimeoutError](err); ok {
		return true
	}
	return false
}
