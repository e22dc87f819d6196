package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVariables(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "variables.json")
	require.NoError(t, os.WriteFile(file, []byte(`{"from": "file"}`), 0o600))
	tests := []struct {
		name  string
		flags variableFlags
		in    string
		want  string
		fault string
	}{
		{name: "None", want: `{}`},
		{name: "TextWhereItIsNotJSON", flags: variableFlags{Var: []string{"name=Ada Lovelace", "note="}}, want: `{"name":"Ada Lovelace","note":""}`},
		{name: "JSONWhereItIs", flags: variableFlags{Var: []string{"n=12", "ok=true", "list=[1,2]", `s="12"`, "x=null"}}, want: `{"n":12,"ok":true,"list":[1,2],"s":"12","x":null}`},
		{name: "EqualsSignInValue", flags: variableFlags{Var: []string{"q=a=b"}}, want: `{"q":"a=b"}`},
		{name: "DigitsAreKept", flags: variableFlags{Var: []string{"n=12345678901234567890.10"}}, want: `{"n":12345678901234567890.10}`},
		{name: "Object", flags: variableFlags{Variables: `{"a":1}`, Var: []string{"b=2", "a=3"}}, want: `{"a":3,"b":2}`},
		{name: "File", flags: variableFlags{Variables: "@" + file}, want: `{"from":"file"}`},
		{name: "StandardInput", flags: variableFlags{Variables: "@-"}, in: `{"from":"in"}`, want: `{"from":"in"}`},
		{name: "NoPair", flags: variableFlags{Var: []string{"name"}}, fault: `--var "name" is not NAME=VALUE`},
		{name: "NoName", flags: variableFlags{Var: []string{"=1"}}, fault: `is not NAME=VALUE`},
		{name: "NotJSON", flags: variableFlags{Variables: "a=1"}, fault: "not a JSON object"},
		{name: "NotAnObject", flags: variableFlags{Variables: "[1]"}, fault: "not a JSON object"},
		{name: "Null", flags: variableFlags{Variables: "null"}, fault: "not a JSON object"},
		{name: "TwoObjects", flags: variableFlags{Variables: "{}{}"}, fault: "more text"},
		{name: "TooLong", flags: variableFlags{Variables: "@-"}, in: strings.Repeat(" ", maxVariables+1), fault: "more than 1048576 bytes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := test.flags.object(console{in: strings.NewReader(test.in)})
			if test.fault != "" {
				require.ErrorContains(t, err, test.fault)
				return
			}
			require.NoError(t, err)
			text, err := json.Marshal(got)
			require.NoError(t, err)
			require.JSONEq(t, test.want, string(text))
			if test.name == "DigitsAreKept" {
				require.Contains(t, string(text), "12345678901234567890.10")
			}
		})
	}
}
