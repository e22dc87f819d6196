package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// Exit codes, the same for every command. Scripts rely on them.
const (
	exitOK          = 0
	exitFailed      = 1 // it failed, or faults were found
	exitUsage       = 2 // the command line makes no sense
	exitNotFound    = 3 // the process or instance does not exist
	exitRefused     = 4 // the server refused: a conflict, or not allowed
	exitUnavailable = 5 // the server does not answer, or not now
)

const exitCodesHelp = `Exit codes: 0 done; 1 failed, or faults found; 2 wrong usage; 3 not found; 4 refused, for example a conflict; 5 server unavailable.`

// usageError is a command line that makes no sense.
type usageError struct{ error }

func (usageError) ExitCode() int   { return exitUsage }
func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error {
	return usageError{fmt.Errorf(format, args...)}
}

// silentError ends a command with a code after it has said all there is to
// say.
type silentError int

func (e silentError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }
func (e silentError) ExitCode() int { return int(e) }

// report prints err, if there is one worth printing, and returns its code.
func report(c console, err error) int {
	if err == nil {
		return exitOK
	}
	if silent, ok := errors.AsType[silentError](err); ok {
		return int(silent)
	}
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(c.err, "perdure: interrupted")
		return exitFailed
	}
	for i, line := range strings.Split(err.Error(), "\n") {
		if i == 0 {
			line = "perdure: " + line
		}
		fmt.Fprintln(c.err, printable(line))
	}
	if _, ok := errors.AsType[usageError](err); ok {
		fmt.Fprintln(c.err, "Run perdure --help, or perdure COMMAND --help.")
	}
	var coder kong.ExitCoder
	if errors.As(err, &coder) {
		return coder.ExitCode()
	}
	return exitFailed
}
