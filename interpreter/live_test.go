package interpreter_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"
	"golang.org/x/sync/errgroup"

	"github.com/perdure/perdure/devserver"
	"github.com/perdure/perdure/interpreter"
	"github.com/perdure/perdure/interpreter/engine"
	"github.com/perdure/perdure/interpreter/engine/enginetest"
	"github.com/perdure/perdure/protocol"
)

// noCache is set in the environment of the process that runs the scripts
// without a sticky cache, so that every workflow task replays from the start.
const noCache = "PERDURE_TEST_NO_STICKY_CACHE"

// TestScriptsOnTemporal gives the events of the scripts without timers to
// instances on the embedded server, and wants the engine's trace: as usual,
// with every workflow task replayed from the first event, and continued as new
// wherever that is possible.
func TestScriptsOnTemporal(t *testing.T) {
	if os.Getenv(noCache) != "" {
		worker.SetStickyWorkflowCacheSize(0)
		runOnTemporal(t, interpreter.Limits{})
		return
	}
	t.Run("OneRun", func(t *testing.T) { runOnTemporal(t, interpreter.Limits{}) })
	t.Run("ContinuedAsNew", func(t *testing.T) { runOnTemporal(t, interpreter.Limits{Events: 1}) })
	t.Run("WithoutCache", func(t *testing.T) {
		// The size of the cache is the process's, and fixed by its first worker.
		again := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestScriptsOnTemporal$")
		again.Env = append(os.Environ(), noCache+"=1")
		output, err := again.CombinedOutput()
		require.NoError(t, err, "%s", output)
	})
}

// live is an embedded server with a worker that serves all scenarios.
type live struct {
	client client.Client
	desk   *desk
}

func runOnTemporal(t *testing.T, limits interpreter.Limits) {
	t.Helper()
	all := slices.DeleteFunc(scenarios(t), func(s scenario) bool {
		return !s.portable(false) || s.needsTime() || s.needsQueue()
	})
	require.Greater(t, len(all), 50)
	l := startLive(t, all, limits)
	group, ctx := errgroup.WithContext(t.Context())
	group.SetLimit(8)
	for i, s := range all {
		group.Go(func() error {
			if err := l.play(ctx, s, fmt.Sprintf("i-%d", i)); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			return nil
		})
	}
	require.NoError(t, group.Wait())
}

// needsTime says that the scenario moves its clock.
func (s scenario) needsTime() bool {
	return s.steps[len(s.steps)-1].Now.After(s.steps[0].Now)
}

// needsQueue says that a job of the scenario goes to another worker.
func (s scenario) needsQueue() bool {
	return slices.ContainsFunc(s.steps, func(o enginetest.Observation) bool {
		return slices.ContainsFunc(o.Commands, func(c engine.Command) bool {
			run, ok := c.(engine.RunActivity)
			return ok && run.Queue != ""
		})
	})
}

func startLive(t *testing.T, all []scenario, limits interpreter.Limits) live {
	t.Helper()
	server, err := devserver.Start(t.Context(), devserver.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.WithoutCancel(t.Context()))) })
	l := live{desk: newDesk()}
	l.client, err = client.Dial(client.Options{HostPort: server.HostPort(), Logger: quiet{}})
	require.NoError(t, err)
	t.Cleanup(l.client.Close)
	w := worker.New(l.client, "test", worker.Options{
		Interceptors: []interceptor.WorkerInterceptor{interpreter.NewInterceptor()},
	})
	interpreter.New(interpreter.NewDefinitions(graphsOf(all)), limits).Register(w)
	w.RegisterActivityWithOptions(project, activity.RegisterOptions{Name: protocol.ProjectActivity})
	w.RegisterDynamicActivity(l.desk.work, activity.DynamicRegisterOptions{})
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	return l
}

