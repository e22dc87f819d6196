package interpreter_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/perdure/perdure/bpmn"
	"github.com/perdure/perdure/interpreter"
	"github.com/perdure/perdure/protocol"
)

// bench is one test's view of an interpreter: the definitions that it knows
// and the batches that it projected.
type bench struct {
	t       *testing.T
	graphs  map[string][]byte
	byKey   map[string]protocol.Definition
	batches []protocol.Batch
	limits  interpreter.Limits
	// project answers a batch; nil echoes the trace.
	project func(protocol.Batch) (protocol.BatchResult, error)
}

func newBench(t *testing.T, files ...string) *bench {
	t.Helper()
	b := &bench{t: t, graphs: map[string][]byte{}, byKey: map[string]protocol.Definition{}}
	for _, file := range files {
		source, err := os.ReadFile(filepath.Join("testdata", file))
		require.NoError(t, err)
		definitions, faults := bpmn.Read(source)
		require.NoError(t, faults.Err())
		graphs, faults := definitions.Compile()
		require.NoError(t, faults.Err())
		for _, g := range graphs {
			b.graphs[g.SHA256()] = g.JSON()
			b.byKey[g.ID] = protocol.Definition{ID: g.ID + ":1:test", Key: g.ID, Version: 1, SHA256: g.SHA256()}
		}
	}
	return b
}

// load serves a graph as the repository does.
func (b *bench) load(_ context.Context, sha256 string) ([]byte, error) {
	if g, ok := b.graphs[sha256]; ok {
		return g, nil
	}
	return nil, errors.New("no such graph")
}

// env returns a test environment with the interpreter and an activity "echo"
// that returns its input, "boom" that fails for good, and "reject" that throws
// the BPMN error "rejected".
func (b *bench) env() *testsuite.TestWorkflowEnvironment {
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{interpreter.NewInterceptor()}})
	env.SetCurrentHistoryLength(10)
	interpreter.New(interpreter.NewDefinitions(b.load), b.limits).Register(env)
	register := func(name string, fn any) {
		env.RegisterActivityWithOptions(fn, activity.RegisterOptions{Name: name})
	}
	register("echo", func(_ context.Context, in json.RawMessage) (json.RawMessage, error) { return in, nil })
	register("boom", func(context.Context, json.RawMessage) (json.RawMessage, error) {
		return nil, temporal.NewNonRetryableApplicationError("it went boom", "technical", nil)
	})
	register("reject", func(context.Context, json.RawMessage) (json.RawMessage, error) {
		return nil, temporal.NewNonRetryableApplicationError("no", protocol.BPMNErrorPrefix+"rejected", nil, map[string]any{"why": "too young"})
	})
	register(protocol.ProjectActivity, func(_ context.Context, batch protocol.Batch) (protocol.BatchResult, error) {
		b.batches = append(b.batches, batch)
		if b.project != nil {
			return b.project(batch)
		}
		return protocol.BatchResult{Trace: batch.Trace}, nil
	})
	register(protocol.ResolveActivity, func(_ context.Context, r protocol.Resolve) (protocol.Definition, error) {
		if def, ok := b.byKey[r.Process]; ok {
			return def, nil
		}
		return protocol.Definition{}, temporal.NewNonRetryableApplicationError("no process "+r.Process, "not-found", nil)
	})
	return env
}

func (b *bench) input(key, variables string) protocol.Input {
	def, ok := b.byKey[key]
	require.True(b.t, ok, key)
	return protocol.Input{Definition: def, Instance: "i-1", BusinessKey: "order-7", Variables: json.RawMessage(variables)}
}

