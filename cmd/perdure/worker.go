package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/perdure/perdure/repository"
	"github.com/perdure/perdure/worker"
)

// workerCommand runs one of the platform's workers.
type workerCommand struct {
	HealthListen        string   `env:"PERDURE_HEALTH_LISTEN" default:"127.0.0.1:8081" placeholder:"ADDRESS" help:"Serve /healthz, /readyz and /metrics on this address (default ${default})."`
	AllowPrivateNetwork []string `env:"PERDURE_ALLOW_PRIVATE_NETWORK" placeholder:"HOST|CIDR" help:"Let service tasks call this host, host:port, address or network although it is private; may be repeated. Without it private, loopback and link-local addresses are refused."`
	databaseFlags
	temporalFlags
	logFlags
}

// Help implements kong.HelpProvider.
func (*workerCommand) Help() string {
	return `Executes process instances and their service tasks. Any number may run at once. Activities of your own run in a worker of your own: see package worker.

While the database or Temporal are away the worker is alive but not ready, and tries on; it does not exit. On SIGTERM it takes no more work and gives what is under way 20 seconds; a second signal ends it at once.

Examples:

    perdure worker --database postgres://perdure@db/perdure --temporal temporal:7233
    perdure worker --allow-private-network 10.20.0.0/16 --allow-private-network registry.internal:8080`
}

// Run works until the context ends.
func (cmd *workerCommand) Run(ctx context.Context, c console) error {
	logger := cmd.logger(c.err)
	g := &gate{}
	g.waitFor(componentRepository, "connecting")
	l, err := listen(ctx, cmd.HealthListen, g, logger)
	if err != nil {
		return err
	}
	logger.Info("listening", slog.String("url", l.url()), slog.String("version", readVersions().Version))
	p := newPlatform(logger)
	err = cmd.work(ctx, p, l)
	return errors.Join(err, shutDown(ctx, p, l, 0))
}

func (cmd *workerCommand) work(ctx context.Context, p *platform, l *listener) error {
	repo, err := cmd.awaitRepository(ctx, p, l.gate)
	if err != nil {
		return interrupted(err)
	}
	c, err := cmd.lazyClient(p)
	if err != nil {
		return err
	}
	w, err := worker.New(worker.Options{
		TaskQueue: cmd.TaskQueue,
		Namespace: cmd.Namespace,
		Client:    c,
		Logger:    p.logger.With(slog.String("component", "worker")),
		Platform: &worker.Platform{
			Repository: repo,
			NotFound:   repository.ErrNotFound,
			AllowHosts: cmd.AllowPrivateNetwork,
			Version:    readVersions().Version,
		},
	})
	if err != nil {
		return usageError{err}
	}
	l.gate.open(workerHealth(w, repo, metricsHandler(p.metrics)))
	p.background(ctx, "worker", w.Run)
	p.background(ctx, "recovery", func(ctx context.Context) error {
		return insist(ctx, p.logger, componentTemporal, p.newDispatcher(repo, c, cmd.TaskQueue).Recover)
	})
	select {
	case <-ctx.Done():
		return nil
	case err := <-l.failed:
		return err
	}
}

// workerHealth serves what watches a worker. It is ready while both Temporal
// and the database answer.
func workerHealth(w *worker.Worker, repo *repository.Repository, metrics http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(rw http.ResponseWriter, _ *http.Request) {
		writeHealth(rw, nil)
	})
	mux.HandleFunc("GET /readyz", func(rw http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), temporalTimeout)
		defer cancel()
		away := map[string]string{}
		if !w.Ready() {
			away[componentTemporal] = "not answering"
		}
		if err := repo.Ping(ctx); err != nil {
			away[componentRepository] = "not answering"
		}
		if len(away) > 0 {
			writeHealth(rw, away)
			return
		}
		writeHealth(rw, nil)
	})
	mux.Handle("GET /metrics", metrics)
	return mux
}
