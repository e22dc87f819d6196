package apitest

import (
	"context"
	"encoding/json"
	"errors"
	"sync"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/perdure/perdure/protocol"
)

// Temporal stands in for a Temporal client where a test is about the API and
// not about the interpreter. It knows only what the API and the dispatcher
// call; anything else panics. Its zero value starts everything and lets it run.
type Temporal struct {
	client.Client // nil: what is not overridden must not be called

	// OnStart is called once for each workflow, OnEvent for each update and
	// each signal. An error of OnEvent is the workflow's refusal.
	OnStart func(protocol.Input)
	OnEvent func(instance, updateID string, in protocol.Incoming) (protocol.EventResult, error)
	// Views answer queries: "state", "variables", "history".
	Views map[string]any

	mu     sync.Mutex
	away   bool
	starts []protocol.Input
	closed map[string]bool
}

// GoAway makes every call fail as when Temporal cannot be reached.
func (f *Temporal) GoAway(away bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.away = away
}

// Starts answers the inputs of the workflows started, in order.
func (f *Temporal) Starts() []protocol.Input {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]protocol.Input(nil), f.starts...)
}

// CloseWorkflow makes a workflow look closed.
func (f *Temporal) CloseWorkflow(instance string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed == nil {
		f.closed = map[string]bool{}
	}
	f.closed[instance] = true
}

func (f *Temporal) reachable() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.away {
		return serviceerror.NewUnavailable("Temporal is away")
	}
	return nil
}

// ExecuteWorkflow starts a workflow id once, as REJECT_DUPLICATE with
// USE_EXISTING does.
func (f *Temporal) ExecuteWorkflow(_ context.Context, o client.StartWorkflowOptions, _ any, args ...any) (client.WorkflowRun, error) {
	if err := f.reachable(); err != nil {
		return nil, err
	}
	input, ok := args[0].(protocol.Input)
	if !ok || input.Instance != o.ID {
		return nil, errors.New("apitest: the workflow is not started with its input")
	}
	f.mu.Lock()
	for _, earlier := range f.starts {
		if earlier.Instance == o.ID {
			f.mu.Unlock()
			return nil, nil
		}
	}
	f.starts = append(f.starts, input)
	f.mu.Unlock()
	if f.OnStart != nil {
		f.OnStart(input)
	}
	return nil, nil
}

// UpdateWorkflow hands the event to OnEvent.
func (f *Temporal) UpdateWorkflow(_ context.Context, o client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	if err := f.reachable(); err != nil {
		return nil, err
	}
	if f.OnEvent == nil {
		return nil, serviceerror.NewNotFound("workflow not found")
	}
	in, ok := o.Args[0].(protocol.Incoming)
	if !ok {
		return nil, errors.New("apitest: the update carries no event")
	}
	result, err := f.OnEvent(o.WorkflowID, o.UpdateID, in)
	if err != nil {
		return nil, err
	}
	return updated{result: result}, nil
}

// SignalWorkflow hands the event to OnEvent.
func (f *Temporal) SignalWorkflow(_ context.Context, instance, _, _ string, arg any) error {
	if err := f.reachable(); err != nil {
		return err
	}
	if in, ok := arg.(protocol.Incoming); ok && f.OnEvent != nil {
		_, err := f.OnEvent(instance, "", in)
		return err
	}
	return nil
}

// QueryWorkflow answers from Views.
func (f *Temporal) QueryWorkflow(_ context.Context, _, _, name string, _ ...any) (converter.EncodedValue, error) {
	if err := f.reachable(); err != nil {
		return nil, err
	}
	view, ok := f.Views[name]
	if !ok {
		return nil, serviceerror.NewFailedPrecondition("no poller seen for task queue recently")
	}
	payloads, err := converter.GetDefaultDataConverter().ToPayloads(view)
	return client.NewValue(payloads), err
}

// DescribeWorkflowExecution knows the workflows started and those closed.
func (f *Temporal) DescribeWorkflowExecution(_ context.Context, instance, _ string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	if err := f.reachable(); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	status := enums.WORKFLOW_EXECUTION_STATUS_RUNNING
	if f.closed[instance] {
		status = enums.WORKFLOW_EXECUTION_STATUS_TERMINATED
	}
	for _, started := range f.starts {
		if started.Instance == instance {
			return &workflowservice.DescribeWorkflowExecutionResponse{
				WorkflowExecutionInfo: &workflowpb.WorkflowExecutionInfo{Status: status, FirstRunId: "run-1"},
			}, nil
		}
	}
	return nil, serviceerror.NewNotFound("workflow not found")
}

// CheckHealth says whether Temporal is away.
func (f *Temporal) CheckHealth(context.Context, *client.CheckHealthRequest) (*client.CheckHealthResponse, error) {
	return &client.CheckHealthResponse{}, f.reachable()
}

// updated is the handle of an update that has its answer.
type updated struct {
	client.WorkflowUpdateHandle

	result protocol.EventResult
}

// Get decodes the answer.
func (u updated) Get(_ context.Context, target any) error {
	data, err := json.Marshal(u.result)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, target)
}
