package expr_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/interpreter/expr"
	"github.com/perdure/perdure/interpreter/expr/exprtest"
)

// FuzzCompileEval looks for sources that panic, that escape the budget, or
// whose value is another one after a round trip through JSON.
func FuzzCompileEval(f *testing.F) {
	for _, c := range exprtest.Hostile() {
		f.Add(c.Source)
	}
	for _, source := range []string{
		"approved && amount > 1000", "sum(lines, .p * .q)", `{"a": [1.10, nil], (name): name[1:]}`,
		"let a = 1; if a > 0 { a } else { -a }", "a?.b ?? name | upper() | split('') | len()", "1e30 ** 3 % 7.5",
		`replace(name, "o", repeat("x", 3)) matches "x{3}"`, "map(1..9, {sortBy(1..#, -#)})", "groupBy(lines, .s)",
		`addDuration(now(), "P1Y2M3DT4H5M6.7S")`, "0x1F + 0b1 + 1_0.5e-3", "1 < 2 < 3 and not (1 in [2])",
	} {
		f.Add(source)
	}
	env := envOf(f, order)
	f.Fuzz(func(t *testing.T, source string) {
		program, err := expr.Compile(source)
		if err != nil {
			requireErrorAs[*expr.SyntaxError](t, err)
			return
		}
		value, err := program.Eval(env)
		if err != nil {
			requireEvaluationError(t, err)
			_, again := program.Eval(env)
			require.Equal(t, err, again)
			return
		}
		data, err := expr.Encode(value)
		require.NoError(t, err)
		require.Less(t, len(data), 8*expr.MaxBytes, "six bytes for each that must be escaped, and some for the signs")
		var stored struct{ V expr.Variables }
		require.NoError(t, json.Unmarshal([]byte(`{"V":{"v":`+string(data)+`}}`), &stored))
		require.Equal(t, value, stored.V["v"])
	})
}

// FuzzScript looks for scripts that panic or escape the budget.
func FuzzScript(f *testing.F) {
	for _, source := range []string{
		"a = 1; b.c = a + 1 # note\nlist = filter(\n lines, # .p > 3\n)", "x = 'a;b' // c\ny=`r\n`", "/* a */ z = {a: 1}",
		"a = b = c", "a.b.c.d = nil;;\n\n", "é = \"\\u00e9\"", "a = (1\nb = 2", "= 1",
	} {
		f.Add(source)
	}
	env := envOf(f, order)
	f.Fuzz(func(t *testing.T, source string) {
		script, err := expr.CompileScript(source)
		if err != nil {
			requireErrorAs[*expr.SyntaxError](t, err)
			return
		}
		assignments, err := script.Run(env)
		if err != nil {
			requireEvaluationError(t, err)
			require.Nil(t, assignments)
			return
		}
		for _, a := range assignments {
			_, err := expr.Encode(a.Value)
			require.NoError(t, err)
		}
	})
}

// FuzzDecode compares with encoding/json, which accepts all that Decode does
// and more, and makes sure that no value is lost.
func FuzzDecode(f *testing.F) {
	for _, doc := range []string{
		`{"a":[1,-0,1.10,1e400,9007199254740993,true,false,null,"\ud83d\ude00é"]}`, `{"a":1,"a":2}`, `"\ud800"`, "[[[]]]", " 1 ",
		"1e7000", "\"\xff\"", `{"":{"":{}}}`, "01", "[1,]",
	} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		value, err := expr.Decode(doc)
		if err != nil {
			return
		}
		require.True(t, json.Valid(doc), "encoding/json refuses what Decode accepts")
		data, err := expr.Encode(value)
		require.NoError(t, err)
		require.True(t, json.Valid(data))
		again, err := expr.Decode(data)
		require.NoError(t, err)
		require.Equal(t, value, again)
		require.True(t, expr.Equal(value, again))
		twice, err := expr.Encode(again)
		require.NoError(t, err)
		require.Equal(t, data, twice)
	})
}
