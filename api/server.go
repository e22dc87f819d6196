package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/client"

	"github.com/perdure/perdure/api/service"
	"github.com/perdure/perdure/dispatch"
	"github.com/perdure/perdure/protocol"
	"github.com/perdure/perdure/repository"
)

// Options say what the API stands on.
type Options struct {
	Repository *repository.Repository
	Dispatcher *dispatch.Dispatcher
	// Temporal is the client that queries instances and tells health. For
	// eager starts it is the object that the worker uses too.
	Temporal client.Client
	// Logger gets a record for each request. Default slog.Default().
	Logger *slog.Logger
	// Actor is who everybody is as long as nobody signs in. Default is the
	// user "anonymous" of "local".
	Actor protocol.Actor
	// Mode is "dev" or "server", shown on the index page. Default "server".
	Mode string
	// Version is that of the program, shown at /version.
	Version string
	// TemporalUI is served under /temporal/ with its path unchanged, if set.
	TemporalUI http.Handler
	// Worker says why the worker of this process is not ready; nil when this
	// process has none.
	Worker func(context.Context) error
	// Metrics is where /metrics reads. Default is a registry of its own.
	Metrics *prometheus.Registry
	// Timeout bounds the work for one request, beside what Prefer: wait=N asks
	// for. Default 20s.
	Timeout time.Duration
}

// server holds what the handlers share.
type server struct {
	options Options
	service *service.Service
	metrics *metrics
	logger  *slog.Logger
	routes  chi.Routes

	away sync.Map // components that the last /readyz found away, by name
}

// New makes the handler of the whole API.
func New(o Options) (http.Handler, error) {
	if o.Repository == nil || o.Dispatcher == nil || o.Temporal == nil {
		return nil, errors.New("api: repository, dispatcher and Temporal client are needed")
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Actor == (protocol.Actor{}) {
		o.Actor = protocol.Actor{User: "anonymous", Affiliation: "local"}
	}
	if o.Mode == "" {
		o.Mode = "server"
	}
	if o.Metrics == nil {
		o.Metrics = prometheus.NewRegistry()
	}
	s := &server{
		options: o,
		service: service.New(o.Repository, o.Dispatcher, o.Temporal, o.Logger),
		logger:  o.Logger,
	}
	if s.options.Timeout <= 0 {
		s.options.Timeout = 20 * time.Second
	}
	var err error
	if s.metrics, err = newMetrics(o.Metrics, o.Dispatcher); err != nil {
		return nil, err
	}
	return s.router()
}
