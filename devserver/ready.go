package devserver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

// readyInterval is the pause between two questions whether the server is up.
const readyInterval = 5 * time.Millisecond

// awaitReady returns once the frontend answers, knows the namespace, and
// history owns its shard: from then on a workflow can be started.
func awaitReady(ctx context.Context, hostPort, namespace string) error {
	conn, err := grpc.NewClient(hostPort, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return fmt.Errorf("frontend: %w", err)
	}
	defer func() { _ = conn.Close() }()
	frontend := workflowservice.NewWorkflowServiceClient(conn)
	tick := time.NewTicker(readyInterval)
	defer tick.Stop()
	for {
		err := askForNothing(ctx, frontend, namespace)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("frontend is not ready: %w", err)
		}
	}
}

// askForNothing asks for a workflow that does not exist: that it is not found
// is the answer of a history service which owns the shard.
func askForNothing(ctx context.Context, frontend workflowservice.WorkflowServiceClient, namespace string) error {
	_, err := frontend.DescribeWorkflowExecution(ctx, &workflowservice.DescribeWorkflowExecutionRequest{
		Namespace: namespace,
		Execution: &common.WorkflowExecution{WorkflowId: "perdure-readiness"},
	}, grpc.WaitForReady(true))
	var notFound *serviceerror.NotFound
	if err == nil || errors.As(serviceerror.FromStatus(status.Convert(err)), &notFound) {
		return nil
	}
	return err
}
