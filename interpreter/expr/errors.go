package expr

import "fmt"

// SyntaxError says where and why a source does not compile.
type SyntaxError struct {
	// Line and Column are counted from 1, in characters.
	Line    int
	Column  int
	Message string
}

// Error gives the position and the message.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Message)
}

// EvalError says why an expression has no value: a missing variable, operands
// that do not fit, a text that is not a date. Its message is for the author of
// the process.
type EvalError struct {
	Message string
}

// Error gives the message.
func (e *EvalError) Error() string { return e.Message }

// BudgetError says that an evaluation was given up because it cost too much.
// The same expression over the same variables gives it every time, since steps
// and bytes are counted and time is not.
type BudgetError struct {
	// What was used up: Steps, Bytes or Elements.
	What string
}

// The things a BudgetError can name.
const (
	Steps    = "steps"
	Bytes    = "bytes"
	Elements = "elements"
)

// Error names what was used up and how much of it there was.
func (e *BudgetError) Error() string {
	switch e.What {
	case Bytes:
		return fmt.Sprintf("the expression produces more than %d bytes", MaxBytes)
	case Elements:
		return fmt.Sprintf("the expression makes a list or an object of more than %d elements", MaxElements)
	default:
		return fmt.Sprintf("the expression takes more than %d steps", MaxSteps)
	}
}

func evalErrorf(format string, args ...any) *EvalError {
	return &EvalError{Message: fmt.Sprintf(format, args...)}
}
