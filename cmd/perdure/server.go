package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/dispatch"
	"github.com/perdure/perdure/repository"
)

// serverCommand runs the API and the dispatcher.
type serverCommand struct {
	Listen     string        `env:"PERDURE_LISTEN" default:"127.0.0.1:8080" placeholder:"ADDRESS" help:"Serve HTTP on this address (default ${default})."`
	DrainDelay time.Duration `env:"PERDURE_DRAIN_DELAY" default:"5s" placeholder:"DURATION" help:"After SIGTERM, stay reachable but not ready for so long, until load balancers have noticed (default ${default})."`
	databaseFlags
	temporalFlags
	logFlags
}

// databaseFlags say where the flow repository is.
type databaseFlags struct {
	Database string `env:"PERDURE_DATABASE_URL" required:"" placeholder:"URL" help:"The database: postgres://USER:PASSWORD@HOST/NAME, or sqlite:PATH. Tables are made and brought up to date by themselves."`
}

// Validate implements kong.Validatable: what can never work must not be tried
// for ever. The text is left out of the answer, since it may hold a password.
func (f *databaseFlags) Validate() error {
	switch scheme, rest, found := strings.Cut(f.Database, ":"); {
	case f.Database == "":
		return nil // kong asks for it
	case !found || rest == "", scheme != "sqlite" && scheme != "postgres" && scheme != "postgresql":
		return errors.New("--database must be like postgres://USER:PASSWORD@HOST/NAME or sqlite:PATH")
	}
	return nil
}

// Help implements kong.HelpProvider.
func (*serverCommand) Help() string {
	return `Serves the GovStack endpoints, /api/v1, /docs, /healthz, /readyz and /metrics, and carries out what was promised: starts, messages, timers, stops. Any number may run at once.

While the database or Temporal are away the server is alive but not ready, and tries on; it does not exit. On SIGTERM it becomes not ready, finishes the requests under way and exits with 0; a second signal ends it at once.

There is no authentication yet: let only those reach it who may do everything.

Examples:

    perdure server --database postgres://perdure@db/perdure --temporal temporal:7233
    PERDURE_DATABASE_URL=postgres://perdure@db/perdure PERDURE_LISTEN=:8080 perdure server`
}

// Run serves until the context ends.
func (cmd *serverCommand) Run(ctx context.Context, c console) error {
	logger := cmd.logger(c.err)
	g := &gate{}
	g.waitFor(componentRepository, "connecting")
	g.waitFor(componentTemporal, "connecting")
	l, err := listen(ctx, cmd.Listen, g, logger)
	if err != nil {
		return err
	}
	logger.Info("listening", slog.String("url", l.url()), slog.String("version", readVersions().Version))

	p := newPlatform(logger)
	err = cmd.serve(ctx, p, l)
	return errors.Join(err, shutDown(ctx, p, l, cmd.DrainDelay))
}

// serve assembles the service as its parts become reachable, then waits for
// the end.
func (cmd *serverCommand) serve(ctx context.Context, p *platform, l *listener) error {
	repo, err := cmd.awaitRepository(ctx, p, l.gate)
	if err != nil {
		return interrupted(err)
	}
	c, err := cmd.lazyClient(p)
	if err != nil {
		return err
	}
	dispatcher := p.newDispatcher(repo, c, cmd.TaskQueue)
	handler, err := api.New(api.Options{
		Repository: repo,
		Dispatcher: dispatcher,
		Temporal:   c,
		Logger:     p.logger,
		Mode:       "server",
		Version:    readVersions().Version,
		Metrics:    p.metrics,
	})
	if err != nil {
		return err
	}
	// From here on requests are served: what Temporal must do waits in the
	// repository until Temporal is there.
	l.gate.open(handler)
	p.background(ctx, "dispatcher", func(ctx context.Context) error {
		return cmd.dispatch(ctx, c, dispatcher, p.logger, l.gate)
	})
	select {
	case <-ctx.Done():
		return nil
	case err := <-l.failed:
		return err
	}
}

// dispatch runs the dispatcher once Temporal is ready for it.
func (cmd *serverCommand) dispatch(ctx context.Context, c client.Client, d *dispatch.Dispatcher, logger *slog.Logger, g *gate) error {
	err := insist(ctx, logger, componentTemporal, g.noting(componentTemporal, func(ctx context.Context) error {
		if err := checkTemporal(ctx, c, cmd.Namespace); err != nil {
			return err
		}
		return ensureSearchAttributes(ctx, c, cmd.Namespace, logger)
	}))
	if err != nil {
		return err
	}
	logger.Info("ready", slog.String("temporal", cmd.Temporal), slog.String("namespace", cmd.Namespace), slog.String("taskQueue", cmd.TaskQueue))
	return d.Run(ctx)
}

// Components that a process may wait for, as /readyz names them.
const (
	componentRepository = "repository"
	componentTemporal   = "temporal"
)

// awaitRepository opens the repository, however long that takes.
func (f *databaseFlags) awaitRepository(ctx context.Context, p *platform, g *gate) (*repository.Repository, error) {
	var repo *repository.Repository
	err := insist(ctx, p.logger, componentRepository, g.noting(componentRepository, func(ctx context.Context) (err error) {
		ctx, cancel := context.WithTimeout(ctx, openTimeout)
		defer cancel()
		repo, err = p.openRepository(ctx, f.Database)
		return err
	}))
	return repo, err
}

// openTimeout bounds one attempt to open the database, migrations included.
const openTimeout = 5 * time.Minute

// closeTimeout bounds how long the parts of a process may take to close. It
// leaves an activity the 20 s that a stopping worker gives it.
const closeTimeout = 30 * time.Second

// shutDown ends a process in the order that loses nothing: not ready, a pause
// for load balancers, the requests under way, and then the platform from the
// worker down to the database.
func shutDown(ctx context.Context, p *platform, l *listener, delay time.Duration) error {
	p.logger.Info("shutting down")
	l.gate.drain()
	ended := context.WithoutCancel(ctx)
	<-time.After(delay)
	err := l.finish(ended)
	closing, cancel := context.WithTimeout(ended, closeTimeout)
	defer cancel()
	if err := errors.Join(err, p.close(closing)); err != nil {
		return fmt.Errorf("shutdown: %w", err)
	}
	return nil
}

// interrupted makes a normal end of what a signal interrupted.
func interrupted(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