// run executes an instance to its end, through every run of it.
func (b *bench) run(key, variables string, script func(env *testsuite.TestWorkflowEnvironment, run int)) protocol.Result {
	b.t.Helper()
	in := b.input(key, variables)
	var now time.Time
	for run := 1; ; run++ {
		env := b.env()
		if !now.IsZero() {
			env.SetStartTime(now)
		}
		if script != nil {
			script(env, run)
		}
		env.ExecuteWorkflow(protocol.ProcessWorkflow, in)
		require.True(b.t, env.IsWorkflowCompleted())
		err := env.GetWorkflowError()
		if next, ok := errors.AsType[*workflow.ContinueAsNewError](err); ok {
			in = protocol.Input{}
			require.NoError(b.t, converter.GetDefaultDataConverter().FromPayloads(next.Input, &in))
			now = env.Now()
			continue
		}
		require.NoError(b.t, err)
		var result protocol.Result
		require.NoError(b.t, env.GetWorkflowResult(&result))
		return result
	}
}

// send delivers an update after a while and expects it to be taken.
func send(env *testsuite.TestWorkflowEnvironment, t *testing.T, after time.Duration, in protocol.Incoming) {
	t.Helper()
	env.RegisterDelayedCallback(func() {
		env.UpdateWorkflowNoRejection(protocol.EventUpdate, t.Name()+after.String(), t, in)
	}, after)
}

