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
		data, err := expr.Encode(map[string]any(c.Variables))
		require.NoError(t, err)
		_, err = expr.DecodeVariables(data)
		require.NoError(t, err, "every layer must accept the variables of %s", c.Name)
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
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

// TestHostileValues evaluates what no document can hold, since Go code may
// still pass it.
func TestHostileValues(t *testing.T) {
	t.Parallel()
	var deep any = 1
	for range 10_000 {
		deep = []any{deep}
	}
	env := expr.Env{Scopes: []expr.Variables{{"f": 0.5, "list": []any{make(chan int)}, "deep": deep}}}
	for _, source := range []string{
		"f", "f + 1", "list", "toJSON(list)", "uniq(list)", "text(list)", "list == list and false",
		"deep", "toJSON(deep)", "flatten(deep)", "uniq([deep])", "sort(list)", "list[0].x", "list[0] > 1", "len(list[0])",
	} {
		t.Run(source, func(t *testing.T) {
			t.Parallel()
			program, err := expr.Compile(source)
			require.NoError(t, err)
			if value, err := program.Eval(env); err != nil {
				requireEvaluationError(t, err)
			} else {
				require.IsType(t, true, value)
			}
		})
	}
}
