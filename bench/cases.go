package main

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"go.temporal.io/sdk/client"

	"github.com/perdure/perdure/protocol"
	"github.com/perdure/perdure/repository"
)

//go:embed testdata/*.bpmn
var processes embed.FS

// benchCase is the same work twice: as a drawn process and as a hand-written
// workflow.
type benchCase struct {
	name    string
	file    string // below testdata
	process string // its key
	hand    string // workflow type
	// shown is how many workflow tasks of the process change what the
	// repository shows: each may cost one marker.
	shown int
	// wake sends what the instance or workflow waits for, nil for nothing.
	wakeProcess func(ctx context.Context, e *environment, instance string) error
	wakeHand    func(ctx context.Context, e *environment, workflow string) error
}

func cases() []benchCase {
	return []benchCase{
		{name: "no task", file: "none", process: "bench-none", hand: "hand.none", shown: 1},
		{name: "5 tasks in sequence", file: "five", process: "bench-five", hand: "hand.five", shown: 1},
		{name: "5 tasks in parallel", file: "parallel", process: "bench-parallel", hand: "hand.parallel", shown: 1},
		{name: "timer of 10 ms", file: "timer", process: "bench-timer", hand: "hand.timer", shown: 1},
		{
			name: "wait for a signal", file: "signal", process: "bench-signal", hand: "hand.signal", shown: 2,
			wakeProcess: func(ctx context.Context, e *environment, instance string) error {
				return e.client.SignalWorkflow(ctx, instance, "", protocol.EventSignal, protocol.Incoming{
					Signal: &protocol.SignalDelivery{Name: "go", Broadcast: uuid.NewString()},
				})
			},
			wakeHand: func(ctx context.Context, e *environment, workflow string) error {
				return e.client.SignalWorkflow(ctx, workflow, "", "go", nil)
			},
		},
		{
			name: "wait for a message", file: "message", process: "bench-message", hand: "hand.message", shown: 2,
			wakeProcess: func(ctx context.Context, e *environment, instance string) error {
				_, err := e.dispatcher.Event(ctx, instance, uuid.NewString(), protocol.Incoming{
					Message: &protocol.MessageDelivery{Subscription: "wait#1", MessageID: uuid.NewString()},
				})
				return err
			},
			wakeHand: func(ctx context.Context, e *environment, workflow string) error {
				handle, err := e.client.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
					WorkflowID: workflow, UpdateName: "go", Args: []any{data{}}, WaitForStage: client.WorkflowUpdateStageCompleted,
				})
				if err != nil {
					return err
				}
				return handle.Get(ctx, nil)
			},
		},
		{name: "loop of 100 tasks", file: "loop", process: "bench-loop", hand: "hand.loop", shown: 1},
		{name: "5 tasks inline", file: "inline", process: "bench-inline", hand: "hand.five", shown: 1},
	}
}

// runProcess starts an instance as the API does, and returns when it has ended.
func (c benchCase) runProcess(ctx context.Context, e *environment) (string, error) {
	variables, err := json.Marshal(payload())
	if err != nil {
		return "", err
	}
	inst, _, err := e.repository.CreateInstance(ctx, protocol.SystemActor, repository.NewInstance{
		ID: uuid.NewString(), ProcessID: e.processes[c.process].ID, Trigger: "api", Variables: variables,
	})
	if err != nil {
		return "", err
	}
	if err := e.dispatcher.Start(ctx, inst); err != nil {
		return "", err
	}
	if c.wakeProcess != nil {
		if err := c.wakeProcess(ctx, e, inst.ID); err != nil {
			return "", err
		}
	}
	ended, err := e.dispatcher.AwaitEnd(ctx, inst.ID)
	if err == nil && ended.State != string(protocol.Completed) {
		err = fmt.Errorf("instance %s is %s", inst.ID, ended.State)
	}
	return inst.ID, err
}

// runHand does the same with the hand-written workflow.
func (c benchCase) runHand(ctx context.Context, e *environment) (string, error) {
	run, err := e.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: uuid.NewString(), TaskQueue: e.queue, EnableEagerStart: true,
	}, c.hand, payload())
	if err != nil {
		return "", err
	}
	if c.wakeHand != nil {
		if err := c.wakeHand(ctx, e, run.GetID()); err != nil {
			return "", err
		}
	}
	return run.GetID(), run.Get(ctx, nil)
}
