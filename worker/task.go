package worker

import (
	"context"

	"github.com/perdure/perdure/activities"
	"github.com/perdure/perdure/protocol"
)

// Task returns the task that the activity works for: its instance, its element
// in the diagram, the headers that the model gives it, and the idempotency key
// that is the same for every attempt. It is zero when no process has called.
func Task(ctx context.Context) protocol.TaskInfo { return activities.Task(ctx) }

// Error returns a BPMN error: the activity did its work, and the answer is one
// that the model must decide about. A boundary event with this code, or with
// none, catches it and takes the fields of data over as variables. If nobody
// catches it, it becomes an incident. It is not tried again.
//
// Data is nil, or encodes to a JSON object.
func Error(code, message string, data any) error {
	return activities.NewBPMNError(code, message, data)
}
