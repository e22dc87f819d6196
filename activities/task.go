package activities

import (
	"context"

	"github.com/perdure/perdure/protocol"
)

type taskKey struct{}

// WithTask returns a context that carries the task an activity works for.
func WithTask(ctx context.Context, info protocol.TaskInfo) context.Context {
	return context.WithValue(ctx, taskKey{}, info)
}

// Task returns the task that an activity works for. It is zero outside of an
// activity that a process has called.
func Task(ctx context.Context) protocol.TaskInfo {
	info, _ := ctx.Value(taskKey{}).(protocol.TaskInfo)
	return info
}
