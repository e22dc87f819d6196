package repository

import (
	"errors"
	"fmt"
)

// ErrNotFound says that there is no such thing, or no longer.
var ErrNotFound = errors.New("repository: not found")

// ErrConflict says that the state of the thing forbids the change. It is
// wrapped with the reason.
var ErrConflict = errors.New("repository: conflict")

// NotEnabledError says that a process may not be started.
type NotEnabledError struct {
	Process string // the id of the version
	Reason  string
}

// Error names the process and the reason.
func (e *NotEnabledError) Error() string {
	return fmt.Sprintf("repository: process %s cannot be started: %s", e.Process, e.Reason)
}

func notFound(what, id string) error {
	return fmt.Errorf("%s %q: %w", what, id, ErrNotFound)
}

func conflict(format string, args ...any) error {
	return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), ErrConflict)
}
