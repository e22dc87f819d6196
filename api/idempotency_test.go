package api

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRepeat(t *testing.T) {
	t.Parallel()
	calls := make(chan struct{})
	stop := repeat(t.Context(), time.Millisecond, func(ctx context.Context) {
		select {
		case calls <- struct{}{}:
		case <-ctx.Done():
		}
	})
	for range 3 {
		<-calls
	}
	stop()
	stop()
	select {
	case <-calls:
		require.Fail(t, "it went on")
	default:
	}
}
