package expr_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/interpreter/expr"
)

func TestDecode(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, out string }{
		{"Null", "null", "null"},
		{"Booleans", "[true,false]", "[true,false]"},
		{"Space", " { \"a\" :\t[ 1 ,\r\n2 ] } ", `{"a":[1,2]}`},
		{"KeysSorted", `{"b":1,"a":2,"B":3}`, `{"B":3,"a":2,"b":1}`},
		{"KeysOfOtherCase", `{"role":1,"ROLE":2}`, `{"ROLE":2,"role":1}`},
		{"EmptyKey", `{"":1}`, `{"":1}`},
		{"BigInteger", "9007199254740993", "9007199254740993"},
		{"GreatestInteger", "9223372036854775807", "9223372036854775807"},
		{"BeyondInteger", "9223372036854775808", "9223372036854775808"},
		{"BigExponent", "1e400", "1E+400"},
		{"SmallExponent", "1E-400", "1E-400"},
		{"WholeExponent", "12e2", "1200"},
		{"Fraction", "0.1", "0.1"},
		{"TrailingZero", "1.10", "1.10"},
		{"NegativeZero", "-0", "0"},
		{"NegativeZeroFraction", "-0.0", "0.0"},
		{"ManyDigits", "3." + strings.Repeat("14", 200), "3." + strings.Repeat("14", 200)},
		{"Escapes", `"\"\\\/\b\f\n\r\t\u0001\u00e9"`, `"\"\\/\b\f\n\r\t\u0001é"`},
		{"SurrogatePair", `"\ud83d\ude00"`, `"😀"`},
		{"NoHTMLEscaping", `"<a href=\"x\">&</a>"`, `"<a href=\"x\">&</a>"`},
		{"LineSeparators", "\"\u2028\"", "\"\u2028\""},
		{"Replacement", `"\ufffd"`, "\"\ufffd\""},
		{"DeepEnough", strings.Repeat("[", 32) + strings.Repeat("]", 32), strings.Repeat("[", 32) + strings.Repeat("]", 32)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v, err := expr.Decode([]byte(c.in))
			require.NoError(t, err)
			data, err := expr.Encode(v)
			require.NoError(t, err)
			require.Equal(t, c.out, string(data))
			again, err := expr.Decode(data)
			require.NoError(t, err)
			require.Equal(t, v, again)
			require.True(t, json.Valid(data))
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, message string }{
		{"Empty", "", "line 1, column 1: the document ends too early"},
		{"Blank", "  ", "line 1, column 3: the document ends too early"},
		{"TrailingData", "{} x", "line 1, column 4: the document goes on after its end"},
		{"TwoDocuments", "1 2", "line 1, column 3: the document goes on after its end"},
		{"DuplicateKey", "{\n \"a\":1, \"a\":2}", `line 2, column 12: the key "a" comes twice in one object`},
		{"DuplicateEscapedKey", `{"a":1,"\u0061":2}`, `line 1, column 16: the key "a" comes twice in one object`},
		{"InvalidUTF8", "\"\xff\"", "line 1, column 2: the text is not valid UTF-8"},
		{"LoneSurrogate", `"\ud800"`, "line 1, column 8: half of a surrogate pair stands alone"},
		{"TwoHighSurrogates", `"\ud800\ud800"`, "line 1, column 14: half of a surrogate pair stands alone"},
		{"LowSurrogate", `"\udc00"`, "line 1, column 8: half of a surrogate pair stands alone"},
		{"ShortEscape", `"\u12"`, `line 1, column 4: four hexadecimal digits must follow \u`},
		{"SignedEscape", `"\u+123"`, `line 1, column 4: four hexadecimal digits must follow \u`},
		{"UnknownEscape", `"\x41"`, "line 1, column 3: JSON does not know this escape sequence"},
		{"ControlCharacter", "\"a\nb\"", "line 1, column 3: a control character in a text must be escaped"},
		{"OpenText", `"abc`, "line 1, column 5: a text does not end"},
		{"OpenObject", `{"a":1`, `line 1, column 7: "," is expected here`},
		{"OpenList", "[1,", "line 1, column 4: the document ends too early"},
		{"TrailingComma", "[1,]", "line 1, column 4: a value is expected here"},
		{"TrailingCommaInObject", `{"a":1,}`, "line 1, column 8: an object's key must be a text in quotes"},
		{"BareKey", "{a:1}", "line 1, column 2: an object's key must be a text in quotes"},
		{"MissingColon", `{"a" 1}`, `line 1, column 6: ":" is expected here`},
		{"Comment", "/* x */ 1", "line 1, column 1: a value is expected here"},
		{"NaN", "NaN", "line 1, column 1: a value is expected here"},
		{"Infinity", "-Infinity", "line 1, column 1: this is not a number of JSON"},
		{"LeadingZero", "01", "line 1, column 1: this is not a number of JSON"},
		{"LeadingPlus", "+1", "line 1, column 1: a value is expected here"},
		{"BarePoint", "1.", "line 1, column 1: this is not a number of JSON"},
		{"BareExponent", "1e", "line 1, column 1: this is not a number of JSON"},
		{"ExponentOutOfRange", "1e7000", "line 1, column 1: the number is out of range: the greatest exponent is 6144"},
		{"ExponentBeyondAll", "1e99999999999", `line 1, column 1: "1e99999999999" is out of range: the greatest exponent is 6144`},
		{"TooManyDigits", strings.Repeat("9", 1001), "line 1, column 1: the number has more than 1000 digits"},
		{"TooDeep", strings.Repeat("[", 33) + strings.Repeat("]", 33), "line 1, column 33: the document is nested deeper than 32"},
		{"MuchTooDeep", strings.Repeat("[", 1_000_000), "line 1, column 33: the document is nested deeper than 32"},
		{"TooManyValues", "[" + strings.Repeat("[],", 20_000) + "1]", "line 1, column 59999: the document has more than 20000 values"},
		{"TooManyKeys", manyKeys(1001), "line 1, column 10009: an object has more than 1000 keys"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := expr.Decode([]byte(c.in))
			require.EqualError(t, err, c.message)
		})
	}
}

