package bpmn_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/bpmn"
)

func compile(t testing.TB, data []byte) []*bpmn.Graph {
	t.Helper()
	d, faults := bpmn.Read(data)
	require.NotNil(t, d, "%v", faults)
	graphs, faults := d.Compile()
	require.NoError(t, faults.Err())
	return graphs
}

// TestJSONRoundTrip checks that nothing of meaning is lost: the graphs are the
// same, and the second JSON is the first.
func TestJSONRoundTrip(t *testing.T) {
	t.Parallel()
	for name, data := range fixtures(t, "*.bpmn") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			form, err := bpmn.ToJSON(data)
			require.NoError(t, err)
			require.True(t, json.Valid(form))
			back, err := bpmn.FromJSON(form)
			require.NoError(t, err)
			again, err := bpmn.ToJSON(back)
			require.NoError(t, err)
			require.Equal(t, string(form), string(again))
			want, got := compile(t, data), compile(t, back)
			require.Len(t, got, len(want))
			for i := range want {
				require.Equal(t, want[i].SHA256(), got[i].SHA256())
			}
		})
	}
}

func TestToJSON(t *testing.T) {
	t.Parallel()
	form, err := bpmn.ToJSON([]byte(`<?xml version="1.0"?>
<!-- drawn by hand -->
<b:definitions xmlns:b="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:o="urn:other">
  <b:process id="p" name="&quot;A&quot; &lt; B&#10;C">
    <b:documentation>one <o:b>two</o:b> three</b:documentation>
    <b:startEvent id="s"/>
    <b:documentation><![CDATA[x < y]]></b:documentation>
  </b:process>
</b:definitions>
<?tool data?>`))
	require.NoError(t, err)
	//nolint:testifylint // the layout is what people read
	require.Equal(t, `{
  "format": "urn:perdure:bpmn-json:1",
  "before": [
    {"comment": " drawn by hand "}
  ],
  "definitions": {
    "name": "b:definitions",
    "attributes": {"xmlns:b": "http://www.omg.org/spec/BPMN/20100524/MODEL", "xmlns:o": "urn:other"},
    "children": [
      {
        "name": "b:process",
        "attributes": {"id": "p", "name": "\"A\" < B\nC"},
        "children": [
          {
            "name": "b:documentation",
            "children": [
              "one ",
              {
                "name": "o:b",
                "text": "two"
              },
              " three"
            ]
          },
          {
            "name": "b:startEvent",
            "attributes": {"id": "s"}
          },
          {
            "name": "b:documentation",
            "children": [
              {"cdata": "x < y"}
            ]
          }
        ]
      }
    ]
  },
  "after": [
    {"instruction": "tool", "data": "data"}
  ]
}
`, string(form))
	back, err := bpmn.FromJSON(form)
	require.NoError(t, err)
	require.Equal(t, `<?xml version="1.0" encoding="UTF-8"?>
<!-- drawn by hand -->
<b:definitions xmlns:b="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:o="urn:other">
  <b:process id="p" name="&quot;A&quot; &lt; B&#xA;C">
    <b:documentation>one <o:b>two</o:b> three</b:documentation>
    <b:startEvent id="s"/>
    <b:documentation><![CDATA[x < y]]></b:documentation>
  </b:process>
</b:definitions>
<?tool data?>
`, string(back))
}

func TestToJSONRefuses(t *testing.T) {
	t.Parallel()
	for name, data := range fixtures(t, "error/*.bpmn") {
		definitions, _ := bpmn.Read(data)
		_, err := bpmn.ToJSON(data)
		if definitions == nil {
			require.Error(t, err, name)
		} else {
			require.NoError(t, err, "%s can be read, only not executed", name)
		}
	}
}

