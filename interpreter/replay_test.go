package interpreter_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/perdure/perdure/interpreter"
	"github.com/perdure/perdure/protocol"
)

// record writes histories of the scripts into testdata/histories. Do so once
// for each version of the interpreter, under a new prefix; never overwrite one
// that has been released.
var record = flag.String("record", "", "record the scripts' histories under this prefix, e.g. v1")

const histories = "testdata/histories"

// recorded are the scripts whose histories are kept: each family of elements,
// each kind of event from outside.
func recorded() []string {
	return []string{
		"boundary/error_nearest", "boundary/message_non_interrupting", "boundary/signal_interrupting",
		"event/message_throw_and_catch", "event/signal_thrown", "event/link",
		"flow/conditional", "gateway/event_message_first", "gateway/inclusive_in_loop", "gateway/parallel_join",
		"incident/complete", "incident/skip", "start_end/message_and_signal_end", "start_end/stop", "start_end/terminate",
		"task/business_rule_and_send", "task/result_variable", "task/script", "task/user",
	}
}

// TestRecord records, when it is asked to.
func TestRecord(t *testing.T) {
	if *record == "" {
		t.Skip("records only with -record")
	}
	all := slices.DeleteFunc(scenarios(t), func(s scenario) bool {
		return !slices.Contains(recorded(), s.name) || !s.portable(false) || s.needsTime() || s.needsQueue()
	})
	l := startLive(t, all, interpreter.Limits{})
	for _, s := range all {
		name := *record + "-" + strings.ReplaceAll(s.name, "/", "-")
		require.NoError(t, l.play(t.Context(), s, name))
		l.save(t, name)
		graph := s.def.Graph()
		require.NoError(t, os.WriteFile(filepath.Join(histories, "graphs", graph.SHA256()+".json"), graph.JSON(), 0o600))
	}
}

func (l live) save(t *testing.T, name string) {
	t.Helper()
	var history historypb.History
	events := l.client.GetWorkflowHistory(t.Context(), name, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		require.NoError(t, err)
		history.Events = append(history.Events, event)
	}
	data, err := protojson.Marshal(&history)
	require.NoError(t, err)
	var indented bytes.Buffer
	require.NoError(t, json.Indent(&indented, data, "", " "))
	require.NoError(t, os.WriteFile(filepath.Join(histories, name+".json"), indented.Bytes(), 0o600))
}

// recordedGraph serves the graphs as they were when the histories were made.
func recordedGraph(_ context.Context, sha256 string) ([]byte, error) {
	return os.ReadFile(filepath.Join(histories, "graphs", sha256+".json"))
}

func newReplayer(t *testing.T) worker.WorkflowReplayer {
	t.Helper()
	replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{
		Interceptors: []interceptor.WorkerInterceptor{interpreter.NewInterceptor()},
	})
	require.NoError(t, err)
	i := interpreter.New(interpreter.NewDefinitions(recordedGraph), interpreter.Limits{})
	replayer.RegisterWorkflowWithOptions(i.Process, workflow.RegisterOptions{Name: protocol.ProcessWorkflow})
	return replayer
}

// TestReplay replays every history in the folder: what an instance did under an
// earlier version it does again.
func TestReplay(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(histories, "*.json"))
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), len(recorded())/2)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			require.NoError(t, newReplayer(t).ReplayWorkflowHistoryFromJSONFile(quiet{}, file))
		})
	}
}

// TestReplayNotices proves that a replay which goes another way fails: by the
// id of an activity, and by the trace that the repository's answer echoes.
func TestReplayNotices(t *testing.T) {
	original, err := os.ReadFile(filepath.Join(histories, "v1-task-result_variable.json"))
	require.NoError(t, err)
	for name, pattern := range map[string]string{
		"AnotherElement": `("activityId": ")[^"]+`,
		// A payload that begins with {"trace":" in base64.
		"AnotherTrace": `("data": "eyJ0cmFjZSI6I)[^"]{8}`,
	} {
		t.Run(name, func(t *testing.T) {
			changed := regexp.MustCompile(pattern).ReplaceAllString(string(original), "${1}jAwMDAwM")
			require.NotEqual(t, string(original), changed)
			history, err := client.HistoryFromJSON(strings.NewReader(changed), client.HistoryJSONOptions{})
			require.NoError(t, err)
			require.Error(t, newReplayer(t).ReplayWorkflowHistory(quiet{}, history))
		})
	}
}
