package interpreter

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/perdure/perdure/interpreter/engine"
	"github.com/perdure/perdure/interpreter/expr"
	"github.com/perdure/perdure/protocol"
)

// project shows the repository everything that this workflow task changed, in
// one local activity: one marker in the history, and none when nothing that
// shows has changed. The batch has a sequence number, so doing it twice does no
// harm. While the repository is away the batch goes on as an ordinary activity
// that is retried for ever.
func (h *host) project(ctx workflow.Context) {
	if len(h.effects) == 0 {
		return
	}
	h.sequence++
	batch := protocol.Batch{
		Instance: h.in.Instance, Sequence: h.sequence, Time: workflow.Now(ctx),
		Trace: h.instance.Trace(), Effects: h.effects,
	}
	h.effects = nil

	var answer protocol.BatchResult
	local := workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		ScheduleToCloseTimeout: 5 * time.Second,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: 50 * time.Millisecond, MaximumAttempts: 5},
		Summary:                "repository",
	})
	if err := workflow.ExecuteLocalActivity(local, protocol.ProjectActivity, batch).Get(ctx, &answer); err != nil {
		workflow.GetLogger(ctx).Warn("the repository does not take a batch; it will be retried", "error", err)
		remote := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
			StartToCloseTimeout: 30 * time.Second,
			Summary:             "repository",
		})
		if err := workflow.ExecuteActivity(remote, protocol.ProjectActivity, batch).Get(ctx, &answer); err != nil {
			panic(fmt.Sprintf("interpreter: project: %v", err)) // retried for ever, so only a fault of ours ends here
		}
	}
	if answer.Trace != "" && answer.Trace != batch.Trace {
		panic(fmt.Sprintf("interpreter: replay divergence: batch %d was made at trace %s, now at %s",
			batch.Sequence, answer.Trace, batch.Trace))
	}
	h.claim(answer.Claimed)
}

// claim queues the buffered messages that new subscriptions found waiting.
func (h *host) claim(messages []protocol.MessageDelivery) {
	for _, m := range messages {
		vars, err := expr.DecodeVariables(m.Variables)
		if err != nil {
			continue // the API has checked them
		}
		h.push(delivery{event: engine.MessageReceived{
			ID: engine.ElementID(m.Subscription), MessageID: m.MessageID, Variables: vars,
		}})
	}
}