func TestFromJSONRefuses(t *testing.T) {
	t.Parallel()
	element := func(content string) string {
		return `{"format": "urn:perdure:bpmn-json:1", "definitions": ` + content + `}`
	}
	root := func(children string) string {
		return element(`{"name": "definitions", "attributes": {"xmlns": "http://www.omg.org/spec/BPMN/20100524/MODEL"}, "children": [` + children + `]}`)
	}
	_, err := bpmn.FromJSON([]byte(root(`{"name": "process"}`)))
	require.NoError(t, err)
	for name, test := range map[string]struct{ text, message string }{
		"NotJSON":            {`<definitions/>`, "invalid character"},
		"Empty":              {``, "EOF"},
		"Trailing":           {root(``) + "{}", "text follows"},
		"OtherFormat":        {`{"format": "x", "definitions": {"name": "a"}}`, `the format is "x"`},
		"NoDefinitions":      {`{"format": "urn:perdure:bpmn-json:1"}`, "is missing"},
		"UnknownField":       {element(`{"name": "a", "kind": "b"}`), `unknown field "kind"`},
		"OtherCase":          {element(`{"Name": "a"}`), `unknown field "Name"`},
		"FieldTwice":         {element(`{"name": "a", "name": "b"}`), "comes twice"},
		"AttributeTwice":     {element(`{"name": "a", "attributes": {"x": "1", "x": "2"}}`), "comes twice"},
		"NumberAsAttribute":  {element(`{"name": "a", "attributes": {"x": 1}}`), "a text"},
		"InjectedElement":    {root(`{"name": "a><b"}`), "is not the name of an element"},
		"InjectedAttribute":  {root(`{"name": "a", "attributes": {"x=\"1\" y": "2"}}`), "is not the name of an attribute"},
		"InjectedComment":    {root(`{"comment": "--><process/><!--"}`), "a comment cannot hold"},
		"InjectedCDATA":      {root(`{"cdata": "]]><process/>"}`), "a CDATA section cannot hold"},
		"InjectedProcessing": {root(`{"instruction": "x", "data": "?><process/>"}`), "is not valid"},
		"Declaration":        {root(`{"instruction": "xml", "data": ""}`), "is not valid"},
		"ControlCharacter":   {root(`"\u0000"`), "cannot stand here"},
		"LoneSurrogate":      {root(`"\ud800"`), "not Unicode"},
		"LoneLowSurrogate":   {root(`"\udc00"`), "not Unicode"},
		"NotUTF8":            {root("\"\xff\""), "not Unicode"},
		"TextAndChildren":    {root(`{"name": "a", "text": "x", "children": []}`), "has text and children"},
		"NothingKnown":       {root(`{}`), "an object is an element"},
		"CommentAsRoot":      {element(`{"comment": "x"}`), "an element is needed"},
		"NotBPMN":            {element(`{"name": "html"}`), "the root element is"},
		"UnboundPrefix":      {root(`{"name": "x:a"}`), "is not bound"},
		"TwoRoots":           {`{"format": "urn:perdure:bpmn-json:1", "before": [{"name": "a"}], "definitions": {"name": "b"}}`, "a second root"},
		"TooDeep":            {root(strings.Repeat(`{"name": "a", "children": [`, 70) + strings.Repeat(`]}`, 70)), "nested more than"},
		"FarTooDeep":         {strings.Repeat(`{"definitions":`, 100_000), "not the JSON form"},
		"TooLarge":           {strings.Repeat(" ", bpmn.MaxJSONBytes+1), "at most"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := bpmn.FromJSON([]byte(test.text))
			var faults *bpmn.FaultError
			require.ErrorAs(t, err, &faults)
			require.ErrorContains(t, err, test.message)
		})
	}
	_, err = bpmn.FromJSON([]byte(root(`{"name": "documentation", "text": "\ud83d\ude00 \\ud800"}`)))
	require.NoError(t, err, "a whole pair, and an escaped backslash")
	_, err = bpmn.FromJSON([]byte("{\n\"format\": 1"))
	var faults *bpmn.FaultError
	require.ErrorAs(t, err, &faults)
	require.Equal(t, 2, faults.Faults[0].Line)
	require.Equal(t, "json-form", faults.Faults[0].Rule)
}
