package activities

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/activity"
)

// errStopping is why a request is given up when its worker is told to stop.
var errStopping = errors.New("the worker was told to stop")

// stopGrace is what a request that is under way gets to finish when the worker
// is told to stop: most take less, and need not be made twice.
const stopGrace = time.Second

// attend returns the context of one attempt. It is done when the instance no
// longer wants the result, which Temporal answers to heartbeats, and with the
// cause errStopping stopGrace after the worker was told to stop. Release ends
// it.
func attend(ctx context.Context) (attended context.Context, release func()) {
	attended, cancel := context.WithCancelCause(ctx)
	if activity.IsActivity(ctx) {
		info := activity.GetInfo(ctx)
		if info.HeartbeatTimeout > 0 {
			go heartbeat(attended, info.HeartbeatTimeout/3)
		}
		if !isLast(info) {
			go giveUp(attended, activity.GetWorkerStopChannel(ctx), cancel)
		}
	}
	return attended, func() { cancel(nil) }
}

// heartbeat tells Temporal at each interval that the attempt is alive. If it is
// not wanted any more, that cancels the activity's context.
func heartbeat(ctx context.Context, interval time.Duration) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		activity.RecordHeartbeat(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func giveUp(ctx context.Context, stopping <-chan struct{}, cancel context.CancelCauseFunc) {
	select {
	case <-ctx.Done():
		return
	case <-stopping:
	}
	grace := time.NewTimer(stopGrace)
	defer grace.Stop()
	select {
	case <-ctx.Done():
	case <-grace.C:
		cancel(errStopping)
	}
}

// isLast reports whether a failure of the attempt would not be tried again, and
// so raise an incident.
func isLast(info activity.Info) bool {
	return info.RetryPolicy != nil && info.RetryPolicy.MaximumAttempts > 0 && info.Attempt >= info.RetryPolicy.MaximumAttempts
}
