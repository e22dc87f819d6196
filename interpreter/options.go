package interpreter

import (
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/perdure/perdure/protocol"
)

// Limits say when a run is continued as new. Zero values mean the defaults.
type Limits struct {
	// Events is the history length from which an instance with no activity
	// under way continues as new. Default 1,000; 1 does it whenever it can.
	Events int
	// GateEvents is the history length from which no new activity or called
	// process is started before the run has been continued. Default 12,000.
	GateEvents int
}

const (
	defaultSoftEvents = 1_000
	defaultGateEvents = 12_000
)

// Interpreter is the generic process workflow.
type Interpreter struct {
	definitions *Definitions
	limits      Limits
}

// New returns an interpreter over the given definitions.
func New(definitions *Definitions, limits Limits) *Interpreter {
	if limits.Events == 0 {
		limits.Events = defaultSoftEvents
	}
	if limits.GateEvents == 0 {
		limits.GateEvents = defaultGateEvents
	}
	return &Interpreter{definitions: definitions, limits: limits}
}

// Register makes r serve protocol.ProcessWorkflow. The worker must also use
// the interceptor of NewInterceptor.
func (i *Interpreter) Register(r worker.WorkflowRegistry) {
	r.RegisterWorkflowWithOptions(i.Process, workflow.RegisterOptions{Name: protocol.ProcessWorkflow})
}
