package bpmn_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/bpmn"
)

// TestLimits checks each limit at its value and one beyond.
func TestLimits(t *testing.T) {
	t.Parallel()
	documentation := func(n int) string {
		return definitions(`<process id="p"><documentation>` + strings.Repeat("x", n) + `</documentation><startEvent id="s"/></process>`)
	}
	attribute := func(n int) string {
		return definitions(`<process id="p" name="` + strings.Repeat("x", n) + `"><startEvent id="s"/></process>`)
	}
	attributes := func(n int) string {
		var b strings.Builder
		for i := range n - 1 {
			fmt.Fprintf(&b, ` other:a%d=""`, i)
		}
		return definitions(`<process id="p"><startEvent id="s"` + b.String() + `/></process>`)
	}
	deep := func(n int) string { // definitions, process, extensionElements and n - 3 more
		return definitions(`<process id="p"><extensionElements>` + strings.Repeat("<other:x>", n-3) + strings.Repeat("</other:x>", n-3) + `</extensionElements><startEvent id="s"/></process>`)
	}
	size := func(n int) string {
		text := definitions(`<process id="p"><startEvent id="s"/></process>`)
		return text + strings.Repeat("\n", n-len(text))
	}
	elements := func(n int) string { // the process, its start event and n - 2 text annotations
		return definitions(`<process id="p"><startEvent id="s"/>` + repeat(n-2, `<textAnnotation id="t%d"/>`) + `</process>`)
	}
	processes := func(n int) string {
		return definitions(repeat(n, `<process id="p%d"><startEvent id="s%[1]d"/></process>`))
	}
	shapes := func(n int) string {
		return definitions(`<process id="p"><startEvent id="s"/></process><d:BPMNPlane xmlns:d="http://www.omg.org/spec/BPMN/20100524/DI">` + strings.Repeat("<d:BPMNShape/>", n) + `</d:BPMNPlane>`)
	}
	xmlElements := func(n int) string { // definitions, process, startEvent, extensionElements and n - 4 more
		return definitions(`<process id="p"><startEvent id="s"><extensionElements>` + strings.Repeat("<other:x/>", n-4) + `</extensionElements></startEvent></process>`)
	}
	id := func(n int) string {
		return definitions(`<process id="p"><startEvent id="` + strings.Repeat("ä", n) + `"/></process>`)
	}
	for _, test := range []struct {
		name  string
		file  func(int) string
		limit int
		rule  string
	}{
		{"Bytes", size, bpmn.MaxBytes, "xml-too-large"},
		{"Text", documentation, bpmn.MaxText, "xml-too-large"},
		{"Attribute", attribute, bpmn.MaxAttribute, "xml-too-large"},
		{"Attributes", attributes, bpmn.MaxAttributes, "xml-too-large"},
		{"Depth", deep, bpmn.MaxDepth, "xml-too-deep"},
		{"XMLElements", xmlElements, bpmn.MaxXMLElements, "xml-too-large"},
		{"Elements", elements, bpmn.MaxElements, "model-too-large"},
		{"Processes", processes, bpmn.MaxProcesses, "model-too-large"},
		{"Shapes", shapes, bpmn.MaxShapes, "model-too-large"},
		{"ID", id, bpmn.MaxID, "invalid-id"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, check([]byte(test.file(test.limit))).Err())
			require.Equal(t, []string{test.rule}, rules(check([]byte(test.file(test.limit+1))).Errors()))
		})
	}
}

func repeat(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// TestHostileSizes checks files that are far beyond the limits.
func TestHostileSizes(t *testing.T) {
	t.Parallel()
	open := `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">`
	for name, file := range map[string]struct{ text, rule string }{
		"TenMegabytes":    {open + strings.Repeat("<process/>", 1_000_000), "xml-too-large"},
		"TenThousandDeep": {open + strings.Repeat("<subProcess>", 10_000), "xml-too-deep"},
		"HugeAttribute":   {open + `<process id="` + strings.Repeat("x", 4_000_000) + `"/>`, "xml-too-large"},
		"ManyAttributes":  {open + `<process ` + repeat(200_000, ` a%d=""`) + `/>`, "xml-too-large"},
		"ManyElements":    {open + strings.Repeat("<a/>", 1_000_000), "xml-too-large"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, []string{file.rule}, rules(check([]byte(file.text))))
		})
	}
}

func TestMoreFaultsAreCounted(t *testing.T) {
	t.Parallel()
	wrong := repeat(150, `<receiveTask id="t%d"/>`)
	faults := check([]byte(definitions(`<process id="p"><startEvent id="s"/>` + wrong + `</process>`)))
	require.Len(t, faults, 101)
	last := faults[100]
	require.Equal(t, "more-faults", last.Rule)
	require.Equal(t, bpmn.Error, last.Severity)
	require.Equal(t, "200 more faults are not listed", last.Message, "50 errors and 150 warnings")
	require.Len(t, faults.Errors(), 101)
	require.Empty(t, faults.Warnings(), "errors come first")
}

func TestFaultsAsError(t *testing.T) {
	t.Parallel()
	require.NoError(t, bpmn.Faults{{Rule: "x", Severity: bpmn.Warning}}.Err())
	err := check([]byte("<a/>")).Err()
	var faults *bpmn.FaultError
	require.ErrorAs(t, err, &faults)
	require.EqualError(t, err, "bpmn: 1 error in the definition\n"+
		`1:1: error: the root element is "a" of the namespace "": export the process as BPMN 2.0 XML [not-bpmn]`)
}
