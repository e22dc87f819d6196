package interpreter

import (
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// askRepository calls an activity of the repository within the workflow task,
// and while it does not answer goes on with an ordinary activity that is
// retried for ever. Only a refusal that is final comes back as an error.
func askRepository(ctx workflow.Context, activity, summary string, retry temporal.RetryPolicy, in, out any) error {
	local := workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		ScheduleToCloseTimeout: 5 * time.Second,
		RetryPolicy:            &retry,
		Summary:                summary,
	})
	err := workflow.ExecuteLocalActivity(local, activity, in).Get(ctx, out)
	if app, ok := errors.AsType[*temporal.ApplicationError](err); err == nil || ok && app.NonRetryable() {
		return err
	}
	workflow.GetLogger(ctx).Warn("the repository does not answer; it will be asked again", "activity", activity, "error", err)
	remote := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 30 * time.Second, Summary: summary})
	return workflow.ExecuteActivity(remote, activity, in).Get(ctx, out)
}
