package expr_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/interpreter/expr"
)

func TestScript(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, source, vars, want string }{
		{"OneAssignment", "total = price * 2", `{"price":1.10}`, "total=2.20"},
		{"Nothing", " \n # only a comment\n // and another\n;;", `{}`, ""},
		{"Lines", "a = 1\nb = a + 1\r\nc = b + 1", `{}`, "a=1 b=2 c=3"},
		{"Semicolons", "a = 1; b = a + 1;", `{}`, "a=1 b=2"},
		{"LastValueInFirstPlace", "a = 1; b = 2; a = a + 10", `{}`, "a=11 b=2"},
		{"SeesVariables", "i = i + 1", `{"i":1}`, "i=2"},
		{"MissingIsNull", "n = (n ?? 0) + 1", `{}`, "n=1"},
		{"AssignNull", "a = nil", `{"a":1}`, "a=null"},
		{"Path", "a.b.c = 1", `{}`, `a={"b":{"c":1}}`},
		{"PathKeepsTheRest", "a.b = 2; a.d.e = 3", `{"a":{"b":1,"c":1}}`, `a={"b":2,"c":1,"d":{"e":3}}`},
		{"PathThroughNull", "a.b = 2", `{"a":null}`, `a={"b":2}`},
		{"PathIsRead", "a.b = 2; c = a.b * 2", `{}`, `a={"b":2} c=4`},
		{"Strings", `a = "x;y # // z"; b = 'it\'s'; c = ` + "`raw\n;`", `{}`, `a="x;y # // z" b="it's" c="raw\n;"`},
		{"Brackets", "a = filter(\n  [1, 2, 3],\n  # > 1\n)\nb = {\n  x: 1,\n  y: [\n2]}", `{}`, `a=[2,3] b={"x":1,"y":[2]}`},
		{"Comments", "a = 1 # one\nb = 2 // two\nc = /* three; \n */ 3\n# d = 4", `{}`, "a=1 b=2 c=3"},
		{"CommentInBrackets", "a = (1 + // one\n 2)", `{}`, "a=3"},
		{"Comparison", "a = b == 1", `{"b":1}`, "a=true"},
		{"Names", "größe = 1; _x = 2; iffy = 3", `{}`, "größe=1 _x=2 iffy=3"},
		{"LetInBrackets", "a = (let x = 2; x * x)", `{}`, "a=4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			script, err := expr.CompileScript(c.source)
			require.NoError(t, err)
			require.Equal(t, c.source, script.Source())
			env := envOf(t, c.vars)
			before := env.Scopes[0].Clone()
			assignments, err := script.Run(env)
			require.NoError(t, err)
			require.Equal(t, c.want, describe(t, assignments))
			require.Equal(t, before, env.Scopes[0], "the variables must not change")
		})
	}
}

// describe writes assignments as name=JSON.
func describe(t *testing.T, assignments []expr.Assignment) string {
	t.Helper()
	var parts []string
	for _, a := range assignments {
		data, err := expr.Encode(a.Value)
		require.NoError(t, err)
		parts = append(parts, fmt.Sprintf("%s=%s", a.Name, data))
	}
	return strings.Join(parts, " ")
}

func TestScriptSharesNothing(t *testing.T) {
	t.Parallel()
	script, err := expr.CompileScript("copy = list; again = list; constant = [1, [2]]")
	require.NoError(t, err)
	env := envOf(t, `{"list":[1,{"a":2}]}`)
	first, err := script.Run(env)
	require.NoError(t, err)
	first[0].Value.([]any)[1].(map[string]any)["a"] = 9
	first[2].Value.([]any)[1].([]any)[0] = 9
	second, err := script.Run(env)
	require.NoError(t, err)
	require.Equal(t, `copy=[1,{"a":2}] again=[1,{"a":2}] constant=[1,[2]]`, describe(t, second))
}

func TestScriptErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, source, message string }{
		{"NoAssignment", "a = 1\nfoo(a)", "2:1: an assignment such as total = price * 2 is expected here"},
		{"OnlyAComparison", "a == 1", "1:1: an assignment such as total = price * 2 is expected here"},
		{"NotEqual", "a != 1", `1:1: only a name or a path of names such as order.total can be assigned to, not "a !"`},
		{"Index", "a[0] = 1", `1:1: only a name or a path of names such as order.total can be assigned to, not "a[0]"`},
		{"Let", "let a = 1", `1:1: only a name or a path of names such as order.total can be assigned to, not "let a"`},
		{"Keyword", "a = 1;  true = 2", `1:9: only a name or a path of names such as order.total can be assigned to, not "true"`},
		{"UnclosedComment", "a = 1 /* more\nb = 2", `1:14: unclosed comment`},
		{"ReservedName", "__a = 1", `1:1: only a name or a path of names such as order.total can be assigned to, not "__a"`},
		{"ReservedField", "a.__b = 1", `1:1: only a name or a path of names such as order.total can be assigned to, not "a.__b"`},
		{"EmptyName", "a. = 1", `1:1: only a name or a path of names such as order.total can be assigned to, not "a."`},
		{"LongPath", strings.Repeat("a.", 16) + "a = 1", `1:1: only a name or a path of names such as order.total can be assigned to, not "` + strings.Repeat("a.", 16) + `a"`},
		{"NoValue", "a =", "1:4: the expression is empty"},
		{"Incomplete", "a = 1\n\n  b = 2 +", "3:9: the expression is not complete"},
		{"UnknownFunction", "a = 1\n  x.y = bar(1)", "2:9: the function bar is unknown"},
		{"AfterAComment", "/* one\ntwo */ a = bar(1)", "2:12: the function bar is unknown"},
		{"InBrackets", "a = [1,\n  bar(1)]", "2:3: the function bar is unknown"},
		{"OpenBracket", "a = (1\nb = 2", `2:1: "b" is not expected here`},
		{"OpenString", "a = \"x\nb = 2", `1:7: literal not terminated`},
		{"SecondAssignment", "a = b = 1", "1:7: an expression cannot assign; compare with =="},
		{"TooLong", "a = 1 //" + strings.Repeat("x", expr.MaxScript), "1:1: the script has 65544 bytes; at most 65536 are allowed"},
		{"LongExpression", "a = 1\nb = \"" + strings.Repeat("x", 5000) + `"`, "2:4: the expression has 5003 bytes; at most 4096 are allowed"},
		{"TooManyStatements", strings.Repeat("a=1;", 1001), "1:4001: the script has more than 1000 statements"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := expr.CompileScript(c.source)
			require.EqualError(t, err, c.message)
			requireErrorAs[*expr.SyntaxError](t, err)
		})
	}
}

func TestScriptRunErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, source, message string }{
		{"Missing", "a = 1; b = missing + 1", "missing is null or missing; + needs a number"},
		{"FieldOfANumber", "a = 1; a.b.c = 2", `a is a number, it has no field "b"`},
		{"FieldOfAFieldThatIsANumber", "a.b = 1; a.b.c = 2", `a.b is a number, it has no field "c"`},
		{"OneBudgetForAll", "list = 1..10000;" + strings.Repeat("a = all(list, true);", 10), "the expression takes more than 100000 steps"},
		{"BytesOfAll", `s = repeat("x", 400000); t = repeat("x", 400000)`, "the expression produces more than 1048576 bytes"},
		{"Doubling", "x = [1];" + strings.Repeat("x = [x, x];", 30), "the expression produces more than 1048576 bytes"},
		{"DoublingPath", "x.a = 1;" + strings.Repeat("x.a = x; x.b = x;", 30), "the value is nested deeper than 32"},
		{"Deep", "x = [1];" + strings.Repeat("x = [x];", 40), "the value is nested deeper than 32"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			script, err := expr.CompileScript(c.source)
			require.NoError(t, err)
			assignments, err := script.Run(expr.Env{})
			require.EqualError(t, err, c.message)
			requireEvaluationError(t, err)
			require.Empty(t, assignments)
		})
	}
}

func TestScriptNames(t *testing.T) {
	t.Parallel()
	script, err := expr.CompileScript("a.b = x + y; c = a; d = filter(z, # > y)")
	require.NoError(t, err)
	require.Equal(t, []string{"a", "x", "y", "z"}, script.Names())
}
