package expr_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/interpreter/expr"
)

const order = `{
	"amount": 1200, "price": 1.10, "approved": true, "name": "Zoë", "nothing": null,
	"customer": {"country": "CH", "vip": false},
	"lines": [{"p": 10, "q": 2, "s": "open"}, {"p": 2.5, "q": 4, "s": "shut"}, {"p": 1, "q": 1, "s": "open"}],
	"m": {"b": 1, "a": 2, "c": {"x": 1}}
}`

func TestEval(t *testing.T) {
	t.Parallel()
	for _, group := range []struct {
		name  string
		cases [][2]string // source, JSON of the value
	}{
		{"Literals", [][2]string{
			{"nil", "null"},
			{"true", "true"},
			{"17", "17"},
			{"1_000", "1000"},
			{"0x1F + 0b11 + 0o17", "49"},
			{"0xFFFFFFFFFFFFFFFFFF", "4722366482869645213695"},
			{"0.1", "0.1"},
			{".5 + 1.", "1.5"},
			{"1.10", "1.10"},
			{"1.5e3", "1500"},
			{"1e400", "1E+400"},
			{"9007199254740993", "9007199254740993"},
			{"12345678901234567890", "12345678901234567890"},
			{"-9223372036854775808", "-9223372036854775808"},
			{"0.1234567890123456789012345678901234567890", "0.1234567890123456789012345678901234567890"},
			{`"é\n" + 'a"b'`, `"é\na\"b"`},
			{"`raw \\n`", `"raw \\n"`},
			{"[1, 'a', nil]", `[1,"a",null]`},
			{`{"b": 1, a: price, 1.50: 2, (name): 3}`, `{"1.50":2,"Zoë":3,"a":1.10,"b":1}`},
			{"1 /* one */ + 1 // two", "2"},
		}},
		{"Arithmetic", [][2]string{
			{"0.1 + 0.2", "0.3"},
			{"price + 1", "2.10"},
			{"price * 3", "3.30"},
			{"7 / 2", "3.5"},
			{"6 / 3", "2"},
			{"-6 / 3", "-2"},
			{"1 / 3", "0.3333333333333333333333333333333333"},
			{"2.50 / 1", "2.50"},
			{"100 / 10.0", "10"},
			{"7 % 3", "1"},
			{"-7 % 3", "-1"},
			{"7.5 % 2", "1.5"},
			{"2 ** 10", "1024"},
			{"2 ^ 10", "1024"},
			{"2 ** -2", "0.25"},
			{"1.1 ** 2", "1.21"},
			{"2 ** 100", "1267650600228229401496703205376"},
			{"2 ** 200", "1.606938044258990275541962092341163E+60"},
			{"0 ** 0", "1"},
			{"-2 ** 2", "-4"},
			{"9223372036854775807 + 1", "9223372036854775808"},
			{"-9223372036854775808 - 1", "-9223372036854775809"},
			{"9223372036854775807 * 9223372036854775807", "85070591730234615847396907784232501249"},
			{"9223372036854775807 + 1 - 1", "9223372036854775807"},
			{"-(-9223372036854775808)", "9223372036854775808"},
			{"-price", "-1.10"},
			{"+price", "1.10"},
			{"1 - 1.0", "0.0"},
			{"0 * -1.5", "0.0"},
			{"1 + 2 * 3 - 4", "3"},
		}},
		{"Comparison", [][2]string{
			{"1 == 1.0", "true"},
			{"1.10 == 1.1", "true"},
			{"1 != 1.00", "false"},
			{"price > 1", "true"},
			{"9007199254740993 > 9007199254740992", "true"},
			{"9223372036854775807 < 1e400", "true"},
			{`"a" < "b"`, "true"},
			{`"b" >= "b"`, "true"},
			{"1 < 2 < 3", "true"},
			{"1 < 2 > 3", "false"},
			{"nothing == nil", "true"},
			{"missing == nil", "true"},
			{"amount == nil", "false"},
			{"nil != amount", "true"},
			{"[1, {a: 2}] == [1.0, {a: 2.00}]", "true"},
			{"m == {a: 2, b: 1, c: {x: 1}}", "true"},
			{"m == {a: 2, b: 1}", "false"},
			{`[1] == ["1"]`, "false"},
		}},
		{"Logic", [][2]string{
			{"approved && amount > 1000", "true"},
			{"approved and not customer.vip", "true"},
			{"false && missing > 1", "false"},
			{"true or missing > 1", "true"},
			{"!approved", "false"},
			{"approved ? 1 : 2", "1"},
			{`if amount > 3 { "a" } else if true { "b" } else { "c" }`, `"a"`},
			{"missing ?? 5", "5"},
			{"false ?? 5", "false"},
			{"missing.x ?? nothing ?? 7", "7"},
			{"let y = 2; let z = y * 3; z + y", "8"},
			{"1; 2", "2"},
			{"let name = 1; name", "1"},
		}},
		{"Access", [][2]string{
			{"customer.country", `"CH"`},
			{`customer["country"]`, `"CH"`},
			{"customer?.country", `"CH"`},
			{"a.b.c", "null"},
			{`a["x"]["y"]`, "null"},
			{"a?.b?.c", "null"},
			{"customer.zip.code", "null"},
			{"nothing.x", "null"},
			{"lines[0].p", "10"},
			{"lines[-1].p", "1"},
			{"lines[1.0].p", "2.5"},
			{"lines[7]", "null"},
			{"lines[-7].p", "null"},
			{"lines[missing]", "null"},
			{"[1, 2, 3, 4][1:3]", "[2,3]"},
			{"[1, 2, 3, 4][:-1]", "[1,2,3]"},
			{"[1, 2, 3][2:1]", "[]"},
			{"[1, 2, 3][-9:9]", "[1,2,3]"},
			{"missing[1:2]", "null"},
			{"name[2]", `"ë"`},
			{"name[-1]", `"ë"`},
			{"name[9]", "null"},
			{"name[1:]", `"oë"`},
			{"name[:2]", `"Zo"`},
			{`get(customer, "vip")`, "false"},
			{`get(nothing, "vip")`, "null"},
		}},
		{"Membership", [][2]string{
			{"2 in [1, 2.0]", "true"},
			{"2 not in [1]", "true"},
			{`"2" in [1, 2]`, "false"},
			{`"a" in m`, "true"},
			{`"z" in m`, "false"},
			{"3 in 1..3", "true"},
			{`name contains "o"`, "true"},
			{`name startsWith "Z"`, "true"},
			{`name endsWith "x"`, "false"},
			{`name not contains "o"`, "false"},
			{`name matches "^Z.ë$"`, "true"},
			{`name matches "^" + "z"`, "false"},
			{"1..3", "[1,2,3]"},
			{"3..1", "[]"},
			{"-1..1.0", "[-1,0,1]"},
		}},
		{"Predicates", [][2]string{
			{"all(lines, .p > 0)", "true"},
			{"none(lines, .p > 100)", "true"},
			{"any(lines, .p > 5)", "true"},
			{"one(lines, .p > 5)", "true"},
			{"one(lines, .p > 0)", "false"},
			{"all([], false)", "true"},
			{`count(lines, .s == "open")`, "2"},
			{"count([true, false, true])", "2"},
			{"filter(1..5, # % 2 == 1)", "[1,3,5]"},
			{"filter(1..5, {# > 3})", "[4,5]"},
			{"map(lines, .p * .q)", "[20,10.0,1]"},
			{"map(1..3, # * #index)", "[0,2,6]"},
			{"map([[1, 2], [3]], map(#, # + 1))", "[[2,3],[4]]"},
			{"lines | filter(.p > 1) | map(.q) | sum()", "6"},
			{"sum(lines, .p * .q)", "31.0"},
			{"find(lines, .p < 5).q", "4"},
			{"findLast(lines, .p < 5).q", "1"},
			{"find(lines, .p > 50)", "null"},
			{"findIndex(lines, .p < 5)", "1"},
			{"findLastIndex(lines, .p < 5)", "2"},
			{"findIndex(lines, .p > 50)", "null"},
			{"groupBy(1..4, # % 2 == 0)", `{"false":[1,3],"true":[2,4]}`},
			{"map(sortBy(lines, .p), .p)", "[1,2.5,10]"},
			{`map(sortBy(lines, .s, "desc"), .q)`, "[4,2,1]"},
			{"reduce(1..5, #acc + #)", "15"},
			{"reduce(1..3, #acc + #index, 10)", "13"},
			{"reduce([], #acc, 1)", "1"},
			{"let k = 2; map(1..2, # * k)", "[2,4]"},
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

func TestEvalErrors(t *testing.T) {
	t.Parallel()
	env := envOf(t, order)
	for _, c := range [][2]string{ // source, message
		{"missing > 1", "missing is null or missing; > compares two numbers or two texts"},
		{"1 > customer.zip.code", "customer.zip.code is null or missing; > compares two numbers or two texts"},
		{"missing + 1", "missing is null or missing; + needs a number"},
		{`"a" + missing`, `"a" is a string; + needs a number`},
		{"1 - nothing", "nothing is null or missing; - needs a number"},
		{"-missing", "missing is null or missing; - needs a number"},
		{"!missing", "missing is null or missing; ! needs true or false"},
		{"missing && true", "missing is null or missing; && needs true or false"},
		{"true && amount", "amount is a number; && needs true or false"},
		{"missing ? 1 : 2", "missing is null or missing; a condition needs true or false"},
		{`1 == "1"`, `1 is a number and "1" is a string; == compares values of one type`},
		{"approved != 1", "approved is a boolean and 1 is a number; != compares values of one type"},
		{`1 < "a"`, `1 is a number and "a" is a string; < compares two numbers or two texts`},
		{"[1] < [2]", "the list is a list and the list is a list; < compares two numbers or two texts"},
		{`name + 1`, "1 is a number; + joins two texts, so write text(1)"},
		{`amount + name`, "amount is a number; + joins two texts, so write text(amount)"},
		{"1 / 0", "division by zero in 1 / 0"},
		{"price % 0.0", "division by zero in price % 0.0"},
		{"0 ** -1", "division by zero in 0 ** the value"},
		{"2 ** 0.5", "0.5 must be a whole number of at most 10000; it is an exponent"},
		{"1e6000 * 1e6000", "the result of 1e6000 * 1e6000 is out of range"},
		{"lines.p", `lines is a list, it has no field "p"`},
		{"amount.p", `amount is a number, it has no field "p"`},
		{"lines[0.5]", "lines is a list, its index must be a whole number"},
		{"m[0]", "m is an object, its fields have texts as names, not a number"},
		{"amount[1:2]", "amount is a number, it has no parts"},
		{"1 in missing", "missing is null or missing; in needs a list or an object"},
		{"1 in m", "1 is a number; the keys of an object are texts"},
		{`amount contains "1"`, "amount is a number; contains needs a text"},
		{`amount matches "1"`, "amount is a number; matches needs a text"},
		{"1..price", "price is a number; .. needs whole numbers"},
		{"filter(missing, true)", "missing is null or missing; filter needs a list"},
		{"filter(lines, .p)", "the predicate is a number; filter needs true or false"},
		{"reduce([], #acc)", "the list is empty; reduce needs an initial value then"},
		{"{(nothing): 1}", "the key of an object must be a text, nothing is null or missing"},
		{"sortBy([1, 'a'], #)", "sortBy cannot order a number and a string"},
		{"sortBy([1], #, 'up')", `the order of a sort must be "asc" or "desc"`},
		{"sort([nil])", "sort orders numbers or texts, this is null or missing"},
		{"urlEncode(missing)", "missing is null or missing; urlEncode needs a text or a number"},
		{"upper(missing)", "missing is null or missing; upper needs a text"},
		{"len(1)", "1 is a number; len needs a text, a list or an object"},
		{`number("1x")`, `"1x" is "1x", which is not a number`},
		{`date("tomorrow")`, `date: "tomorrow" is not an ISO 8601 date such as 2026-01-31T09:00:00Z or 2026-01-31`},
	} {
		t.Run(c[0], func(t *testing.T) {
			t.Parallel()
			_, err := eval(t, c[0], env)
			require.EqualError(t, err, c[1])
			requireErrorAs[*expr.EvalError](t, err)
		})
	}
}

func TestScopes(t *testing.T) {
	t.Parallel()
	env := expr.Env{Scopes: []expr.Variables{
		{"inner": 1, "both": "inner", "nothing": nil},
		{"outer": 2, "both": "outer", "nothing": 3, "nested": expr.Variables{"x": 4}},
	}}
	for source, want := range map[string]string{
		"inner + outer":     "3",
		"both":              `"inner"`,
		"nothing":           "null",
		"nested.x":          "4",
		`nested["x"]`:       "4",
		"outer ?? 0":        "2",
		"nowhere ?? 'none'": `"none"`,
	} {
		got, err := eval(t, source, env)
		require.NoError(t, err, source)
		require.Equal(t, want, got, source)
	}
}
