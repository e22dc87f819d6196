package interpreter_test

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/perdure/perdure/interpreter"
	"github.com/perdure/perdure/interpreter/engine"
	"github.com/perdure/perdure/interpreter/engine/enginetest"
	"github.com/perdure/perdure/interpreter/expr"
	"github.com/perdure/perdure/protocol"
)

// scenario is one instance of an engine script: the events that it was given,
// and the trace that it gave.
type scenario struct {
	name  string
	def   *engine.Definition
	opt   engine.Options
	steps []enginetest.Observation
}

// scenarios runs every script of the engine and returns what it did.
func scenarios(t *testing.T) []scenario {
	t.Helper()
	var all []scenario
	datadriven.Walk(t, filepath.Join("engine", "testdata", "scripts"), func(t *testing.T, path string) {
		env := enginetest.NewEnv(filepath.Join("engine", "testdata"))
		name := strings.TrimSuffix(filepath.ToSlash(path[len("engine/testdata/scripts/"):]), ".txt")
		env.Observe = func(o enginetest.Observation) {
			if _, starts := o.Event.(engine.Started); starts && o.Refused == nil {
				all = append(all, scenario{name: name, def: o.Definition, opt: o.Options})
			}
			if len(all) > 0 && all[len(all)-1].name == name {
				all[len(all)-1].steps = append(all[len(all)-1].steps, o)
			}
		}
		datadriven.RunTest(t, path, env.Handle)
	})
	return all
}

// portable says whether a host can be made to see the same events: the order
// of timers is Temporal's, and a called process is another instance.
func (s scenario) portable(timers bool) bool {
	return s.timersInTime() && !slices.ContainsFunc(s.steps, func(o enginetest.Observation) bool {
		if slices.ContainsFunc(o.Commands, callsProcess) {
			return true
		}
		switch ev := o.Event.(type) {
		case engine.TimerFired:
			return !timers || o.Refused != nil
		case engine.Resumed, engine.Started:
			return o.Refused != nil
		case engine.ActivityFailed:
			return !timers && ev.ErrorCode == "" // the live server would have to retry
		default:
			return false
		}
	})
}

// timersInTime says that the timers of the script fire when they are due, as
// Temporal's do, and not earlier or later.
func (s scenario) timersInTime() bool {
	due := map[engine.ElementID]time.Time{}
	for i, step := range s.steps {
		if fired, ok := step.Event.(engine.TimerFired); ok && step.Now.Before(due[fired.ID]) {
			return false
		}
		for _, c := range step.Commands {
			timer, ok := c.(engine.StartTimer)
			if !ok {
				continue
			}
			due[timer.ID] = timer.Due
			if !timer.Due.After(step.Now) && !s.fires(i+1) {
				return false
			}
		}
	}
	return true
}

func (s scenario) fires(step int) bool {
	if step >= len(s.steps) {
		return false
	}
	_, ok := s.steps[step].Event.(engine.TimerFired)
	return ok
}

func callsProcess(c engine.Command) bool {
	_, ok := c.(engine.StartChild)
	return ok
}

// due is what differs between a script and a host: the times.
var due = regexp.MustCompile(` due [^ ]+`)

// trace is what the script saw, without times.
func (s scenario) trace() []string {
	lines := []string{}
	for _, step := range s.steps {
		for _, e := range step.Entries {
			lines = append(lines, due.ReplaceAllString(e.String(), ""))
		}
	}
	return lines
}

// linesOf is the same of a host's history.
func linesOf(history []protocol.HistoryEntry) []string {
	lines := []string{}
	for _, h := range history {
		e := engine.Entry{Verb: h.Verb, Element: h.Element, Name: h.Name, ID: engine.ElementID(h.ID), Detail: h.Detail}
		lines = append(lines, due.ReplaceAllString(e.String(), ""))
	}
	return lines
}

func (s scenario) input() protocol.Input {
	graph := s.def.Graph()
	in := protocol.Input{
		Definition:  protocol.Definition{ID: graph.ID + ":1:test", Key: graph.ID, Version: 1, SHA256: graph.SHA256()},
		Instance:    s.opt.Instance,
		BusinessKey: s.opt.BusinessKey,
	}
	if s.opt.Called {
		in.Parent = &protocol.Parent{Instance: "parent", Element: "call#1"}
	}
	if started, ok := s.steps[0].Event.(engine.Started); ok {
		in.Start, in.Variables = started.Start, encoded(started.Variables)
	}
	return in
}

