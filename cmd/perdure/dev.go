package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/devserver"
	"github.com/perdure/perdure/dispatch"
	"github.com/perdure/perdure/repository"
	"github.com/perdure/perdure/samples"
	"github.com/perdure/perdure/worker"
)

// devCommand runs everything in one process.
type devCommand struct {
	Data           string     `env:"PERDURE_DATA" default:"perdure-data" placeholder:"FOLDER" help:"Keep everything in this folder (default ${default}); memory keeps it until the process ends."`
	Listen         string     `env:"PERDURE_LISTEN" default:"127.0.0.1:8080" placeholder:"ADDRESS" help:"Serve everything on this address (default ${default})."`
	InsecureListen bool       `help:"Allow an address that other machines can reach. They may then do everything: there is no authentication."`
	Sample         []string   `sep:"none" placeholder:"NAME" help:"Deploy a sample and run the services that it calls: ${samples}; may be repeated."`
	TemporalPort   int        `placeholder:"PORT" help:"The loopback port of Temporal's frontend, for the temporal command and workers of your own (default: a free one)."`
	LogLevel       slog.Level `env:"PERDURE_LOG_LEVEL" default:"warn" placeholder:"LEVEL" help:"Log from this level on: debug, info, warn or error (default ${default})."`
	LogFormat      string     `env:"PERDURE_LOG_FORMAT" enum:"text,json" default:"text" placeholder:"FORMAT" help:"Log lines for people or for programs: text or json (default ${default})."`
}

// inMemory is the data folder that is none.
const inMemory = "memory"

// Help implements kong.HelpProvider.
func (*devCommand) Help() string {
	return `Needs nothing else: Temporal, its web UI, the API, a worker and SQLite run in this process and keep their data in one folder. It may be killed at any moment; started again, every instance goes on.

Service tasks may call private addresses here. Ctrl-C finishes what is under way, a second Ctrl-C ends it at once.

Examples:

    perdure dev --sample visit-counselor
    perdure dev --data memory --listen 127.0.0.1:9000`
}

// Run serves until the context ends.
func (cmd *devCommand) Run(ctx context.Context, c console) error {
	if err := cmd.check(); err != nil {
		return err
	}
	begun := time.Now()
	p := newPlatform(logFlags{LogLevel: cmd.LogLevel, LogFormat: cmd.LogFormat}.logger(c.err))
	g := &gate{}
	l, err := listen(ctx, cmd.Listen, g, p.logger)
	if err != nil {
		return fmt.Errorf("%w: is another one running? --listen names another address", err)
	}
	err = cmd.serve(ctx, p, l, func(b banner) error {
		b.took = time.Since(begun)
		return b.print(c.out)
	})
	if ctx.Err() != nil {
		fmt.Fprintln(c.err, "perdure: finishing what is under way; Ctrl-C again ends it at once")
	}
	return errors.Join(interrupted(err), shutDown(ctx, p, l, 0))
}

// check refuses a sample that does not exist, and an address that others can
// reach unless that is wanted.
func (cmd *devCommand) check() error {
	host, _, err := net.SplitHostPort(cmd.Listen)
	if err != nil {
		return usagef("--listen: %w", err)
	}
	if _, err := findSamples(cmd.Sample); err != nil {
		return err
	}
	if cmd.InsecureListen || isLoopback(host) {
		return nil
	}
	return usagef("--listen %s can be reached from other machines, and there is no authentication: whoever reaches it may do everything, "+
		"also run service tasks that call addresses in your network; use 127.0.0.1, or say --insecure-listen if that is what you want", cmd.Listen)
}

