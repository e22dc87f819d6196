package activities

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/perdure/perdure/protocol"
)

type childResult struct{ client client.Client }

// Fetch serves protocol.ChildResultActivity: it returns the result of the
// closed instance with the given id. An instance that ended without a result,
// because its workflow was terminated, cancelled or timed out, or that Temporal
// no longer knows, is a final failure.
func (a *childResult) Fetch(ctx context.Context, instance string) (protocol.Result, error) {
	var result protocol.Result
	err := a.client.GetWorkflow(ctx, instance, "").Get(ctx, &result)
	if err == nil {
		return result, nil
	}
	err = fmt.Errorf("result of instance %s: %w", instance, err)
	if _, missing := errors.AsType[*serviceerror.NotFound](err); missing {
		return protocol.Result{}, final(ErrTypeNotFound, err)
	}
	if _, ended := errors.AsType[*temporal.WorkflowExecutionError](err); ended {
		return protocol.Result{}, final(ErrTypeUnusable, err)
	}
	return protocol.Result{}, err
}
