package interpreter

import (
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"

	"github.com/perdure/perdure/protocol"
)

// taskInfoKey is the workflow context key of a protocol.TaskInfo.
type taskInfoKey struct{}

// NewInterceptor returns the worker interceptor that hands a task's
// protocol.TaskInfo to its activity in the Temporal header
// protocol.HeaderKey, so that the activity's input is the task's data and
// nothing else.
func NewInterceptor() interceptor.WorkerInterceptor { return &headerInterceptor{} }

type headerInterceptor struct {
	interceptor.WorkerInterceptorBase
}

func (*headerInterceptor) InterceptWorkflow(
	_ workflow.Context, next interceptor.WorkflowInboundInterceptor,
) interceptor.WorkflowInboundInterceptor {
	in := &headerInbound{}
	in.Next = next
	return in
}

type headerInbound struct {
	interceptor.WorkflowInboundInterceptorBase
}

func (i *headerInbound) Init(outbound interceptor.WorkflowOutboundInterceptor) error {
	out := &headerOutbound{}
	out.Next = outbound
	return i.Next.Init(out)
}

type headerOutbound struct {
	interceptor.WorkflowOutboundInterceptorBase
}

func (o *headerOutbound) ExecuteActivity(ctx workflow.Context, activityType string, args ...any) workflow.Future {
	putTaskInfo(ctx)
	return o.Next.ExecuteActivity(ctx, activityType, args...)
}

func (o *headerOutbound) ExecuteLocalActivity(ctx workflow.Context, activityType string, args ...any) workflow.Future {
	putTaskInfo(ctx)
	return o.Next.ExecuteLocalActivity(ctx, activityType, args...)
}

func putTaskInfo(ctx workflow.Context) {
	info, ok := ctx.Value(taskInfoKey{}).(protocol.TaskInfo)
	if !ok {
		return
	}
	payload, err := converter.GetDefaultDataConverter().ToPayload(info)
	if err != nil {
		panic(err) // a TaskInfo is strings only
	}
	interceptor.WorkflowHeader(ctx)[protocol.HeaderKey] = payload
}
