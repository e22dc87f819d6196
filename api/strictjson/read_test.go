package strictjson_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/api/strictjson"
)

type address struct {
	Street string `json:"street" minLength:"1" maxLength:"5"`
	Number int    `json:"number,omitempty" minimum:"1" maximum:"10"`
}

type person struct {
	Name    string                     `json:"name"`
	Role    string                     `json:"role,omitempty" enum:"admin,user"`
	Active  bool                       `json:"active,omitempty"`
	Born    *time.Time                 `json:"born,omitempty"`
	Homes   []address                  `json:"homes,omitempty"`
	Main    *address                   `json:"main,omitempty"`
	Data    map[string]json.RawMessage `json:"data,omitempty"`
	Free    json.RawMessage            `json:"free,omitempty"`
	Numbers map[string]int             `json:"numbers,omitempty"`
	hidden  string
}

func read(body string) (person, error) {
	var p person
	err := strictjson.Read([]byte(body), &p, strictjson.Options{})
	_ = p.hidden
	return p, err
}

func TestReadFillsItsTarget(t *testing.T) {
	t.Parallel()
	p, err := read(`{"name":"Æ\ud83d\ude00","role":"admin","active":true,"born":"1979-10-12T07:00:00Z",
		"homes":[{"street":"a","number":2},{"street":"b"}],"main":{"street":"c"},
		"data":{"x":1.10,"y":[{"deep":{}}]},"free":[1,"two"],"numbers":{"a":-1}}`)
	require.NoError(t, err)
	require.Equal(t, "Æ😀", p.Name)
	require.Equal(t, 2, p.Homes[0].Number)
	require.Equal(t, "c", p.Main.Street)
	require.Equal(t, 1979, p.Born.Year())
	require.JSONEq(t, `[1,"two"]`, string(p.Free))
	require.Equal(t, "1.10", string(p.Data["x"]), "no digit is lost")
}

func TestReadFaults(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		body    string
		code    strictjson.Code
		pointer string
		line    int
		column  int
	}{
		"Empty":               {"", strictjson.Syntax, "", 1, 1},
		"OnlySpace":           {" \n ", strictjson.Syntax, "", 1, 1},
		"Cut":                 {`{"name":`, strictjson.Syntax, "", 1, 8},
		"SecondValue":         {`{"name":"a"} {}`, strictjson.Syntax, "", 1, 14},
		"TrailingComma":       {`{"name":"a",}`, strictjson.Syntax, "", 1, 13},
		"SingleQuotes":        {`{'name':1}`, strictjson.Syntax, "", 1, 2},
		"Comment":             {"{\n// no\n}", strictjson.Syntax, "", 2, 1},
		"NaN":                 {`{"name":NaN}`, strictjson.Syntax, "", 1, 9},
		"LeadingZero":         {`{"name":01}`, strictjson.Syntax, "", 1, 10},
		"ControlCharacter":    {"{\"name\":\"a\u0001\"}", strictjson.Syntax, "", 1, 11},
		"ByteOrderMark":       {"\ufeff{}", strictjson.Encoding, "", 1, 1},
		"InvalidUTF8":         {"{\"name\":\"\xff\"}", strictjson.Encoding, "", 1, 10},
		"UTF16":               {"\xff\xfe{\x00}\x00", strictjson.Encoding, "", 1, 1},
		"LoneHighSurrogate":   {`{"name":"\ud800"}`, strictjson.Encoding, "/name", 1, 10},
		"LoneLowSurrogate":    {`{"name":"\udc00"}`, strictjson.Encoding, "/name", 1, 10},
		"HalfPair":            {`{"name":"\ud83dx"}`, strictjson.Encoding, "/name", 1, 10},
		"WrongPair":           {`{"name":"\ud83d\ud83d"}`, strictjson.Encoding, "/name", 1, 10},
		"DuplicateKey":        {"{\"name\":\"a\",\n \"name\":\"b\"}", strictjson.DuplicateKey, "/name", 2, 2},
		"DuplicateEscapedKey": {`{"name":"a","\u006eame":"b"}`, strictjson.DuplicateKey, "/name", 1, 13},
		"DuplicateDeepKey":    {`{"name":"a","free":{"x":{"k":1,"k":2}}}`, strictjson.DuplicateKey, "/free/x/k", 1, 32},
		"UnknownField":        {`{"name":"a","nam":1}`, strictjson.UnknownField, "/nam", 1, 13},
		"OtherCase":           {`{"name":"a","ROLE":"admin"}`, strictjson.UnknownField, "/ROLE", 1, 13},
		"UnexportedField":     {`{"name":"a","hidden":"x"}`, strictjson.UnknownField, "/hidden", 1, 13},
		"UnknownDeepField":    {`{"name":"a","homes":[{"street":"a"},{"street":"b","x/y~z":1}]}`, strictjson.UnknownField, "/homes/1/x~1y~0z", 1, 51},
		"MissingField":        {`{}`, strictjson.MissingField, "/name", 1, 1},
		"MissingDeepField":    {`{"name":"a","homes":[{}]}`, strictjson.MissingField, "/homes/0/street", 1, 22},
		"NullRequired":        {`{"name":null}`, strictjson.MissingField, "/name", 1, 9},
		"NumberForText":       {`{"name":1}`, strictjson.WrongType, "/name", 1, 9},
		"BoolForText":         {`{"name":true}`, strictjson.WrongType, "/name", 1, 9},
		"ObjectForText":       {`{"name":{}}`, strictjson.WrongType, "/name", 1, 9},
		"ListForText":         {`{"name":[]}`, strictjson.WrongType, "/name", 1, 9},
		"TextForBool":         {`{"name":"a","active":"true"}`, strictjson.WrongType, "/active", 1, 22},
		"TextForList":         {`{"name":"a","homes":"x"}`, strictjson.WrongType, "/homes", 1, 21},
		"TextForObject":       {`{"name":"a","main":"x"}`, strictjson.WrongType, "/main", 1, 20},
		"TextForNumber":       {`{"name":"a","main":{"street":"a","number":"1"}}`, strictjson.WrongType, "/main/number", 1, 43},
		"Fraction":            {`{"name":"a","main":{"street":"a","number":1.5}}`, strictjson.WrongType, "/main/number", 1, 43},
		"HugeNumber":          {`{"name":"a","numbers":{"a":99999999999999999999}}`, strictjson.WrongType, "/numbers/a", 1, 28},
		"NoTime":              {`{"name":"a","born":"yesterday"}`, strictjson.WrongType, "/born", 1, 20},
		"NotInEnum":           {`{"name":"a","role":"root"}`, strictjson.OutOfRange, "/role", 1, 20},
		"TooShort":            {`{"name":"a","main":{"street":""}}`, strictjson.OutOfRange, "/main/street", 1, 30},
		"TooLong":             {`{"name":"a","main":{"street":"äöüäöü"}}`, strictjson.OutOfRange, "/main/street", 1, 30},
		"TooSmall":            {`{"name":"a","main":{"street":"a","number":0}}`, strictjson.OutOfRange, "/main/number", 1, 43},
		"TooGreat":            {`{"name":"a","main":{"street":"a","number":11}}`, strictjson.OutOfRange, "/main/number", 1, 43},
		"ListForBody":         {`[]`, strictjson.WrongType, "", 1, 1},
		"NumberForBody":       {`17`, strictjson.WrongType, "", 1, 1},
		"NullForBody":         {`null`, strictjson.WrongType, "", 1, 1},
		"TextForBody":         {`"x"`, strictjson.WrongType, "", 1, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := read(tt.body)
			var e *strictjson.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, tt.code, e.Faults[0].Code, "%v", e.Faults)
			require.Equal(t, tt.pointer, e.Faults[0].Pointer)
			require.Equal(t, [2]int{tt.line, tt.column}, [2]int{e.Faults[0].Line, e.Faults[0].Column}, "%v", e.Faults)
		})
	}
}

