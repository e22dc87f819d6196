package worker

import (
	"context"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"

	"github.com/perdure/perdure/activities"
	"github.com/perdure/perdure/protocol"
)

// NewInterceptor returns what makes Task work in a worker of Temporal's SDK that
// is not one of this package, by the option Interceptors. Worker has it.
func NewInterceptor() interceptor.WorkerInterceptor { return &taskInterceptor{} }

// taskInterceptor gives an activity its task, and echoes the trace hash of the
// instance in the metadata of the result. On a replay the interpreter compares
// it with the hash that it arrives at, and so notices that it went another way.
// The data of the result is the same JSON as without.
type taskInterceptor struct {
	interceptor.WorkerInterceptorBase
}

// InterceptActivity implements interceptor.WorkerInterceptor.
func (*taskInterceptor) InterceptActivity(
	_ context.Context, next interceptor.ActivityInboundInterceptor,
) interceptor.ActivityInboundInterceptor {
	inbound := &taskInbound{}
	inbound.Next = next
	return inbound
}

type taskInbound struct {
	interceptor.ActivityInboundInterceptorBase
}

// ExecuteActivity implements interceptor.ActivityInboundInterceptor.
func (i *taskInbound) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	header := interceptor.Header(ctx)[protocol.HeaderKey]
	if header == nil { // an activity that the platform calls for itself
		result, err := i.Next.ExecuteActivity(ctx, in)
		if err != nil {
			activity.GetLogger(ctx).Warn("the activity failed", "error", err)
		}
		return result, err
	}
	var task protocol.TaskInfo
	if err := converter.GetDefaultDataConverter().FromPayload(header, &task); err != nil {
		return nil, temporal.NewNonRetryableApplicationError("the header "+protocol.HeaderKey+" cannot be read", activities.ErrTypeInput, err)
	}
	task = task.Of(activity.GetInfo(ctx).WorkflowExecution.ID)
	result, err := i.Next.ExecuteActivity(activities.WithTask(ctx, task), in)
	if err != nil {
		activity.GetLogger(ctx).Info("the activity failed", "instance", task.Instance, "element", task.ElementInstance, "error", err)
		return result, err
	}
	if task.Trace == "" {
		return result, nil
	}
	return echo(result, task.Trace)
}

// echo encodes a result as the SDK would, with the trace beside it.
func echo(result any, trace string) (any, error) {
	var payload *commonpb.Payload
	switch result := result.(type) {
	case *commonpb.Payloads: // encoded already, by an interceptor of the client
		return result, nil
	case converter.RawValue:
		payload = result.Payload()
	default:
		var err error
		if payload, err = converter.GetDefaultDataConverter().ToPayload(result); err != nil {
			return nil, fmt.Errorf("worker: encode the result: %w", err)
		}
	}
	if payload.Metadata == nil {
		payload.Metadata = map[string][]byte{}
	}
	payload.Metadata[protocol.TraceMetadata] = []byte(trace)
	return converter.NewRawValue(payload), nil
}
