// Package expr evaluates the expressions of a process deterministically and
// within a budget of steps and bytes.
//
// It is expr-lang with the impure and the unordered built-ins replaced, a
// number model that loses no digits, and a meter compiled into the tree. It
// reads no clock: the time is an argument. It does not know BPMN.
package expr