func TestReadReportsAllFaults(t *testing.T) {
	t.Parallel()
	_, err := read(`{"nam":"a","role":"root","active":1}`)
	var e *strictjson.Error
	require.ErrorAs(t, err, &e)
	require.Len(t, e.Faults, 4)
	require.Contains(t, e.Error(), "(and 3 more)")
	require.False(t, e.IsSyntax())
}

func TestReadBoundsTheNumberOfFaults(t *testing.T) {
	t.Parallel()
	_, err := read(`{"homes":[` + strings.Repeat(`{"x":1},`, 500) + `{}]}`)
	var e *strictjson.Error
	require.ErrorAs(t, err, &e)
	require.Len(t, e.Faults, strictjson.MaxFaults)
}

func TestReadAllowsUnknownFieldsWhenAsked(t *testing.T) {
	t.Parallel()
	var p person
	body := []byte(`{"name":"a","more":{"x":[1]}}`)
	require.NoError(t, strictjson.Read(body, &p, strictjson.Options{AllowUnknown: true}))
	require.Equal(t, "a", p.Name)
	err := strictjson.Read([]byte(`{"name":"a","more":1,"more":2}`), &p, strictjson.Options{AllowUnknown: true})
	require.Error(t, err, "a duplicate is refused all the same")
}

func TestCheckLimits(t *testing.T) {
	t.Parallel()
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	values := func(n int) string { return "[" + strings.TrimSuffix(strings.Repeat("1,", n-1), ",") + "]" }
	keys := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,"k%d":1`, i)
		}
		return "{" + b.String()[1:] + "}"
	}
	tests := map[string]struct {
		fits, exceeds string
		code          strictjson.Code
	}{
		"Depth":  {nested(32), nested(33), strictjson.TooDeep},
		"Values": {values(20_000), values(20_001), strictjson.TooMany},
		"Keys":   {keys(1_000), keys(1_001), strictjson.TooMany},
		"Deeper": {nested(1), nested(9_999), strictjson.TooDeep},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, strictjson.Check([]byte(tt.fits), strictjson.Options{}))
			var e *strictjson.Error
			require.ErrorAs(t, strictjson.Check([]byte(tt.exceeds), strictjson.Options{}), &e)
			require.Len(t, e.Faults, 1)
			require.Equal(t, tt.code, e.Faults[0].Code)
		})
	}
	require.Error(t, strictjson.Check([]byte(nested(1_000_000)), strictjson.Options{}), "beyond what encoding/json reads")
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{`{"name":"a"}`, `{"name":"\ud83d\ude00","homes":[{"street":"x"}]}`, `[[[{}]]]`, `{"a":1e5,"b":-0.1}`, `"\\u"`, `{"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var p person
		err := strictjson.Read(body, &p, strictjson.Options{})
		var e *strictjson.Error
		if err != nil && !errors.As(err, &e) {
			t.Fatalf("%T is no *strictjson.Error", err)
		}
		if err == nil && !json.Valid(body) {
			t.Fatal("accepted what is not JSON")
		}
	})
}