func encoded(v expr.Variables) json.RawMessage {
	data, err := expr.Encode(map[string]any(v))
	if err != nil {
		panic(err)
	}
	return data
}

// incoming is an event that comes from outside, as it goes over the wire.
func incoming(ev engine.Event) (protocol.Incoming, bool) {
	switch ev := ev.(type) {
	case engine.TaskCompleted:
		return protocol.Incoming{Task: &protocol.TaskCompletion{Task: string(ev.ID), Variables: encoded(ev.Variables)}}, true
	case engine.MessageReceived:
		return protocol.Incoming{Message: &protocol.MessageDelivery{
			Subscription: string(ev.ID), MessageID: ev.MessageID, Variables: encoded(ev.Variables),
		}}, true
	case engine.SignalReceived:
		return protocol.Incoming{Signal: &protocol.SignalDelivery{
			Name: ev.Name, Broadcast: ev.Broadcast, Variables: encoded(ev.Variables),
		}}, true
	case engine.IncidentResolved:
		return protocol.Incoming{Incident: &protocol.IncidentAction{
			Incident: string(ev.ID), Action: string(ev.Action), Variables: encoded(ev.Variables), ErrorCode: ev.ErrorCode,
		}}, true
	case engine.VariablesSet:
		return protocol.Incoming{Set: &protocol.SetVariables{Variables: encoded(ev.Variables)}}, true
	case engine.StopRequested:
		return protocol.Incoming{Stop: &protocol.Stop{Reason: ev.Reason}}, true
	default:
		return protocol.Incoming{}, false
	}
}

// failure is an activity's failure as Temporal carries it.
func failure(ev engine.ActivityFailed) error {
	if ev.ErrorCode != "" {
		return temporal.NewNonRetryableApplicationError(ev.Message, protocol.BPMNErrorPrefix+ev.ErrorCode, nil, encoded(ev.Data))
	}
	return temporal.NewNonRetryableApplicationError(ev.Message, "technical", nil)
}

// desk is where activities wait for the script to finish them.
type desk struct {
	mu      sync.Mutex
	waiting map[string][]byte // workflow id + activity id -> task token
}

func newDesk() *desk { return &desk{waiting: map[string][]byte{}} }

// work puts an activity on the desk.
func (d *desk) work(ctx context.Context, _ converter.EncodedValues) (json.RawMessage, error) {
	info := activity.GetInfo(ctx)
	id, _, _ := strings.Cut(info.ActivityID, "@")
	d.mu.Lock()
	defer d.mu.Unlock()
	d.waiting[info.WorkflowExecution.ID+" "+id] = info.TaskToken
	return nil, activity.ErrResultPending
}

// take takes an activity from the desk, if it is there already.
func (d *desk) take(workflowID string, id engine.ElementID) ([]byte, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	key := workflowID + " " + string(id)
	token, ok := d.waiting[key]
	delete(d.waiting, key)
	return token, ok
}

// graphsOf serves the graphs of all scenarios.
func graphsOf(all []scenario) interpreter.LoadGraph {
	graphs := map[string][]byte{}
	for _, s := range all {
		graphs[s.def.Graph().SHA256()] = s.def.Graph().JSON()
	}
	return func(_ context.Context, sha256 string) ([]byte, error) {
		if g, ok := graphs[sha256]; ok {
			return g, nil
		}
		return nil, errors.New("no such graph")
	}
}

func project(_ context.Context, b protocol.Batch) (protocol.BatchResult, error) {
	return protocol.BatchResult{Trace: b.Trace}, nil
}

// TestScriptsWithSkippedTime gives the events of every script to the host, at
// the times of the script, and wants the engine's trace: in one run, and
// continued as new wherever that is possible.
func TestScriptsWithSkippedTime(t *testing.T) {
	all := scenarios(t)
	load := graphsOf(all)
	for mode, limits := range map[string]interpreter.Limits{"OneRun": {}, "ContinuedAsNew": {Events: 1}} {
		t.Run(mode, func(t *testing.T) {
			ran := 0
			for _, s := range all {
				if !s.portable(true) {
					continue
				}
				ran++
				t.Run(s.name, func(t *testing.T) {
					t.Parallel()
					got := linesOf(s.skip(t, interpreter.New(interpreter.NewDefinitions(load), limits)))
					want := s.trace()
					require.Equal(t, want, got[:min(len(got), len(want))])
				})
			}
			require.Greater(t, ran, len(all)/2)
		})
	}
}

