package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCommands(t *testing.T) {
	t.Parallel()
	p := platform(t)
	// Keys of its own: other tests deploy the same files.
	file := func(t *testing.T, from, key, to string) string {
		t.Helper()
		xml, err := os.ReadFile("testdata/" + from)
		require.NoError(t, err)
		path := filepath.Join(t.TempDir(), to+".bpmn")
		require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(xml), `process id="`+key+`"`, `process id="`+to+`"`, 1)), 0o600))
		return path
	}
	double := file(t, "script.bpmn", "script", "cli-double")
	review := file(t, "review.bpmn", "review", "cli-review")
	bad := filepath.Join(t.TempDir(), "bad.bpmn")
	require.NoError(t, os.WriteFile(bad, []byte(`<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p" isExecutable="true"><serviceTask id="t"/></process></definitions>`), 0o600))
	run := func(t *testing.T, want int, arguments ...string) (stdout, stderr string) {
		t.Helper()
		code, stdout, stderr := perdure(t, "", append(arguments, "--server", p.url)...)
		require.Equal(t, want, code, "%s%s", stdout, stderr)
		return stdout, stderr
	}
	decode := func(t *testing.T, text string, target any) {
		t.Helper()
		require.NoError(t, json.Unmarshal([]byte(text), target), "%s", text)
	}

	t.Run("Validate", func(t *testing.T) {
		code, out, _ := perdure(t, "", "validate", double, review)
		require.Equal(t, 0, code)
		require.Contains(t, out, "ok, 1 executable process")
		code, out, _ = perdure(t, "", "validate", "-o", "json", bad)
		require.Equal(t, 1, code)
		var results []struct {
			Valid    bool
			Findings []struct {
				Rule, Element string
				Line          int
			}
		}
		decode(t, out, &results)
		require.False(t, results[0].Valid)
		rules := map[string]string{}
		for _, f := range results[0].Findings {
			require.Equal(t, 1, f.Line)
			rules[f.Rule] = f.Element
		}
		require.Equal(t, "t", rules["task-without-implementation"])
		code, _, _ = perdure(t, "", "validate", filepath.Join(t.TempDir(), "missing.bpmn"))
		require.Equal(t, 1, code)
		code, _, _ = perdure(t, "", "validate")
		require.Equal(t, 2, code)
	})

	t.Run("Deploy", func(t *testing.T) {
		out, _ := run(t, 0, "deploy", double)
		require.Contains(t, out, "cli-double:1:")
		out, _ = run(t, 0, "deploy", double)
		require.Contains(t, out, "unchanged")
		var results []struct {
			Deployed  bool
			Processes []struct{ Key string }
		}
		out, _ = run(t, 0, "deploy", "-o", "json", review)
		decode(t, out, &results)
		require.True(t, results[0].Deployed)
		require.Equal(t, "cli-review", results[0].Processes[0].Key)
		_, errs := run(t, 1, "deploy", bad)
		require.Contains(t, errs, "bad.bpmn:1:")
		require.Contains(t, errs, "not deployed")
		xml, err := os.ReadFile(double)
		require.NoError(t, err)
		code, out, errs := perdure(t, string(xml), "deploy", "-", "--server", p.url)
		require.Equal(t, 0, code, "%s", errs)
		require.Contains(t, out, "cli-double:1:")
	})

	t.Run("StartWait", func(t *testing.T) {
		out, _ := run(t, 0, "start", "cli-double", "--var", "n=21", "--wait", "30s", "-o", "json")
		var in instance
		decode(t, out, &in)
		require.Equal(t, "completed", in.State)
		require.InDelta(t, 42, in.Output["twice"], 0)
		out, _ = run(t, 0, "start", "cli-double", "--variables", `{"n": 1}`, "--wait", "30s")
		require.Contains(t, out, `"twice":2`)
		run(t, 1, "start", "cli-review", "--variables", `{"subject": "x"}`, "--wait", "1s")
		run(t, 3, "start", "cli-none")
		run(t, 2, "start", "cli-double", "--var", "n")
	})

	t.Run("StartAgainWithOneKey", func(t *testing.T) {
		first, _ := run(t, 0, "start", "cli-double", "--var", "n=1", "--idempotency-key", "cli 1")
		again, _ := run(t, 0, "start", "cli-double", "--var", "n=1", "--idempotency-key", "cli 1")
		require.Equal(t, first, again)
		run(t, 4, "start", "cli-double", "--var", "n=2", "--idempotency-key", "cli 1")
	})

	t.Run("ListShowStop", func(t *testing.T) {
		out, _ := run(t, 0, "start", "cli-review", "--business-key", "cli-42", "--var", "subject=x")
		id := strings.TrimSpace(out)
		p.awaitTask(t, id)
		out, _ = run(t, 0, "list", "instances", "--process", "cli-review", "--state", "running")
		require.Contains(t, out, id)
		var listed []instance
		out, _ = run(t, 0, "list", "instances", "--process", "cli-review", "-o", "json")
		decode(t, out, &listed)
		require.Equal(t, id, listed[0].ID)
		out, _ = run(t, 0, "list", "tasks")
		require.Contains(t, out, "Review")
		out, _ = run(t, 0, "list", "processes")
		require.Contains(t, out, "cli-review")
		run(t, 0, "list", "incidents")
		run(t, 3, "list", "instances", "--process", "cli-none")

		out, _ = run(t, 0, "show", id)
		require.Contains(t, out, "cli-42")
		require.Contains(t, out, "Waits at:")
		var shown struct {
			Instance instance
			State    standing
			History  []step
		}
		out, _ = run(t, 0, "show", id, "-o", "json")
		decode(t, out, &shown)
		require.Equal(t, id, shown.Instance.ID)
		require.Equal(t, "first", shown.State.Tokens[0].Element)
		require.NotEmpty(t, shown.History)
		out, _ = run(t, 0, "show", "cli-review", "--bpmn")
		xml, err := os.ReadFile(review)
		require.NoError(t, err)
		require.Equal(t, string(xml), out)
		run(t, 3, "show", "cli-none")

		out, _ = run(t, 0, "stop", id, "--reason", "ordered twice")
		require.Contains(t, out, "stopped")
		run(t, 0, "stop", id)
		run(t, 3, "stop", "cli-none")
		ended, _ := run(t, 0, "start", "cli-double", "--var", "n=1", "--wait", "30s", "-o", "json")
		var in instance
		decode(t, ended, &in)
		run(t, 4, "stop", in.ID)
	})

	t.Run("NoServer", func(t *testing.T) {
		code, out, errs := perdure(t, "", "list", "processes", "-o", "json", "--server", "http://"+freeAddress(t))
		require.Equal(t, 5, code)
		require.Empty(t, out)
		require.Contains(t, errs, "is it running?")
		code, _, _ = perdure(t, "", "list", "processes", "--server", "nonsense")
		require.Equal(t, 2, code)
	})

	t.Run("Version", func(t *testing.T) {
		code, out, _ := perdure(t, "", "version", "-o", "json")
		require.Equal(t, 0, code)
		var v struct{ TemporalServer, Go string }
		decode(t, out, &v)
		require.NotEmpty(t, v.TemporalServer)
	})
}
