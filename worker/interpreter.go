package worker

import (
	"go.temporal.io/sdk/interceptor"
	sdk "go.temporal.io/sdk/worker"

	"github.com/perdure/perdure/interpreter"
)

// workflows are the workflow types of a worker, and the interceptors that they
// need. The zero value serves none.
type workflows struct {
	register     func(sdk.WorkflowRegistry)
	interceptors []interceptor.WorkerInterceptor
}

// newWorkflows returns those of the platform: the interpreter.
func newWorkflows(p Platform) workflows {
	return workflows{
		register:     interpreter.New(interpreter.NewDefinitions(p.Repository.Graph), p.Limits).Register,
		interceptors: []interceptor.WorkerInterceptor{interpreter.NewInterceptor()},
	}
}