func TestProcess(t *testing.T) {
	t.Run("CarriesVariablesThroughAnActivity", func(t *testing.T) {
		b := newBench(t, "one-task.bpmn")
		result := b.run("one-task", `{"id": 9007199254740993, "price": 0.10}`, nil)
		require.Equal(t, protocol.Completed, result.Outcome)
		require.JSONEq(t, `{"id": 9007199254740993, "price": 0.10}`, string(result.Variables))
		require.Contains(t, string(result.Variables), "9007199254740993")
		require.Len(t, b.batches, 1, "only the end shows")
		require.NotNil(t, b.batches[0].Effects[0].End)
	})

	t.Run("UserTaskBeatsItsTimer", func(t *testing.T) {
		b := newBench(t, "review.bpmn")
		result := b.run("reviewing", `{}`, func(env *testsuite.TestWorkflowEnvironment, _ int) {
			send(env, t, time.Hour, protocol.Incoming{
				Actor: protocol.Actor{User: "ada"},
				Task:  &protocol.TaskCompletion{Task: "review#1", Variables: json.RawMessage(`{"approved": true}`)},
			})
		})
		require.JSONEq(t, `{"approved": true}`, string(result.Variables))
		last := b.batches[len(b.batches)-1]
		require.Equal(t, "ada", last.Effects[0].Actor.User)
		require.True(t, last.Effects[0].CloseTask.Completed)
	})

	t.Run("BoundaryTimerInterrupts", func(t *testing.T) {
		b := newBench(t, "review.bpmn")
		result := b.run("reviewing", `{}`, nil)
		require.JSONEq(t, `{"overdue": true}`, string(result.Variables))
	})

	t.Run("SecondCompletionIsRefusedForFree", func(t *testing.T) {
		b := newBench(t, "review.bpmn")
		var refused error
		b.run("reviewing", `{}`, func(env *testsuite.TestWorkflowEnvironment, _ int) {
			env.RegisterDelayedCallback(func() {
				env.UpdateWorkflow(protocol.EventUpdate, "x", &testsuite.TestUpdateCallback{
					OnReject:   func(err error) { refused = err },
					OnAccept:   func() {},
					OnComplete: func(any, error) {},
				}, protocol.Incoming{Task: &protocol.TaskCompletion{Task: "review#99"}})
			}, time.Minute)
		})
		var app *temporal.ApplicationError
		require.ErrorAs(t, refused, &app)
		require.Equal(t, protocol.ErrTypeNotOpen, app.Type())
	})

	t.Run("AnUpdateWithTheFirstTaskComesAfterTheStart", func(t *testing.T) {
		b := newBench(t, "review.bpmn")
		result := b.run("reviewing", `{}`, func(env *testsuite.TestWorkflowEnvironment, _ int) {
			send(env, t, 0, protocol.Incoming{
				Task: &protocol.TaskCompletion{Task: "review#1", Variables: json.RawMessage(`{"approved": true}`)},
			})
		})
		require.JSONEq(t, `{"approved": true}`, string(result.Variables))
	})

	t.Run("BPMNErrorIsCaught", func(t *testing.T) {
		b := newBench(t, "errors.bpmn")
		result := b.run("errors", `{"kind": "reject"}`, nil)
		require.JSONEq(t, `{"kind": "reject", "why": "too young"}`, string(result.Variables))
	})

	t.Run("FailureIsAnIncidentThatAPersonRepairs", func(t *testing.T) {
		b := newBench(t, "errors.bpmn")
		result := b.run("errors", `{"kind": "boom"}`, func(env *testsuite.TestWorkflowEnvironment, _ int) {
			send(env, t, time.Hour, protocol.Incoming{Incident: &protocol.IncidentAction{
				Incident: "!2", Action: "retry", Variables: json.RawMessage(`{"kind": "echo"}`),
			}})
		})
		require.Equal(t, protocol.Completed, result.Outcome)
		require.Contains(t, b.batches[0].Effects[0].Raise.Message, "it went boom")
	})

	t.Run("CancellationStopsTheInstance", func(t *testing.T) {
		b := newBench(t, "review.bpmn")
		result := b.run("reviewing", `{}`, func(env *testsuite.TestWorkflowEnvironment, _ int) {
			env.RegisterDelayedCallback(env.CancelWorkflow, time.Minute)
		})
		require.Equal(t, protocol.Stopped, result.Outcome)
	})

	t.Run("BufferedMessageIsClaimed", func(t *testing.T) {
		b := newBench(t, "message.bpmn")
		b.project = func(batch protocol.Batch) (protocol.BatchResult, error) {
			answer := protocol.BatchResult{Trace: batch.Trace}
			for _, e := range batch.Effects {
				if e.Subscribe != nil {
					require.Equal(t, "order-7", e.Subscribe.Key)
					answer.Claimed = append(answer.Claimed, protocol.MessageDelivery{
						Subscription: e.Subscribe.ID, MessageID: "m-1", Variables: json.RawMessage(`{"paid": true}`),
					})
				}
			}
			return answer, nil
		}
		result := b.run("message", `{}`, nil)
		require.JSONEq(t, `{"paid": true}`, string(result.Variables))
	})

	t.Run("CallActivityRunsAnotherProcess", func(t *testing.T) {
		b := newBench(t, "call.bpmn", "one-task.bpmn")
		result := b.run("calling", `{"x": 1}`, nil)
		require.JSONEq(t, `{"x": 1, "answer": 1}`, string(result.Variables))
	})

	t.Run("UnknownCalleeIsAnIncident", func(t *testing.T) {
		b := newBench(t, "call.bpmn")
		result := b.run("calling", `{"x": 1}`, func(env *testsuite.TestWorkflowEnvironment, _ int) {
			env.RegisterDelayedCallback(env.CancelWorkflow, time.Minute)
		})
		require.Equal(t, protocol.Stopped, result.Outcome)
		require.Contains(t, b.batches[0].Effects[0].Raise.Message, "one-task")
	})

	t.Run("AStartThatTheEngineRefusesEndsTheInstance", func(t *testing.T) {
		b := newBench(t, "one-task.bpmn")
		result := b.run("one-task", `{"big": "`+strings.Repeat("x", 300_000)+`"}`, nil)
		require.Equal(t, protocol.Errored, result.Outcome)
		require.Equal(t, protocol.ErrCodeNotStarted, result.ErrorCode)
		require.Contains(t, result.Message, "big")
		require.NotNil(t, b.batches[0].Effects[0].End)
	})

	t.Run("AStaleBatchIsSentAgainWithAllThatIsOpen", func(t *testing.T) {
		b := newBench(t, "message.bpmn")
		b.project = func(batch protocol.Batch) (protocol.BatchResult, error) {
			answer := protocol.BatchResult{Trace: batch.Trace}
			if batch.Sequence <= 4 { // what a lost workflow task has left behind
				answer.Stale, answer.Sequence = true, 4
				return answer, nil
			}
			if len(batch.Effects) == 2 && batch.Effects[1].Reset != nil {
				answer.Claimed = []protocol.MessageDelivery{{Subscription: "wait#1", MessageID: "m-1"}}
			}
			return answer, nil
		}
		require.Equal(t, protocol.Completed, b.run("message", `{}`, nil).Outcome)
		require.Len(t, b.batches, 3)
		require.EqualValues(t, 5, b.batches[1].Sequence)
		require.Equal(t, &protocol.Reset{Subscriptions: []protocol.Subscribe{
			{ID: "wait#1", Element: "wait", Kind: "message", Name: "paid", Key: "order-7"},
		}}, b.batches[1].Effects[1].Reset)
		require.EqualValues(t, 6, b.batches[2].Sequence)
	})

	t.Run("TellsWhatIsOpenWhenAsked", func(t *testing.T) {
		b := newBench(t, "review.bpmn")
		b.run("reviewing", `{}`, func(env *testsuite.TestWorkflowEnvironment, _ int) {
			env.RegisterDelayedCallback(func() {
				env.SignalWorkflow(protocol.EventSignal, protocol.Incoming{Sync: &protocol.Sync{}})
			}, time.Hour)
		})
		require.Equal(t, []protocol.Effect{{Reset: &protocol.Reset{Since: 1, Tasks: []string{"review#1"}}}}, b.batches[1].Effects)
	})

	t.Run("RepositoryAwayIsWaitedFor", func(t *testing.T) {
		b := newBench(t, "one-task.bpmn")
		failures := 0
		b.project = func(batch protocol.Batch) (protocol.BatchResult, error) {
			if failures < 10 {
				failures++
				return protocol.BatchResult{}, errors.New("connection refused")
			}
			return protocol.BatchResult{Trace: batch.Trace}, nil
		}
		require.Equal(t, protocol.Completed, b.run("one-task", `{}`, nil).Outcome)
	})
}