// skip runs the scenario in the SDK's test environment, run by run.
func (s scenario) skip(t *testing.T, i *interpreter.Interpreter) []protocol.HistoryEntry {
	t.Helper()
	var history []protocol.HistoryEntry
	in, now, next := s.input(), s.steps[0].Now, 1
	for {
		env := s.environment(i, now)
		done := s.schedule(env, next, now)
		env.ExecuteWorkflow(protocol.ProcessWorkflow, in)
		require.True(t, env.IsWorkflowCompleted())
		var part []protocol.HistoryEntry
		answer, err := env.QueryWorkflow(protocol.HistoryQuery)
		require.NoError(t, err)
		require.NoError(t, answer.Get(&part))
		history = append(history, part...)

		var continued *workflow.ContinueAsNewError
		if !errors.As(env.GetWorkflowError(), &continued) {
			require.NoError(t, env.GetWorkflowError())
			return history
		}
		in = protocol.Input{}
		require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(continued.Input, &in))
		now, next = env.Now(), *done
	}
}

func (s scenario) environment(i *interpreter.Interpreter, now time.Time) *testsuite.TestWorkflowEnvironment {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(quiet{})
	env := suite.NewTestWorkflowEnvironment()
	env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{interpreter.NewInterceptor()}})
	env.SetStartTime(now)
	env.SetCurrentHistoryLength(10)
	i.Register(env)
	env.RegisterActivityWithOptions(project, activity.RegisterOptions{Name: protocol.ProjectActivity})
	return env
}

// schedule plans the events from step next on, one after the other at the
// times of the script. The counter tells how many steps are done.
func (s scenario) schedule(env *testsuite.TestWorkflowEnvironment, next int, now time.Time) *int {
	d := newDesk()
	env.RegisterDynamicActivity(d.work, activity.DynamicRegisterOptions{})
	done := next
	sent := next - 1 // the last step whose update is under way
	var plan func(time.Time)
	plan = func(now time.Time) {
		if done == len(s.steps) { // a script may leave its instance waiting
			env.RegisterDelayedCallback(env.CancelWorkflow, slack)
			return
		}
		step := done
		env.RegisterDelayedCallback(func() {
			if env.IsWorkflowCompleted() {
				return
			}
			if step == done && sent < step && s.deliver(env, d, step, func() { done++ }) {
				sent = step
			}
			plan(env.Now())
		}, max(s.steps[step].Now.Sub(now), 0)+s.pause(step))
	}
	plan(now)
	return &done
}

// slack is more than the milliseconds by which a host's timers run after those
// of the script, and less than any time in a script.
const slack = time.Second

// pause is how long a step waits beyond its time: a timer fires by itself, so
// what comes after it waits for it.
func (s scenario) pause(step int) time.Duration {
	if s.fires(step) {
		return slack
	}
	return time.Millisecond
}

// deliver does in the test environment what a step of the script did, and
// calls taken once the run has taken it: an update that comes too late for a run
// is the next one's. It reports false while it cannot: when an activity has not
// begun yet. Nobody can finish an activity that the engine does not wait for.
func (s scenario) deliver(env *testsuite.TestWorkflowEnvironment, d *desk, step int, taken func()) bool {
	o := s.steps[step]
	finish := func(id engine.ElementID, result any, err error) bool {
		token, ok := []byte(nil), o.Refused != nil
		if !ok {
			if token, ok = d.take("default-test-workflow-id", id); !ok {
				return false
			}
			_ = env.CompleteActivity(token, result, err)
		}
		taken()
		return true
	}
	switch ev := o.Event.(type) {
	case engine.ActivityCompleted:
		return finish(ev.ID, ev.Result, nil)
	case engine.ActivityFailed:
		return finish(ev.ID, nil, failure(ev))
	}
	in, ok := incoming(o.Event)
	if !ok { // a timer fires by itself
		taken()
		return true
	}
	env.UpdateWorkflow(protocol.EventUpdate, strconv.Itoa(step), &testsuite.TestUpdateCallback{
		OnReject: func(error) { taken() }, OnAccept: taken, OnComplete: func(any, error) {},
	}, in)
	return true
}

// quiet drops the log of a test environment.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
