package expr_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/interpreter/expr"
)

// clock is what now() says in the tests.
var clock = time.Date(2026, 1, 31, 9, 0, 0, 123, time.UTC)

// envOf returns an environment with one scope, written as JSON.
func envOf(t testing.TB, variables string) expr.Env {
	t.Helper()
	vars, err := expr.DecodeVariables([]byte(variables))
	require.NoError(t, err)
	return expr.Env{Now: clock, Scopes: []expr.Variables{vars}}
}

// eval returns the value of an expression as JSON.
func eval(t testing.TB, source string, env expr.Env) (string, error) {
	t.Helper()
	program, err := expr.Compile(source)
	require.NoError(t, err)
	value, err := program.Eval(env)
	if err != nil {
		requireEvaluationError(t, err)
		return "", err
	}
	data, err := expr.Encode(value)
	require.NoError(t, err)
	again, err := expr.Decode(data)
	require.NoError(t, err)
	require.Equal(t, value, again, "a value must be the same after a round trip through JSON")
	return string(data), nil
}

// requireEvaluationError makes sure that an error is one of the two that an
// evaluation may end with.
func requireEvaluationError(t testing.TB, err error) {
	t.Helper()
	var fault *expr.EvalError
	var budget *expr.BudgetError
	require.True(t, errors.As(err, &fault) || errors.As(err, &budget), "%T: %v", err, err)
}

// requireErrorAs makes sure that an error is an E.
func requireErrorAs[E error](t testing.TB, err error) {
	t.Helper()
	var target E
	require.ErrorAs(t, err, &target)
}
