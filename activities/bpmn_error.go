package activities

import (
	"go.temporal.io/sdk/temporal"

	"github.com/perdure/perdure/protocol"
)

// NewBPMNError returns the error by which an activity throws a BPMN error
// (BPMN 2.0.2, 10.5.6): a boundary event or an event sub-process with this
// error code, or with none, catches it. It is a result of the work and no
// fault, so it is not tried again and not counted as a failure.
//
// Data is nil or encodes to a JSON object; the catching event takes its fields
// over as variables.
func NewBPMNError(code, message string, data any) error {
	var details []any
	if data != nil {
		details = []any{data}
	}
	return temporal.NewApplicationErrorWithOptions(message, protocol.BPMNErrorPrefix+code, temporal.ApplicationErrorOptions{
		NonRetryable: true,
		Category:     temporal.ApplicationErrorCategoryBenign,
		Details:      details,
	})
}
