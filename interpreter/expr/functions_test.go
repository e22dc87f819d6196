package expr_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/interpreter/expr"
)

func TestFunctions(t *testing.T) {
	t.Parallel()
	for _, group := range []struct {
		name  string
		cases [][2]string // source, JSON of the value
	}{
		{"AnyType", [][2]string{
			{`map([nil, true, "a", 1, 1.5, [], {}], type(#))`, `["null","boolean","string","number","number","list","object"]`},
			{"len(name)", "3"},
			{"len([1, 2])", "2"},
			{"len(m)", "3"},
			{"text(nil)", `""`},
			{"text(true)", `"true"`},
			{"text(price)", `"1.10"`},
			{"text(9007199254740993)", `"9007199254740993"`},
			{"text(name)", `"Zoë"`},
			{"text({b: [1.50, nil], a: '<'})", `"{\"a\":\"<\",\"b\":[1.50,null]}"`},
			{"string(1)", `"1"`},
			{"toJSON(m)", `"{\"a\":2,\"b\":1,\"c\":{\"x\":1}}"`},
			{`fromJSON("{\"n\": 9007199254740993.10}").n`, "9007199254740993.10"},
		}},
		{"Numbers", [][2]string{
			{`number("12.50")`, "12.50"},
			{`number(" 7 ")`, "7"},
			{`float("7")`, "7"},
			{"number(1.5)", "1.5"},
			{"int(2.9)", "2"},
			{"int(-2.9)", "-2"},
			{`int("12")`, "12"},
			{"abs(-3)", "3"},
			{"abs(-9223372036854775808)", "9223372036854775808"},
			{"abs(1.5)", "1.5"},
			{"ceil(2.1)", "3"},
			{"ceil(-2.1)", "-2"},
			{"floor(2.9)", "2"},
			{"floor(-2.1)", "-3"},
			{"round(2.5)", "3"},
			{"round(-2.5)", "-3"},
			{"round(2.345, 2)", "2.35"},
			{"round(17, 2)", "17"},
			{"round(1.5, 3)", "1.5"},
			{"sum([])", "0"},
			{"sum([1, 0.1, 0.2])", "1.3"},
			{"mean([1, 2])", "1.5"},
			{"mean([])", "null"},
			{"median([3, 1, 2])", "2"},
			{"median([4, 1, 2, 3])", "2.5"},
			{"median([])", "null"},
			{"min(3, 1.5, 2)", "1.5"},
			{"max([3, 1, 2])", "3"},
			{`max("2026-01-01", "2026-02-01")`, `"2026-02-01"`},
			{"min([])", "null"},
		}},
		{"Texts", [][2]string{
			{"upper(name)", `"ZOË"`},
			{`lower("ABC")`, `"abc"`},
			{`trim("  a ")`, `"a"`},
			{`trim("xxaxx", "x")`, `"a"`},
			{`trimPrefix("order-1", "order-")`, `"1"`},
			{`trimSuffix("a.txt", ".txt")`, `"a"`},
			{`split("a,b,c", ",")`, `["a","b","c"]`},
			{`split("a,b,c", ",", 2)`, `["a","b,c"]`},
			{`split("abc", "")`, `["a","b","c"]`},
			{`split("a,b", ",", 0)`, "[]"},
			{`splitAfter("a,b", ",")`, `["a,","b"]`},
			{`join(["a", "b"], "-")`, `"a-b"`},
			{`join(["a", "b"])`, `"ab"`},
			{`replace("aXbX", "X", "--")`, `"a--b--"`},
			{`replace("aXbX", "X", "", 1)`, `"abX"`},
			{`replace("ab", "", "-")`, `"-a-b-"`},
			{`repeat("ab", 3)`, `"ababab"`},
			{`repeat("ab", 0)`, `""`},
			{`indexOf("aëb", "b")`, "2"},
			{`lastIndexOf("abab", "ab")`, "2"},
			{`indexOf("a", "z")`, "-1"},
			{`hasPrefix("abc", "ab")`, "true"},
			{`hasSuffix("abc", "ab")`, "false"},
			{`toBase64("ë")`, `"w6s="`},
			{`fromBase64("w6s=")`, `"ë"`},
			{`urlEncode("a/b?c=d&e#ë %+~-._9")`, `"a%2Fb%3Fc%3Dd%26e%23%C3%AB%20%25%2B~-._9"`},
			{`urlEncode("")`, `""`},
			{`urlEncode(price)`, `"1.10"`},
			{`urlEncode(-7)`, `"-7"`},
		}},
		{"Lists", [][2]string{
			{"first([1, 2])", "1"},
			{"last([1, 2])", "2"},
			{"first([])", "null"},
			{"last(missing)", "null"},
			{"take([1, 2, 3], 2)", "[1,2]"},
			{"take([1], 5)", "[1]"},
			{"reverse([1, 2, 3])", "[3,2,1]"},
			{"uniq([1, 1.0, 'a', '1', [1], [1.00], nil, nil])", `[1,"a","1",[1],null]`},
			{"concat([1], [], [2, 3])", "[1,2,3]"},
			{"flatten([1, [2, [3, [4]]]])", "[1,2,3,4]"},
			{"sort([3, 1.5, 2])", "[1.5,2,3]"},
			{`sort(["b", "a"])`, `["a","b"]`},
			{`sort([1, 3, 2], "desc")`, "[3,2,1]"},
			{"sort([])", "[]"},
		}},
		{"Objects", [][2]string{
			{"keys(m)", `["a","b","c"]`},
			{"values(m)", `[2,1,{"x":1}]`},
			{"toPairs(m)", `[["a",2],["b",1],["c",{"x":1}]]`},
			{`fromPairs([["a", 1], [2, 3], ["a", 4]])`, `{"2":3,"a":4}`},
			{"fromPairs(toPairs(m)) == m", "true"},
		}},
		{"Dates", [][2]string{
			{"now()", `"2026-01-31T09:00:00Z"`},
			{`date("2026-01-31")`, `"2026-01-31T00:00:00Z"`},
			{`date("2026-01-31T09:00:00+02:00")`, `"2026-01-31T07:00:00Z"`},
			{`date("2026-01-31T09:00:00.250Z")`, `"2026-01-31T09:00:00.25Z"`},
			{`addDuration(now(), "P1M")`, `"2026-02-28T09:00:00Z"`},
			{`addDuration("2024-01-31", "P1M")`, `"2024-02-29T00:00:00Z"`},
			{`addDuration("2026-03-01", "-P1D")`, `"2026-02-28T00:00:00Z"`},
			{`daysBetween("2026-02-01", "2026-03-01")`, "28"},
			{`daysBetween("2026-03-01", "2026-02-01")`, "-28"},
			{`yearsBetween("2000-02-29", now())`, "25"},
			{`secondsBetween("2026-01-01", "2026-01-01T00:01:00.5Z")`, "60.5"},
			{`secondsBetween("2026-01-02", "2026-01-01")`, "-86400"},
			{`now() > "2026-01-01"`, "true"},
		}},
	} {
		t.Run(group.name, func(t *testing.T) {
			t.Parallel()
			env := envOf(t, order)
			for _, c := range group.cases {
				got, err := eval(t, c[0], env)
				require.NoError(t, err, c[0])
				require.Equal(t, c[1], got, c[0])
			}
		})
	}
}

