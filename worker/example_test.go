package worker_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os/signal"
	"syscall"

	"github.com/perdure/perdure/worker"
)

type applicant struct {
	Name   string      `json:"name"`
	Income json.Number `json:"income"`
}

type score struct {
	Points int `json:"points"`
}

func scoreApplicant(_ context.Context, in applicant) (score, error) {
	if in.Name == "" {
		return score{}, worker.Error("incomplete", "the applicant has no name", nil)
	}
	return score{Points: 100}, nil
}

func Example() {
	w, err := worker.New(worker.Options{TaskQueue: "scoring"})
	if err != nil {
		fmt.Println(err)
		return
	}
	w.RegisterActivity("score-applicant", scoreApplicant)

	// A program runs the worker until it is told to stop; here it is told so
	// at once.
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	stop()
	fmt.Println(w.Run(ctx), w.Ready())
	// Output: <nil> false
}
