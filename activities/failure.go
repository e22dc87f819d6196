package activities

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
)

// Types of the application errors by which an activity of this package fails
// technically.
const (
	// ErrTypeInput means that the task's input makes no sense. It is not tried
	// again.
	ErrTypeInput = "perdure:input"
	// ErrTypeForbidden means that the private-network guard refused the
	// address. It is not tried again.
	ErrTypeForbidden = "perdure:forbidden"
	// ErrTypeUnusable means that the other side answered something that is not
	// usable and would be so again. It is not tried again.
	ErrTypeUnusable = "perdure:unusable"
	// ErrTypeUnavailable means that the other side could not be reached, did
	// not answer in time, or answered that it cannot serve now.
	ErrTypeUnavailable = "perdure:unavailable"
	// ErrTypeNotFound means that what was asked for does not exist. It is not
	// tried again.
	ErrTypeNotFound = "perdure:not-found"
)

// invalid reports a fault of the model: the input of a task.
func invalid(format string, args ...any) error {
	return final(ErrTypeInput, fmt.Errorf(format, args...))
}

// final reports a failure that trying again cannot mend. The cause is in the
// message; a second copy of it would only lengthen the history.
func final(errType string, err error) error {
	return temporal.NewNonRetryableApplicationError(err.Error(), errType, nil)
}

// unavailable reports a failure that may be over at the next attempt, which
// comes after the given time, or when the retry policy says if it is zero.
func unavailable(err error, after time.Duration) error {
	return temporal.NewApplicationErrorWithOptions(err.Error(), ErrTypeUnavailable, temporal.ApplicationErrorOptions{
		NextRetryDelay: after,
	})
}