func TestFunctionErrors(t *testing.T) {
	t.Parallel()
	for _, source := range []string{
		"sum([1, nil])", "sum(1)", "mean(['a'])", "median([1, 'a'])", "median(['a', 'b'])", "min(1, 'a')", "max(nil)", "abs('a')", "round(1.5, -1)", "round(1.5, 101)",
		"round('a')", "number(nil)", "number('')", "number('0x10')", "number('NaN')", "int([])",
		"trim('a', nil)", "split('a', 1)", "join([1], '')", "join('a', '')", "repeat('a', -1)", "repeat('a', 0.5)",
		"indexOf('a', 1)", "hasPrefix(1, 'a')", "fromBase64('!')", "fromBase64('/w==')", "toBase64(1)",
		"first(1)", "take(1, 1)", "reverse('a')", "uniq(1)", "concat([1], 2)", "flatten(1)", "sort([1, 'a'])",
		"keys([])", "values(nil)", "toPairs(1)", "fromPairs([1])", "fromPairs([[1]])", "fromPairs([[nil, 1]])", "get(1, 2)",
		"fromJSON('{')", "fromJSON(1)", "date(1)", "addDuration('2026-01-01', '1 month')", "addDuration('9999-12-31', 'P1D')",
		"addDuration('0000-01-01', '-P1D')", "count([1])",
	} {
		_, err := eval(t, source, expr.Env{})
		require.Error(t, err, source)
		requireErrorAs[*expr.EvalError](t, err)
	}
}

// TestOrder runs what would show the random order of Go's maps.
func TestOrder(t *testing.T) {
	t.Parallel()
	env := envOf(t, `{"m": {"e": 5, "d": 4, "c": 3, "b": 2, "a": 1, "f": {"z": 1, "y": [1, {"q": 1, "p": 2}]}}}`)
	for source, want := range map[string]string{
		"keys(m)":                        `["a","b","c","d","e","f"]`,
		"values(m)[0:5]":                 `[1,2,3,4,5]`,
		"map(toPairs(m), #[0])":          `["a","b","c","d","e","f"]`,
		"text(m.f)":                      `"{\"y\":[1,{\"p\":2,\"q\":1}],\"z\":1}"`,
		"keys(groupBy(keys(m), #))":      `["a","b","c","d","e","f"]`,
		"map(sortBy(keys(m), 1), #)":     `["a","b","c","d","e","f"]`,
		"toJSON(fromPairs(toPairs(m)))":  `"{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":{\"y\":[1,{\"p\":2,\"q\":1}],\"z\":1}}"`,
		"uniq(concat(keys(m), keys(m)))": `["a","b","c","d","e","f"]`,
	} {
		t.Run(source, func(t *testing.T) {
			t.Parallel()
			for range 1000 {
				got, err := eval(t, source, env)
				require.NoError(t, err)
				require.Equal(t, want, got)
			}
		})
	}
}
