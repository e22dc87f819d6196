package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	sdk "go.temporal.io/sdk/worker"

	"github.com/perdure/perdure/activities"
)

// stopTimeout is how long a stopping worker waits for the activities that are
// under way. Those that take longer are done again by another worker.
const stopTimeout = 20 * time.Second

// Worker serves one task queue.
type Worker struct {
	options    Options
	client     client.Client
	ownsClient bool
	workflows  workflows
	activities []activities.Registration
	pace       pace

	running atomic.Bool
	ready   atomic.Bool
}

// pace is how often Temporal is asked whether it is there.
type pace struct {
	first, longest time.Duration // between attempts while it is away
	check          time.Duration // while it is there
}

// New returns a worker. It does not connect: Run does.
func New(o Options) (*Worker, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	w := &Worker{
		options: o,
		client:  o.Client,
		pace:    pace{first: 200 * time.Millisecond, longest: 10 * time.Second, check: 5 * time.Second},
	}
	if w.client == nil {
		if w.client, err = o.connect(); err != nil {
			return nil, err
		}
		w.ownsClient = true
	}
	if o.Platform != nil {
		if err := w.servePlatform(*o.Platform); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// servePlatform adds the interpreter and the platform's activities.
func (w *Worker) servePlatform(p Platform) error {
	var guard *activities.Guard
	if !p.AllowPrivateNetworks {
		var err error
		if guard, err = activities.NewGuard(p.AllowHosts); err != nil {
			return fmt.Errorf("worker: %w", err)
		}
	}
	w.workflows = newWorkflows(p)
	for _, a := range activities.All(activities.Options{
		Repository: p.Repository,
		NotFound:   p.NotFound,
		Client:     w.client,
		HTTP:       activities.HTTPOptions{Guard: guard, Version: p.Version},
		Logger:     w.options.Logger,
	}) {
		if !a.Internal {
			a.Function = adapt(a.Function)
		}
		w.activities = append(w.activities, a)
	}
	return nil
}

// Ready reports whether the worker takes work: it has started, and Temporal
// answered the last time that it was asked.
func (w *Worker) Ready() bool { return w.ready.Load() }

// Run serves the queue until ctx is done. Then it takes no more work, gives
// the activities that are under way up to 20 seconds, and returns nil.
//
// While Temporal is away Run waits, asks again for as long as it takes, and is
// not ready. A worker runs once: a second call is an error.
func (w *Worker) Run(ctx context.Context) error {
	if w.running.Swap(true) {
		return errors.New("worker: Run was called twice")
	}
	if w.ownsClient {
		defer w.client.Close()
	}
	for wait := w.pace.first; ctx.Err() == nil; wait = min(2*wait, w.pace.longest) {
		started, err := w.serve(ctx)
		if ctx.Err() != nil {
			break
		}
		if started {
			wait = w.pace.first
		}
		w.options.Logger.LogAttrs(ctx, slog.LevelWarn, "the worker waits for Temporal",
			slog.String("taskQueue", w.options.TaskQueue), slog.Duration("retry", wait), slog.Any("error", err))
		sleep(ctx, wait)
	}
	return nil
}

// serve runs one worker of the SDK, which can be started only once, until ctx
// is done or the worker gives up. It reports whether it got to work.
func (w *Worker) serve(ctx context.Context) (started bool, err error) {
	if err := w.reach(ctx); err != nil {
		return false, err
	}
	fatal := make(chan error, 1)
	worker := w.assemble(func(err error) { fatal <- err })
	defer worker.Stop()
	if err := worker.Start(); err != nil {
		return false, fmt.Errorf("worker: start: %w", err)
	}
	w.ready.Store(true)
	defer w.ready.Store(false)
	w.options.Logger.LogAttrs(ctx, slog.LevelInfo, "the worker is ready", slog.String("taskQueue", w.options.TaskQueue))

	check := time.NewTicker(w.pace.check)
	defer check.Stop()
	for {
		select {
		case <-ctx.Done():
			return true, nil
		case err := <-fatal:
			return true, fmt.Errorf("worker: %w", err)
		case <-check.C:
			w.ready.Store(w.reach(ctx) == nil)
		}
	}
}

// reach asks Temporal whether it serves.
func (w *Worker) reach(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	if _, err := w.client.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
		return fmt.Errorf("worker: %w", err)
	}
	return nil
}

// assemble builds a worker of the SDK with everything that is registered.
func (w *Worker) assemble(onFatal func(error)) sdk.Worker {
	pollers := sdk.NewPollerBehaviorAutoscaling(sdk.PollerBehaviorAutoscalingOptions{})
	worker := sdk.New(w.client, w.options.TaskQueue, sdk.Options{
		WorkflowTaskPollerBehavior:  pollers,
		ActivityTaskPollerBehavior:  pollers,
		DisableWorkflowWorker:       w.workflows.register == nil,
		DisableRegistrationAliasing: true,
		WorkerStopTimeout:           stopTimeout,
		WorkflowPanicPolicy:         sdk.BlockWorkflow,
		Interceptors:                append([]interceptor.WorkerInterceptor{NewInterceptor()}, w.workflows.interceptors...),
		OnFatalError:                onFatal,
	})
	if w.workflows.register != nil {
		w.workflows.register(worker)
	}
	for _, a := range w.activities {
		worker.RegisterActivityWithOptions(a.Function, activity.RegisterOptions{Name: a.Name})
	}
	return worker
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