// play runs one scenario and compares the traces after every step.
func (l live) play(ctx context.Context, s scenario, instance string) error {
	want := s.trace()
	if _, err := l.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: instance, TaskQueue: "test"},
		protocol.ProcessWorkflow, s.input()); err != nil {
		return err
	}
	so := 0
	var r runs
	for i, step := range s.steps {
		if i > 0 {
			if err := l.deliver(ctx, instance, step.Event, step.Refused != nil, i); err != nil {
				return fmt.Errorf("step %d: %w", i, err)
			}
		}
		so += len(step.Entries)
		got, err := l.await(ctx, &r, instance, so)
		if err != nil {
			return fmt.Errorf("step %d: %w", i, err)
		}
		if !slices.Equal(got, want[:so]) {
			return fmt.Errorf("step %d: the engine went\n%q\nthe instance went\n%q", i, want[:so], got)
		}
	}
	return nil
}

// deliver does on the server what a step of the script did.
func (l live) deliver(ctx context.Context, instance string, ev engine.Event, refused bool, step int) error {
	finish := func(id engine.ElementID, result any, failed error) error {
		if refused {
			return nil
		}
		return poll(ctx, func() (bool, error) {
			token, ok := l.desk.take(instance, id)
			if !ok {
				return false, nil
			}
			return true, l.client.CompleteActivity(ctx, token, result, failed)
		})
	}
	switch ev := ev.(type) {
	case engine.ActivityCompleted:
		return finish(ev.ID, ev.Result, nil)
	case engine.ActivityFailed:
		return finish(ev.ID, nil, failure(ev))
	}
	in, ok := incoming(ev)
	if !ok {
		return fmt.Errorf("%T cannot be delivered", ev)
	}
	handle, err := l.client.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: instance, UpdateID: strconv.Itoa(step), UpdateName: protocol.EventUpdate,
		Args: []any{in}, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err == nil {
		err = handle.Get(ctx, nil)
	}
	if (err != nil) != refused {
		return fmt.Errorf("the script was refused: %t; the instance answered: %w", refused, err)
	}
	return nil
}

// runs are the closed runs of an instance and what they did.
type runs struct {
	current string
	closed  []string
}

// await returns the lines of all runs once there are at least n.
func (l live) await(ctx context.Context, r *runs, instance string, n int) (lines []string, err error) {
	err = poll(ctx, func() (bool, error) {
		described, err := l.client.DescribeWorkflowExecution(ctx, instance, "")
		if err != nil {
			return false, err
		}
		now := described.GetWorkflowExecutionInfo().GetExecution().GetRunId()
		if r.current != "" && r.current != now {
			// Between two looks there may have been several runs: follow the chain back.
			missed, err := l.between(ctx, instance, r.current, now)
			if err != nil {
				return false, err
			}
			r.closed = append(r.closed, missed...)
		}
		if r.current == "" {
			first, err := l.between(ctx, instance, "", now)
			if err != nil {
				return false, err
			}
			r.closed = first
		}
		r.current = now
		part, err := l.history(ctx, instance, now)
		if err != nil {
			return false, nil //nolint:nilerr // the run has just been continued: look again
		}
		lines = slices.Concat(r.closed, part)
		return len(lines) >= n, nil
	})
	if err != nil {
		err = fmt.Errorf("%d of %d lines, the last of %q: %w", len(lines), n, lines[max(0, len(lines)-3):], err)
	}
	return lines, err
}

// between returns the lines of the closed runs from run from, or the first, up
// to but not including run to.
func (l live) between(ctx context.Context, instance, from, to string) ([]string, error) {
	var lines []string
	for run := to; run != from; {
		events := l.client.GetWorkflowHistory(ctx, instance, run, false, 0)
		first, err := events.Next()
		if err != nil {
			return nil, err
		}
		run = first.GetWorkflowExecutionStartedEventAttributes().GetContinuedExecutionRunId()
		if run == "" {
			break
		}
		part, err := l.history(ctx, instance, run)
		if err != nil {
			return nil, err
		}
		lines = slices.Concat(part, lines)
	}
	return lines, nil
}

func (l live) history(ctx context.Context, instance, run string) ([]string, error) {
	answer, err := l.client.QueryWorkflow(ctx, instance, run, protocol.HistoryQuery)
	if err != nil {
		return nil, err
	}
	var entries []protocol.HistoryEntry
	if err := answer.Get(&entries); err != nil {
		return nil, err
	}
	return linesOf(entries), nil
}

// poll calls done until it is true, for 20 seconds at most.
func poll(ctx context.Context, done func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if ok, err := done(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}