func TestContinueAsNew(t *testing.T) {
	t.Run("AtEveryQuiescentPoint", func(t *testing.T) {
		b := newBench(t, "review.bpmn")
		b.limits = interpreter.Limits{Events: 1}
		runs := 0
		result := b.run("reviewing", `{"big": 9007199254740993}`, func(env *testsuite.TestWorkflowEnvironment, run int) {
			runs = run
			if run == 2 {
				send(env, t, time.Hour, protocol.Incoming{
					Task: &protocol.TaskCompletion{Task: "review#1", Variables: json.RawMessage(`{"approved": true}`)},
				})
			}
		})
		require.Equal(t, 2, runs)
		require.JSONEq(t, `{"big": 9007199254740993, "approved": true}`, string(result.Variables))
	})

	t.Run("TimersKeepTheirTime", func(t *testing.T) {
		b := newBench(t, "review.bpmn")
		b.limits = interpreter.Limits{Events: 1}
		runs := 0
		result := b.run("reviewing", `{}`, func(_ *testsuite.TestWorkflowEnvironment, run int) { runs = run })
		require.Equal(t, 2, runs)
		require.JSONEq(t, `{"overdue": true}`, string(result.Variables))
		first, last := b.batches[0], b.batches[len(b.batches)-1]
		require.Equal(t, 24*time.Hour, last.Time.Sub(first.Time).Round(time.Second))
	})

	t.Run("LongLoop", func(t *testing.T) {
		b := newBench(t, "loop.bpmn")
		runs := 0
		result := b.run("loop", `{"rounds": 100000}`, func(_ *testsuite.TestWorkflowEnvironment, run int) { runs = run })
		require.JSONEq(t, `{"rounds": 100000, "round": 100000}`, string(result.Variables))
		require.Greater(t, runs, 10)
	})
}
