package expr_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/interpreter/expr"
)

func TestCompileErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ source, message string }{
		{"", "1:1: the expression is empty"},
		{"1 +", "1:3: the expression is not complete"},
		{"a\n  b", `2:3: "b" is not expected here`},
		{"é + foo(1)", "1:5: the function foo is unknown"},
		{"1 +\n  len()", "2:3: the function len does not take 0 arguments"},
		{"len(1, 2)", "1:1: the function len does not take 2 arguments"},
		{"now(1)", "1:1: the function now does not take 1 arguments"},
		{"random()", "1:1: the function random is not available: an expression gives the same value each time; let a service task make it"},
		{"bitand(1, 2)", "1:1: the function bitand is not available: numbers are decimal"},
		{"a = 1", "1:3: an expression cannot assign; compare with =="},
		{"__a", `1:1: the name "__a" is reserved: names do not begin with two underscores`},
		{"a.__b", `1:3: the name "__b" is reserved: names do not begin with two underscores`},
		{"$env", "1:1: the name $env is not available"},
		{"b'x'", "1:1: byte literals are not supported; write a text without the b"},
		{"a.b()", "1:3: values have no methods; write a function such as len(x)"},
		{"filter(a, #acc)", "1:11: #acc stands only inside reduce"},
		{"filter(a, #foo)", "1:11: #foo is unknown; there are #, #index and #acc"},
		{"# > 1", `1:1: "#" is not expected here`},
		{`a matches "("`, "1:11: the pattern \"(\" is not valid: error parsing regexp: missing closing ): `(`"},
		{strings.Repeat("(", 101) + "1" + strings.Repeat(")", 101), "1:101: brackets are nested deeper than 100"},
		{strings.Repeat("1+", 501) + "1", "1:1002: the expression has more than 1000 parts"},
		{strings.Repeat(" ", 4096) + "1", "1:1: the expression has 4097 bytes; at most 4096 are allowed"},
		{"1e7000", "1:1: the number is out of range: the greatest exponent is 6144"},
	} {
		_, err := expr.Compile(c.source)
		require.EqualError(t, err, c.message)
		requireErrorAs[*expr.SyntaxError](t, err)
	}
}

// TestLimits goes to each limit, where TestHostile goes beyond.
func TestLimits(t *testing.T) {
	t.Parallel()
	env := envOf(t, `{"s":"`+strings.Repeat("a", 1<<16)+`"}`)
	for name, source := range map[string]string{
		"Source":   strings.Repeat(" ", 4095) + "1",
		"Nodes":    strings.Repeat("1+", 499) + "1",
		"Nesting":  strings.Repeat("(", 100) + "1" + strings.Repeat(")", 100),
		"Elements": "len(1..10000)",
		"Steps":    "let xs = 1..10000; sum(map(xs, # + 1)) + count(xs, # > 3)",
		"Bytes":    `len(repeat("a", 1000000))`,
		"Depth":    "reduce(1..31, [#acc], [1])",
		"Pattern":  `"a" matches "` + strings.Repeat("a?", 128) + `"`,
		"Matched":  `s matches "b$"`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := eval(t, source, env)
			require.NoError(t, err)
		})
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for source, want := range map[string][]string{
		"1 + 2":                                  {},
		"b + a.c[d] + a":                         {"a", "b", "d"},
		"filter(xs, .price > limit and # != xs)": {"limit", "xs"},
		"let x = y; x + z":                       {"y", "z"},
		"let x = x; x":                           {"x"},
		`len(name) + now + {"k": v, (w): 1}.k`:   {"name", "now", "v", "w"},
		"reduce(xs, #acc + #index + #)":          {"xs"},
	} {
		program, err := expr.Compile(source)
		require.NoError(t, err, source)
		require.Equal(t, want, program.Names(), source)
		require.Equal(t, source, program.Source())
	}
}

func TestBool(t *testing.T) {
	t.Parallel()
	env := envOf(t, `{"approved":true,"amount":7}`)
	program, err := expr.Compile("approved && amount > 5")
	require.NoError(t, err)
	ok, err := program.Bool(env)
	require.NoError(t, err)
	require.True(t, ok)
	for source, message := range map[string]string{
		"amount":   `the condition "amount" must be true or false; it is a number`,
		"missing":  `the condition "missing" must be true or false; it is null or missing`,
		"[1]":      `the condition "[1]" must be true or false; it is a list`,
		"{}":       `the condition "{}" must be true or false; it is an object`,
		"nope > 1": "nope is null or missing; > compares two numbers or two texts",
	} {
		program, err := expr.Compile(source)
		require.NoError(t, err)
		_, err = program.Bool(env)
		require.EqualError(t, err, message)
		requireEvaluationError(t, err)
	}
}

func TestString(t *testing.T) {
	t.Parallel()
	env := envOf(t, `{"id":9007199254740993,"price":1.10}`)
	for source, want := range map[string]string{
		`"order-" + text(id)`: "order-9007199254740993",
		"id":                  "9007199254740993",
		"price":               "1.10",
		"missing":             "",
		"true":                "true",
		"[id, {a: price}]":    `[9007199254740993,{"a":1.10}]`,
	} {
		program, err := expr.Compile(source)
		require.NoError(t, err)
		got, err := program.String(env)
		require.NoError(t, err)
		require.Equal(t, want, got, source)
	}
}

// TestConcurrentUse is for the race detector: workers share programs.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	program, err := expr.Compile("let k = 2; sum(filter(xs, # % k == 0), # * k) + len([1, 2, 3])")
	require.NoError(t, err)
	script, err := expr.CompileScript("a = sum(xs); b.c = a + 1")
	require.NoError(t, err)
	env := envOf(t, `{"xs":[1,2,3,4,5,6]}`)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 100 {
				if v, err := program.Eval(env); err != nil || v != 27 {
					t.Errorf("got %v, %v", v, err)
				}
				if a, err := script.Run(env); err != nil || len(a) != 2 {
					t.Errorf("got %v, %v", a, err)
				}
			}
		})
	}
	wait.Wait()
}

// TestEvalDoesNotChangeVariables runs everything that makes lists and objects
// from others.
func TestEvalDoesNotChangeVariables(t *testing.T) {
	t.Parallel()
	env := envOf(t, `{"xs":[3,1,2],"m":{"b":1,"a":2},"xss":[[2,1],[4,3]]}`)
	before := env.Scopes[0].Clone()
	for _, source := range []string{
		"sort(xs)", "reverse(xs)", "sortBy(xs, -#)", "concat(xs[:2], [9])", "flatten(xss)", "filter(xs[:1], true)",
		"map(xs, # + 1)", "take(xs, 2)", "uniq(xs)", "median(xs)", "groupBy(xs, text(#))", "fromPairs(toPairs(m))",
		"reduce(xss, concat(#acc, #))",
	} {
		_, err := eval(t, source, env)
		require.NoError(t, err, source)
		require.Equal(t, before, env.Scopes[0], source)
	}
}
