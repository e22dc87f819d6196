package main

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"
)

// The pauses between two tries of what must succeed some day.
const (
	firstPause = 200 * time.Millisecond
	maxPause   = 5 * time.Second
)

// insist calls try until it succeeds or the context ends, with growing pauses.
// It logs the first failure and then every change of the reason.
func insist(ctx context.Context, logger *slog.Logger, what string, try func(context.Context) error) error {
	pause, reason := firstPause, ""
	for {
		err := try(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err.Error() != reason {
			reason = err.Error()
			logger.Warn("not there yet, trying on", slog.String("what", what), slog.String("error", reason))
		}
		select {
		case <-time.After(pause/2 + rand.N(pause)):
		case <-ctx.Done():
			return ctx.Err()
		}
		pause = min(2*pause, maxPause)
	}
}
