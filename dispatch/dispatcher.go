package dispatch

import (
	"log/slog"
	"sync"
	"time"

	"go.temporal.io/sdk/client"
	"golang.org/x/sync/singleflight"

	"github.com/perdure/perdure/protocol"
	"github.com/perdure/perdure/repository"
)

// Options are the options of New. Only TaskQueue is needed.
type Options struct {
	// TaskQueue is where the workers of ProcessWorkflow listen.
	TaskQueue string
	// Logger gets what goes wrong. Default slog.Default().
	Logger *slog.Logger
	// Interval is how often Run looks for what was left over. Default 1s.
	Interval time.Duration
}

// Dispatcher starts and steers instances in Temporal. It may be used by many
// goroutines.
type Dispatcher struct {
	repository *repository.Repository
	client     client.Client
	options    Options
	logger     *slog.Logger
	counters   counters

	// marks are the starts that the repository has not been told of.
	marks marks

	// flights lets the API and Run share one attempt at the same thing.
	flights singleflight.Group

	mu          sync.Mutex
	definitions map[string]protocol.Definition // by process id; they never change
}

// New makes a Dispatcher. For eager starts, c is the object that the worker in
// this process uses too.
func New(repo *repository.Repository, c client.Client, o Options) *Dispatcher {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Interval <= 0 {
		o.Interval = time.Second
	}
	return &Dispatcher{
		repository: repo, client: c, options: o, logger: o.Logger,
		definitions: map[string]protocol.Definition{},
	}
}
