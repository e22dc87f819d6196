package worker

import (
	"context"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// frontend is as much of Temporal's frontend as a worker of activities needs:
// it hands out tasks and takes their results.
type frontend struct {
	workflowservice.UnimplementedWorkflowServiceServer

	queues    chan string // where somebody has polled
	tasks     chan *workflowservice.PollActivityTaskQueueResponse
	completed chan *workflowservice.RespondActivityTaskCompletedRequest
	failed    chan *workflowservice.RespondActivityTaskFailedRequest
}

func newFrontend() *frontend {
	return &frontend{
		queues:    make(chan string, 1),
		tasks:     make(chan *workflowservice.PollActivityTaskQueueResponse, 8),
		completed: make(chan *workflowservice.RespondActivityTaskCompletedRequest, 8),
		failed:    make(chan *workflowservice.RespondActivityTaskFailedRequest, 8),
	}
}

// serve starts the frontend at an address until stop is called.
func (f *frontend) serve(t *testing.T, address string) (stop func()) {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	require.NoError(t, err)
	server := grpc.NewServer()
	workflowservice.RegisterWorkflowServiceServer(server, f)
	status := health.NewServer()
	status.SetServingStatus("temporal.api.workflowservice.v1.WorkflowService", healthpb.HealthCheckResponse_SERVING)
	healthpb.RegisterHealthServer(server, status)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return server.Stop
}

// offer puts one activity task into the queue.
func (f *frontend) offer(activityType string, header *commonpb.Header, input string) {
	now := timestamppb.Now()
	f.tasks <- &workflowservice.PollActivityTaskQueueResponse{
		TaskToken:              []byte(activityType),
		WorkflowExecution:      &commonpb.WorkflowExecution{WorkflowId: "i-1", RunId: "r-1"},
		WorkflowType:           &commonpb.WorkflowType{Name: "bpmn.process"},
		ActivityType:           &commonpb.ActivityType{Name: activityType},
		ActivityId:             "score#2",
		Attempt:                1,
		Header:                 header,
		ScheduledTime:          now,
		StartedTime:            now,
		StartToCloseTimeout:    durationpb.New(60_000_000_000),
		ScheduleToCloseTimeout: durationpb.New(60_000_000_000),
		Input: &commonpb.Payloads{Payloads: []*commonpb.Payload{{
			Metadata: map[string][]byte{"encoding": []byte("json/plain")}, Data: []byte(input),
		}}},
	}
}

func (*frontend) GetSystemInfo(context.Context, *workflowservice.GetSystemInfoRequest) (*workflowservice.GetSystemInfoResponse, error) {
	return &workflowservice.GetSystemInfoResponse{}, nil
}

func (*frontend) DescribeNamespace(_ context.Context, r *workflowservice.DescribeNamespaceRequest) (*workflowservice.DescribeNamespaceResponse, error) {
	return &workflowservice.DescribeNamespaceResponse{NamespaceInfo: &namespacepb.NamespaceInfo{Name: r.GetNamespace()}}, nil
}

func (*frontend) ShutdownWorker(context.Context, *workflowservice.ShutdownWorkerRequest) (*workflowservice.ShutdownWorkerResponse, error) {
	return &workflowservice.ShutdownWorkerResponse{}, nil
}

func (f *frontend) PollActivityTaskQueue(
	ctx context.Context, r *workflowservice.PollActivityTaskQueueRequest,
) (*workflowservice.PollActivityTaskQueueResponse, error) {
	select {
	case f.queues <- r.GetTaskQueue().GetName():
	default:
	}
	select {
	case task := <-f.tasks:
		return task, nil
	case <-ctx.Done():
		return &workflowservice.PollActivityTaskQueueResponse{}, nil
	}
}

func (f *frontend) RespondActivityTaskCompleted(
	_ context.Context, r *workflowservice.RespondActivityTaskCompletedRequest,
) (*workflowservice.RespondActivityTaskCompletedResponse, error) {
	f.completed <- r
	return &workflowservice.RespondActivityTaskCompletedResponse{}, nil
}

func (f *frontend) RespondActivityTaskFailed(
	_ context.Context, r *workflowservice.RespondActivityTaskFailedRequest,
) (*workflowservice.RespondActivityTaskFailedResponse, error) {
	f.failed <- r
	return &workflowservice.RespondActivityTaskFailedResponse{}, nil
}