// manyKeys returns an object with n keys.
func manyKeys(n int) string {
	var b strings.Builder
	b.WriteByte('{')
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"k%04d":1`, i)
	}
	b.WriteByte('}')
	return b.String()
}

func TestDecodeVariables(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]expr.Variables{
		"":              {},
		"null":          {},
		"{}":            {},
		`{"a":[1,"x"]}`: {"a": []any{1, "x"}},
	} {
		got, err := expr.DecodeVariables([]byte(in))
		require.NoError(t, err, in)
		require.Equal(t, want, got, in)
	}
	_, err := expr.DecodeVariables([]byte("[1]"))
	require.EqualError(t, err, "variables must be a JSON object, this is a list")
}

func TestVariablesJSON(t *testing.T) {
	t.Parallel()

	t.Run("KeepsDigits", func(t *testing.T) {
		t.Parallel()
		type state struct {
			Vars expr.Variables `json:"vars"`
		}
		const in = `{"vars":{"a":9007199254740993,"b":1.10,"c":{"d":[1E+400]}}}`
		var s state
		require.NoError(t, json.Unmarshal([]byte(in), &s))
		out, err := json.Marshal(s)
		require.NoError(t, err)
		require.Equal(t, in, string(out)) //nolint:testifylint // JSONEq would not see lost digits
	})

	t.Run("IsStrict", func(t *testing.T) {
		t.Parallel()
		var v expr.Variables
		require.Error(t, json.Unmarshal([]byte(`{"a":1,"a":2}`), &v))
		require.Error(t, json.Unmarshal([]byte(`[1]`), &v))
	})

	t.Run("ReadsWhatWasGathered", func(t *testing.T) {
		t.Parallel()
		long := make([]any, expr.MaxValues)
		var deep any = 1
		for range expr.MaxDepth {
			deep = []any{deep}
		}
		vars := expr.Variables{"a": long, "b": long, "deep": map[string]any{"x": deep}}
		data, err := json.Marshal(vars)
		require.NoError(t, err)
		var again expr.Variables
		require.NoError(t, json.Unmarshal(data, &again))
		require.Equal(t, vars, again)
	})

	t.Run("NilIsAnEmptyObject", func(t *testing.T) {
		t.Parallel()
		data, err := json.Marshal(expr.Variables(nil))
		require.NoError(t, err)
		require.Equal(t, "{}", string(data))
	})
}

func TestEncodeRefuses(t *testing.T) {
	t.Parallel()
	var deep any = 1
	for range 100 {
		deep = map[string]any{"x": deep}
	}
	for name, v := range map[string]any{
		"Float":       1.5,
		"Struct":      struct{}{},
		"Channel":     []any{make(chan int)},
		"InvalidUTF8": "\xff",
		"InvalidKey":  map[string]any{"\xff": 1},
		"TooDeep":     deep,
	} {
		_, err := expr.Encode(v)
		require.Error(t, err, name)
	}
}

func TestConvert(t *testing.T) {
	t.Parallel()
	type text string
	var nilMap map[string]int
	seven := 7
	for _, c := range []struct {
		in   any
		want string
	}{
		{nil, "null"},
		{true, "true"},
		{text("a"), `"a"`},
		{int8(-3), "-3"},
		{int64(9007199254740993), "9007199254740993"},
		{uint64(18446744073709551615), "18446744073709551615"},
		{0.1, "0.1"},
		{float32(0.1), "0.1"},
		{2.0, "2"},
		{1e300, "1E+300"},
		{json.Number("1.10"), "1.10"},
		{json.Number("12"), "12"},
		{&seven, "7"},
		{nilMap, "null"},
		{[]string{"a"}, `["a"]`},
		{[2]int{1, 2}, "[1,2]"},
		{map[text]any{"b": 0.5, "a": []any{nil}}, `{"a":[null],"b":0.5}`},
		{expr.Variables{"a": 1}, `{"a":1}`},
	} {
		v, err := expr.Convert(c.in)
		require.NoError(t, err, "%v", c.in)
		data, err := expr.Encode(v)
		require.NoError(t, err, "%v", c.in)
		require.Equal(t, c.want, string(data))
		again, err := expr.Decode(data)
		require.NoError(t, err)
		require.Equal(t, v, again)
	}
	type loop []any
	circle := loop{nil}
	circle[0] = circle
	for name, v := range map[string]any{
		"Struct":      struct{ A int }{},
		"Function":    func() {},
		"Infinity":    math.Inf(1),
		"KeyNotAText": map[int]any{1: 1},
		"Circle":      circle,
		"NotANumber":  json.Number("x"),
		"InvalidUTF8": "\xff",
		"InvalidKey":  map[string]any{"\xff": 1},
		"Inside":      []any{struct{}{}},
	} {
		_, err := expr.Convert(v)
		require.Error(t, err, name)
	}
}

func TestEqual(t *testing.T) {
	t.Parallel()
	decode := func(s string) any {
		v, err := expr.Decode([]byte(s))
		require.NoError(t, err)
		return v
	}
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"1", "1.0", true},
		{"1", "1.10", false},
		{"1", `"1"`, false},
		{"null", "null", true},
		{"null", "0", false},
		{"true", "true", true},
		{`{"a":[1,{"b":2}]}`, `{"a":[1.0,{"b":2.00}]}`, true},
		{`{"a":1}`, `{"b":1}`, false},
		{`{"a":1}`, `{"a":1,"b":1}`, false},
		{"[1,2]", "[2,1]", false},
		{"[]", "{}", false},
	} {
		a, b := decode(c.a), decode(c.b)
		require.Equal(t, c.want, expr.Equal(a, b), "%s and %s", c.a, c.b)
		require.Equal(t, c.want, expr.Equal(b, a), "%s and %s", c.b, c.a)
	}
	require.True(t, expr.Equal(expr.Variables{"a": 1}, map[string]any{"a": 1}))
}

func TestClone(t *testing.T) {
	t.Parallel()
	original := expr.Variables{"list": []any{map[string]any{"a": 1}}, "object": map[string]any{"b": 2}}
	clone := original.Clone()
	require.Equal(t, original, clone)
	clone["list"].([]any)[0].(map[string]any)["a"] = 9
	clone["object"].(map[string]any)["b"] = 9
	require.Equal(t, expr.Variables{"list": []any{map[string]any{"a": 1}}, "object": map[string]any{"b": 2}}, original)
	require.Nil(t, expr.Variables(nil).Clone())
}
