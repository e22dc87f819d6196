package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/perdure/perdure/bpmn"
	"github.com/perdure/perdure/devserver"
	"github.com/perdure/perdure/protocol"
	"github.com/perdure/perdure/worker"
)

//go:embed custom-activity.bpmn
var process []byte

// repository holds the one graph and takes every batch.
type repository struct{ graph *bpmn.Graph }

func (r repository) Graph(context.Context, string) ([]byte, error) { return r.graph.JSON(), nil }

func (repository) Project(_ context.Context, batch protocol.Batch) (protocol.BatchResult, error) {
	return protocol.BatchResult{Trace: batch.Trace}, nil
}

func (repository) Resolve(context.Context, protocol.Resolve) (protocol.Definition, error) {
	return protocol.Definition{}, errors.New("no process is called")
}

// TestProcess runs the process on the embedded server: one worker of the
// platform runs it, and a worker of its own does the scoring.
func TestProcess(t *testing.T) {
	if testing.Short() {
		t.Skip("starts Temporal's server")
	}
	t.Parallel()
	definitions, faults := bpmn.Read(process)
	require.Empty(t, faults)
	graphs, faults := definitions.Compile()
	require.Empty(t, faults)
	graph := graphs[0]

	server, err := devserver.Start(t.Context(), devserver.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.Background())) })
	c, err := client.Dial(client.Options{HostPort: server.HostPort()})
	require.NoError(t, err)
	t.Cleanup(c.Close)

	quiet := slog.New(slog.DiscardHandler)
	platform, err := worker.New(worker.Options{Client: c, Logger: quiet, Platform: &worker.Platform{Repository: repository{graph}}})
	require.NoError(t, err)
	own, err := worker.New(worker.Options{TaskQueue: "scoring", Address: server.HostPort(), Logger: quiet})
	require.NoError(t, err)
	own.RegisterActivity("score-applicant", scoreApplicant)
	serve(t, platform)
	serve(t, own)

	for name, test := range map[string]struct {
		applicant string
		want      map[string]any
	}{
		"Granted":    {`{"name":"Ada","income":900,"children":1}`, map[string]any{"points": 60.0}},
		"Declined":   {`{"name":"Ada","income":5000}`, map[string]any{"points": 0.0}},
		"Incomplete": {`{"name":"Ada"}`, map[string]any{"missing": []any{"income"}}},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: name, TaskQueue: worker.DefaultTaskQueue}, protocol.ProcessWorkflow,
				protocol.Input{
					Definition: protocol.Definition{Key: graph.ID, Version: 1, SHA256: graph.SHA256()},
					Instance:   name, Variables: json.RawMessage(`{"applicant":` + test.applicant + `}`),
				})
			require.NoError(t, err)
			var result protocol.Result
			require.NoError(t, run.Get(ctx, &result))
			require.Equal(t, protocol.Completed, result.Outcome)
			var variables map[string]any
			require.NoError(t, json.Unmarshal(result.Variables, &variables))
			delete(variables, "applicant")
			require.Equal(t, test.want, variables)
		})
	}
	t.Run("TheResultCarriesTheTrace", func(t *testing.T) {
		history := c.GetWorkflowHistory(t.Context(), "Granted", "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for history.HasNext() {
			event, err := history.Next()
			require.NoError(t, err)
			if completed := event.GetActivityTaskCompletedEventAttributes(); completed != nil {
				payload := completed.GetResult().GetPayloads()[0]
				require.Equal(t, `{"points":60}`, string(payload.GetData()))
				require.NotEmpty(t, payload.GetMetadata()[protocol.TraceMetadata])
				return
			}
		}
		require.Fail(t, "no activity has completed")
	})
}

// serve runs w until the test ends, and returns when it is ready.
func serve(t *testing.T, w *worker.Worker) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
	require.Eventually(t, w.Ready, time.Minute, 10*time.Millisecond)
}