// serve assembles the parts, announces them and waits for the end.
func (cmd *devCommand) serve(ctx context.Context, p *platform, l *listener, announce func(banner) error) error {
	repo, err := cmd.openRepository(ctx, p)
	if err != nil {
		return err
	}
	server, c, err := cmd.startTemporal(ctx, p)
	if err != nil {
		return err
	}
	// The folder is locked now: nobody else is working on a request.
	if err := repo.AbandonInFlight(ctx); err != nil {
		return err
	}
	w, err := newDevWorker(p, repo, c)
	if err != nil {
		return err
	}
	dispatcher := p.newDispatcher(repo, c, worker.DefaultTaskQueue)
	handler, err := api.New(api.Options{
		Repository: repo,
		Dispatcher: dispatcher,
		Temporal:   c,
		Logger:     p.logger,
		Mode:       "dev",
		Version:    readVersions().Version,
		TemporalUI: server.UIHandler(),
		Worker:     func(context.Context) error { return readiness(w) },
		Metrics:    p.metrics,
	})
	if err != nil {
		return err
	}
	chosen, err := findSamples(cmd.Sample)
	if err != nil {
		return err
	}
	if err := serveSamples(ctx, p, chosen); err != nil {
		return err
	}
	p.background(ctx, "dispatcher", dispatcher.Run)
	p.background(ctx, "worker", w.Run)
	if err := awaitWorker(ctx, w); err != nil {
		return err
	}
	p.background(ctx, "recovery", dispatcher.Recover)
	l.gate.open(cmd.guard(handler))
	notes, err := deploySamples(ctx, chosen, samples.Platform{API: l.url(), Temporal: server.HostPort()})
	if err != nil {
		return err
	}
	err = announce(banner{
		url: l.url(), data: cmd.Data, temporal: server.HostPort(), taskQueue: worker.DefaultTaskQueue,
		tuning: server.Tuning(), samples: notes,
	})
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-l.failed:
		return err
	}
}

func (cmd *devCommand) openRepository(ctx context.Context, p *platform) (*repository.Repository, error) {
	if cmd.Data == inMemory {
		return p.openRepository(ctx, "sqlite::memory:")
	}
	// What instances know is nobody else's on this machine.
	if err := os.MkdirAll(cmd.Data, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	return p.openRepository(ctx, "sqlite:"+filepath.Join(cmd.Data, "perdure.db"))
}

// startTemporal starts the embedded server and returns the one client of the
// process: the starter and the worker must share it for eager starts.
func (cmd *devCommand) startTemporal(ctx context.Context, p *platform) (*devserver.Server, client.Client, error) {
	options := devserver.Options{
		FrontendPort:     cmd.TemporalPort,
		UI:               true,
		UIPublicPath:     "/temporal",
		SearchAttributes: dispatch.SearchAttributes(),
		Logger:           p.logger,
	}
	if cmd.Data != inMemory {
		options.DataDir = filepath.Join(cmd.Data, "temporal")
	}
	server, err := devserver.Start(ctx, options)
	if errors.Is(err, devserver.ErrInUse) {
		return nil, nil, fmt.Errorf("the data folder %s is in use by another perdure dev: --data names another: %w", cmd.Data, err)
	}
	if err != nil {
		return nil, nil, err
	}
	p.opened("temporal server", server.Stop)
	c, err := client.DialContext(ctx, p.clientOptions(server.HostPort(), client.DefaultNamespace))
	if err != nil {
		return nil, nil, fmt.Errorf("temporal client: %w", err)
	}
	p.opened("temporal client", func(context.Context) error { c.Close(); return nil })
	return server, c, nil
}

func newDevWorker(p *platform, repo *repository.Repository, c client.Client) (*worker.Worker, error) {
	return worker.New(worker.Options{
		TaskQueue: worker.DefaultTaskQueue,
		Namespace: client.DefaultNamespace,
		Client:    c,
		Logger:    p.logger.With(slog.String("component", "worker")),
		Platform: &worker.Platform{
			Repository:           repo,
			NotFound:             repository.ErrNotFound,
			AllowPrivateNetworks: true,
			Version:              readVersions().Version,
		},
	})
}

// readiness is an error while the worker takes no work.
func readiness(w *worker.Worker) error {
	if !w.Ready() {
		return errors.New("the worker is not ready")
	}
	return nil
}

// awaitWorker returns once the worker takes work.
func awaitWorker(ctx context.Context, w *worker.Worker) error {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !w.Ready() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// guard keeps web pages of others from using the browser of whoever runs dev,
// where nobody signs in: by requests across origins, and by a name that is made
// to point here (DNS rebinding).
func (cmd *devCommand) guard(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		writeForbidden(w, r, "A web page of another origin may not do this.")
	}))
	checked := protection.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !cmd.InsecureListen && !isLoopback(hostName(r.Host)) {
			writeForbidden(w, r, "The Host header must name this machine: localhost or 127.0.0.1.")
			return
		}
		checked.ServeHTTP(w, r)
	})
}

// hostName is the Host header without a port.
func hostName(hostPort string) string {
	if host, _, err := net.SplitHostPort(hostPort); err == nil {
		return host
	}
	return hostPort
}

// isLoopback reports whether a host can only be this machine.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}
