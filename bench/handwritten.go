package main

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// data is the payload of every case, about 150 bytes of JSON.
type data map[string]any

func payload() data {
	return data{
		"applicant": "Ada Lovelace", "amount": 1200, "currency": "EUR", "approved": true,
		"reference": "2f6d0c1e-5a41-4b7c-9d56-1f3f7f0f4a10", "rounds": 100,
	}
}

// echo is the activity of every case, on both sides.
func echo(_ context.Context, in data) (data, error) { return data{"reference": in["reference"]}, nil }

const echoType = "echo"

// registerHandWritten makes w serve the workflows that a developer would have
// written instead of drawing the processes in testdata.
func registerHandWritten(w worker.Registry) {
	w.RegisterActivityWithOptions(echo, activity.RegisterOptions{Name: echoType})
	for name, fn := range map[string]any{
		"hand.none": handNone, "hand.five": handFive, "hand.parallel": handParallel, "hand.timer": handTimer,
		"hand.signal": handSignal, "hand.message": handMessage, "hand.loop": handLoop,
	} {
		w.RegisterWorkflowWithOptions(fn, workflow.RegisterOptions{Name: name})
	}
}

func withActivities(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
}

func handNone(_ workflow.Context, in data) (data, error) { return in, nil }

func handFive(ctx workflow.Context, in data) (data, error) {
	ctx = withActivities(ctx)
	for range 5 {
		if err := workflow.ExecuteActivity(ctx, echoType, in).Get(ctx, nil); err != nil {
			return nil, err
		}
	}
	return in, nil
}

func handParallel(ctx workflow.Context, in data) (data, error) {
	ctx = withActivities(ctx)
	var futures []workflow.Future
	for range 5 {
		futures = append(futures, workflow.ExecuteActivity(ctx, echoType, in))
	}
	for _, f := range futures {
		if err := f.Get(ctx, nil); err != nil {
			return nil, err
		}
	}
	return in, nil
}

func handTimer(ctx workflow.Context, in data) (data, error) {
	return in, workflow.Sleep(ctx, 10*time.Millisecond)
}

func handSignal(ctx workflow.Context, in data) (data, error) {
	workflow.GetSignalChannel(ctx, "go").Receive(ctx, nil)
	return in, nil
}

func handMessage(ctx workflow.Context, in data) (data, error) {
	arrived := false
	err := workflow.SetUpdateHandler(ctx, "go", func(workflow.Context, data) error {
		arrived = true
		return nil
	})
	if err != nil {
		return nil, err
	}
	return in, workflow.Await(ctx, func() bool { return arrived && workflow.AllHandlersFinished(ctx) })
}

func handLoop(ctx workflow.Context, in data) (data, error) {
	ctx = withActivities(ctx)
	for range 100 {
		if err := workflow.ExecuteActivity(ctx, echoType, in).Get(ctx, nil); err != nil {
			return nil, err
		}
	}
	return in, nil
}
