package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"go.temporal.io/sdk/client"

	"github.com/perdure/perdure/activities"
	"github.com/perdure/perdure/interpreter"
)

// DefaultTaskQueue is the queue of the platform's own workers, which run the
// processes and every activity that names no queue.
const DefaultTaskQueue = "perdure"

// Options say where a worker finds its work. A field that is left empty is
// taken from the environment.
type Options struct {
	// TaskQueue is the queue that the service tasks name. Default
	// PERDURE_TASK_QUEUE; there must be one, and it is not DefaultTaskQueue.
	TaskQueue string
	// Address is that of Temporal's frontend. Default PERDURE_TEMPORAL_ADDRESS,
	// else localhost:7233.
	Address string
	// Namespace is that of the platform. Default PERDURE_TEMPORAL_NAMESPACE,
	// else default.
	Namespace string
	// Client is used instead of Address and Namespace if it is set, for TLS or
	// credentials. It stays open when the worker has stopped.
	Client client.Client
	// Logger takes what the worker has to say. Default slog.Default().
	Logger *slog.Logger
	// Platform makes this one of the platform's own workers. Others leave it
	// nil.
	Platform *Platform
}

// Platform is what the platform's own workers need beside a queue: they run
// the processes and the activities http and log. Their TaskQueue defaults to
// DefaultTaskQueue.
type Platform struct {
	// Repository must be set.
	Repository Repository
	// NotFound is the error of Repository for what does not exist.
	NotFound error
	// AllowPrivateNetworks lets the http activity call private addresses. They
	// are refused if it is false.
	AllowPrivateNetworks bool
	// AllowHosts are host names, host:port, IP addresses and CIDRs that the
	// http activity may call although they are private.
	AllowHosts []string
	// Version is told to the services that are called. Default dev.
	Version string
	// Limits say when a long instance is continued as new.
	Limits interpreter.Limits
}

// Repository is what the platform's workers need from the repository.
type Repository interface {
	activities.Repository
	// Graph returns the compiled graph with the given sha256.
	Graph(ctx context.Context, sha256 string) ([]byte, error)
}

// withDefaults fills in what is left empty, and checks the queue.
func (o Options) withDefaults() (Options, error) {
	o.TaskQueue = cmp.Or(o.TaskQueue, os.Getenv("PERDURE_TASK_QUEUE"))
	o.Address = cmp.Or(o.Address, os.Getenv("PERDURE_TEMPORAL_ADDRESS"), client.DefaultHostPort)
	o.Namespace = cmp.Or(o.Namespace, os.Getenv("PERDURE_TEMPORAL_NAMESPACE"), client.DefaultNamespace)
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Platform != nil {
		o.TaskQueue = cmp.Or(o.TaskQueue, DefaultTaskQueue)
		if o.Platform.Repository == nil {
			return o, errors.New("worker: a worker of the platform needs Platform.Repository")
		}
		return o, nil
	}
	switch o.TaskQueue {
	case "":
		return o, errors.New("worker: no task queue: set Options.TaskQueue or PERDURE_TASK_QUEUE to the taskQueue of the service tasks")
	case DefaultTaskQueue:
		return o, fmt.Errorf("worker: the task queue %q is the platform's: give the service tasks and this worker one of their own", DefaultTaskQueue)
	}
	return o, nil
}

// connect returns a client that connects when it is first used.
func (o Options) connect() (client.Client, error) {
	c, err := client.NewLazyClient(client.Options{
		HostPort:  o.Address,
		Namespace: o.Namespace,
		Logger:    NewLogger(o.Logger),
	})
	if err != nil {
		return nil, fmt.Errorf("worker: Temporal at %s: %w", o.Address, err)
	}
	return c, nil
}
