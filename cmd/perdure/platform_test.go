package main

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPlatformClosesLastOpenedFirst(t *testing.T) {
	t.Parallel()
	p := newPlatform(slog.New(slog.DiscardHandler))
	var closed []string
	for _, name := range []string{"database", "temporal", "worker"} {
		p.opened(name, func(context.Context) error {
			closed = append(closed, name)
			if name == "temporal" {
				return errors.New("stuck")
			}
			return nil
		})
	}
	require.EqualError(t, p.close(t.Context()), "temporal: stuck", "what fails must not keep the rest open")
	require.Equal(t, []string{"worker", "temporal", "database"}, closed)
	require.NoError(t, p.close(t.Context()), "a second time there is nothing to close")
}

func TestPlatformBackgroundOutlivesTheSignal(t *testing.T) {
	t.Parallel()
	p := newPlatform(slog.New(slog.DiscardHandler))
	signalled, signal := context.WithCancel(t.Context())
	running, ended := make(chan struct{}), make(chan struct{})
	p.background(signalled, "dispatcher", func(ctx context.Context) error {
		close(running)
		<-ctx.Done()
		close(ended)
		return ctx.Err()
	})
	<-running
	signal()
	select {
	case <-ended:
		t.Fatal("the signal itself must not cut off what serves others")
	default:
	}
	require.NoError(t, p.close(t.Context()))
	<-ended
}

func TestPlatformDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	p := newPlatform(slog.New(slog.DiscardHandler))
	release := make(chan struct{})
	defer close(release)
	p.background(t.Context(), "stuck", func(context.Context) error {
		<-release
		return nil
	})
	closing, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, p.close(closing), context.Canceled)
}

func TestInsist(t *testing.T) {
	t.Parallel()
	logger := slog.New(slog.DiscardHandler)
	t.Run("UntilItSucceeds", func(t *testing.T) {
		t.Parallel()
		tries := 0
		require.NoError(t, insist(t.Context(), logger, "database", func(context.Context) error {
			if tries++; tries < 2 {
				return errors.New("connection refused")
			}
			return nil
		}))
		require.Equal(t, 2, tries)
	})
	t.Run("UntilTheSignal", func(t *testing.T) {
		t.Parallel()
		ctx, signal := context.WithCancel(t.Context())
		err := insist(ctx, logger, "database", func(context.Context) error {
			signal()
			return errors.New("connection refused")
		})
		require.ErrorIs(t, err, context.Canceled)
	})
}
