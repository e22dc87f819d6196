package bpmn_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/bpmn"
)

// TestFaults checks, rule by rule, what is told about files that break it. The
// directives are "file" (the whole text), "definitions" (its content) and
// "process" (the content of one process); what is added around stands in a
// line before the input.
func TestFaults(t *testing.T) {
	datadriven.Walk(t, "testdata/faults", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			t.Helper()
			return tell(check([]byte(wrapped(t, d))))
		})
	})
}

func wrapped(t *testing.T, d *datadriven.TestData) string {
	t.Helper()
	switch d.Cmd {
	case "file":
		return d.Input
	case "definitions":
		return definitions("\n" + d.Input)
	case "process":
		return definitions("<process id=\"p\">\n" + d.Input + "\n</process>")
	}
	require.Fail(t, "unknown directive", d.Cmd)
	return ""
}

// definitions wraps the content of a file.
func definitions(content string) string {
	return `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:perdure="urn:perdure:bpmn:1" xmlns:other="urn:other" targetNamespace="urn:test">` +
		content + "\n</definitions>"
}

// check returns every fault of a file.
func check(data []byte) bpmn.Faults {
	d, faults := bpmn.Read(data)
	if d == nil {
		return faults
	}
	_, faults = d.Compile()
	return faults
}

func tell(faults bpmn.Faults) string {
	if len(faults) == 0 {
		return "ok\n"
	}
	var b strings.Builder
	for _, f := range faults {
		hint := f.Hint
		f.Hint = ""
		fmt.Fprintf(&b, "%s\n", f)
		if f.Element != "" {
			fmt.Fprintf(&b, "  at %s: %s\n", f.Element, hint)
		} else {
			fmt.Fprintf(&b, "  %s\n", hint)
		}
	}
	return b.String()
}

// TestEveryRuleHasATest walks the rules: each is told in testdata/faults, or
// by a test of files that are too large to stand there.
func TestEveryRuleHasATest(t *testing.T) {
	t.Parallel()
	elsewhere := map[string]string{
		"xml-too-deep":    "TestLimits",
		"xml-too-large":   "TestLimits",
		"model-too-large": "TestLimits",
		"more-faults":     "TestMoreFaultsAreCounted",
		"json-form":       "TestFromJSONRefuses",
	}
	files, err := filepath.Glob("testdata/faults/*.txt")
	require.NoError(t, err)
	var told strings.Builder
	for _, name := range files {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		told.Write(data)
	}
	seen := map[string]bool{}
	for _, r := range bpmn.Rules() {
		require.False(t, seen[r.ID], "rule %s stands twice in the list", r.ID)
		seen[r.ID] = true
		require.NotEmpty(t, r.Clause, r.ID)
		require.NotEmpty(t, r.Hint, r.ID)
		require.True(t, strings.HasSuffix(r.Text, "."), r.ID)
		require.Contains(t, []bpmn.Severity{bpmn.Error, bpmn.Warning}, r.Severity)
		if elsewhere[r.ID] == "" {
			require.Contains(t, told.String(), "["+r.ID+"]", "no file breaks rule %s", r.ID)
		}
	}
}
