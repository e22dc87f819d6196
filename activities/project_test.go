package activities

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/perdure/perdure/protocol"
)

var (
	errGone = errors.New("no such process")
	errDown = errors.New("connection refused")
)

// memory is a Repository that knows the process "pay" and can be down.
type memory struct{ down bool }

func (m memory) Project(_ context.Context, batch protocol.Batch) (protocol.BatchResult, error) {
	if m.down {
		return protocol.BatchResult{}, errDown
	}
	return protocol.BatchResult{Trace: batch.Trace}, nil
}

func (m memory) Resolve(_ context.Context, query protocol.Resolve) (protocol.Definition, error) {
	switch {
	case m.down:
		return protocol.Definition{}, errDown
	case query.Process != "pay":
		return protocol.Definition{}, errGone
	default:
		return protocol.Definition{Key: "pay", Version: query.Version}, nil
	}
}

// closed is a client that knows one closed workflow for each way to close.
type closed struct{ client.Client }

func (closed) GetWorkflow(_ context.Context, id, _ string) client.WorkflowRun { return run{id: id} }

type run struct {
	client.WorkflowRun
	id string
}

func (r run) Get(_ context.Context, value any) error {
	switch r.id {
	case "completed":
		*value.(*protocol.Result) = protocol.Result{Outcome: protocol.Completed, Variables: []byte(`{"sum":1.10}`)}
		return nil
	case "terminated":
		return &temporal.WorkflowExecutionError{}
	case "away":
		return serviceerror.NewUnavailable("away")
	default:
		return serviceerror.NewNotFound("no such workflow")
	}
}

// environment has every activity of the platform registered.
func environment(m memory) *testsuite.TestActivityEnvironment {
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	for _, r := range All(Options{Repository: m, NotFound: errGone, Client: closed{}}) {
		env.RegisterActivityWithOptions(r.Function, activity.RegisterOptions{Name: r.Name})
	}
	return env
}

func TestProject(t *testing.T) {
	t.Parallel()
	value, err := environment(memory{}).ExecuteActivity(protocol.ProjectActivity, protocol.Batch{Trace: "t"})
	require.NoError(t, err)
	var result protocol.BatchResult
	require.NoError(t, value.Get(&result))
	require.Equal(t, "t", result.Trace)

	_, err = environment(memory{down: true}).ExecuteActivity(protocol.ProjectActivity, protocol.Batch{Instance: "i-1", Sequence: 7})
	require.ErrorContains(t, err, "project batch 7 of instance i-1")
	requireRetryable(t, err)
}

func TestResolve(t *testing.T) {
	t.Parallel()
	value, err := environment(memory{}).ExecuteActivity(protocol.ResolveActivity, protocol.Resolve{Process: "pay", Version: 3})
	require.NoError(t, err)
	var definition protocol.Definition
	require.NoError(t, value.Get(&definition))
	require.Equal(t, 3, definition.Version)

	_, err = environment(memory{}).ExecuteActivity(protocol.ResolveActivity, protocol.Resolve{Process: "other"})
	failure(t, err, ErrTypeNotFound, false)

	_, err = environment(memory{down: true}).ExecuteActivity(protocol.ResolveActivity, protocol.Resolve{Process: "pay"})
	requireRetryable(t, err)
}

func TestChildResult(t *testing.T) {
	t.Parallel()
	value, err := environment(memory{}).ExecuteActivity(protocol.ChildResultActivity, "completed")
	require.NoError(t, err)
	var result protocol.Result
	require.NoError(t, value.Get(&result))
	require.Equal(t, protocol.Completed, result.Outcome)
	require.Equal(t, `{"sum":1.10}`, string(result.Variables))

	_, err = environment(memory{}).ExecuteActivity(protocol.ChildResultActivity, "terminated")
	failure(t, err, ErrTypeUnusable, false)
	_, err = environment(memory{}).ExecuteActivity(protocol.ChildResultActivity, "forgotten")
	failure(t, err, ErrTypeNotFound, false)
	_, err = environment(memory{}).ExecuteActivity(protocol.ChildResultActivity, "away")
	requireRetryable(t, err)
}

func requireRetryable(t *testing.T, err error) {
	t.Helper()
	fault, ok := errors.AsType[*temporal.ApplicationError](err)
	require.True(t, ok, err)
	require.False(t, fault.NonRetryable(), err)
}
