package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/client"

	"github.com/perdure/perdure/dispatch"
	"github.com/perdure/perdure/repository"
)

// platform is what a process holds open, in the order in which it was opened.
// Closing goes the other way round.
type platform struct {
	logger  *slog.Logger
	metrics *prometheus.Registry

	mu      sync.Mutex
	closers []closer
}

type closer struct {
	name  string
	close func(context.Context) error
}

func newPlatform(logger *slog.Logger) *platform {
	return &platform{logger: logger, metrics: newRegistry()}
}

// opened registers what must be closed at the end.
func (p *platform) opened(name string, stop func(context.Context) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closers = append(p.closers, closer{name: name, close: stop})
}

// close closes everything, last opened first, whatever fails on the way.
func (p *platform) close(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, c := range slices.Backward(p.closers) {
		p.logger.Debug("closing", slog.String("what", c.name))
		if err := c.close(ctx); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", c.name, err))
		}
	}
	p.closers = nil
	return errors.Join(errs...)
}

// openRepository opens the flow repository at url.
func (p *platform) openRepository(ctx context.Context, url string) (*repository.Repository, error) {
	repo, err := repository.Open(ctx, url, repository.Options{Logger: p.logger.With(slog.String("component", "repository"))})
	if err != nil {
		return nil, err
	}
	p.opened("repository", func(context.Context) error { return repo.Close() })
	return repo, nil
}

// newDispatcher makes the dispatcher; it does not run yet.
func (p *platform) newDispatcher(repo *repository.Repository, c client.Client, taskQueue string) *dispatch.Dispatcher {
	return dispatch.New(repo, c, dispatch.Options{TaskQueue: taskQueue, Logger: p.logger.With(slog.String("component", "dispatch"))})
}

// background runs work until the platform is closed. It is not cut off by the
// signal that ends the process: what serves others goes last.
func (p *platform) background(ctx context.Context, name string, work func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := work(ctx); err != nil && ctx.Err() == nil {
			p.logger.Error("ended", slog.String("what", name), slog.String("error", err.Error()))
		}
	}()
	p.opened(name, func(closing context.Context) error {
		cancel()
		select {
		case <-done:
			return nil
		case <-closing.Done():
			return closing.Err()
		}
	})
}
