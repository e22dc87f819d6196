package expr_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/interpreter/expr"
	"github.com/perdure/perdure/interpreter/expr/exprtest"
)

// TestHostile takes the poison that once slowed or killed whole workers. An
// expression without a limit would not come back, or end the process.
func TestHostile(t *testing.T) {
	t.Parallel()
	cases := exprtest.Hostile()
	require.GreaterOrEqual(t, len(cases), 40)
	seen := map[string]bool{}
	for _, c := range cases {
		require.False(t, seen[c.Name], "%s comes twice", c.Name)
		seen[c.Name] = true
		t.Run(c.Name, func(t *testing.T) {
			program, err := expr.Compile(c.Source)
			if err != nil {
				var syntax *expr.SyntaxError
				require.ErrorAs(t, err, &syntax)
				require.Positive(t, syntax.Line)
				require.Positive(t, syntax.Column)
				return
			}
			env := expr.Env{Scopes: []expr.Variables{c.Variables}}
			value, first := program.Eval(env)
			require.Error(t, first, "the value is a %T", value)
			requireEvaluationError(t, first)

			_, second := program.Eval(env)
			require.Equal(t, first, second, "a replay must come to the same end")
		})
	}
}

// requireEvaluationError makes sure that an error is one of the two that an
// evaluation may end with.
func requireEvaluationError(t *testing.T, err error) {
	t.Helper()
	var eval *expr.EvalError
	var budget *expr.BudgetError
	if !isEither(err, &eval, &budget) {
		require.Fail(t, "unexpected error", "%T: %v", err, err)
	}
}
