package engine_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/bpmn"
	"github.com/perdure/perdure/interpreter/engine"
	"github.com/perdure/perdure/interpreter/expr"
)

func TestCheck(t *testing.T) {
	t.Parallel()

	t.Run("BeforeTheStart", func(t *testing.T) {
		t.Parallel()
		in := engine.New(deploy(t, "service.bpmn"), engine.State{}, engine.Options{})
		for _, ev := range []engine.Event{engine.StopRequested{}, engine.VariablesSet{}, engine.Resumed{}, nil} {
			require.ErrorIs(t, in.Step(monday, ev), engine.ErrStale)
		}
	})

	t.Run("AnUnknownEvent", func(t *testing.T) {
		t.Parallel()
		in, err := started(t, "service.bpmn", engine.Started{})
		require.NoError(t, err)
		var invalid *engine.InvalidError
		require.ErrorAs(t, in.Step(monday, nil), &invalid)
		require.ErrorAs(t, in.Step(monday, &engine.StopRequested{}), &invalid, "events are values")
	})

	t.Run("AMessageBeforeItsSubscriptionWasTaken", func(t *testing.T) {
		t.Parallel()
		in, err := started(t, "catch_outputs.bpmn", engine.Started{})
		require.NoError(t, err)
		ev := engine.MessageReceived{ID: "wait#1", MessageID: "m", Variables: expr.Variables{"lines": []any{}}}
		require.ErrorIs(t, in.Check(ev), engine.ErrStale)
		in.Take(engine.Budget{})
		require.NoError(t, in.Check(ev))
	})
}

func TestBounds(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("x", expr.MaxVariable)
	many := expr.Variables{}
	for i := range expr.MaxNames + 1 {
		many[fmt.Sprint("v", i)] = i
	}
	heavy := expr.Variables{}
	for i := range 5 {
		heavy[fmt.Sprint("v", i)] = big[10:]
	}
	deep := any(1)
	for range 40 {
		deep = []any{deep}
	}
	wide := make([]any, expr.MaxValues)
	for i := range wide {
		wide[i] = i
	}
	bad := map[string]expr.Variables{
		"OneTooLarge": {"a": big}, "TooManyNames": many, "TooMuchInAll": heavy, "TooDeep": {"a": deep},
		"TooManyValues": {"a": wide}, "NoName": {"": 1}, "LongName": {strings.Repeat("n", expr.MaxName+1): 1},
	}
	for name, vars := range bad {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var invalid *engine.InvalidError
			_, err := started(t, "user.bpmn", engine.Started{Variables: vars})
			require.ErrorAs(t, err, &invalid)

			in, err := started(t, "service.bpmn", engine.Started{})
			require.NoError(t, err)
			require.ErrorAs(t, in.Step(monday, engine.VariablesSet{Variables: vars}), &invalid)
			in.Take(engine.Budget{})

			// What a job returns cannot be refused; it becomes an incident.
			require.NoError(t, in.Step(monday, engine.ActivityCompleted{ID: "pay#1", Result: map[string]any(vars)}))
			require.Len(t, in.State().Incidents, 1)
			require.Equal(t, engine.DataIncident, in.State().Incidents[0].Kind)
			require.Empty(t, in.State().Scopes[0].Variables, "all or nothing")
			data, err := in.Snapshot()
			if name != "TooDeep" {
				require.NoError(t, err)
			}
			_, err = engine.Load(data)
			require.NoError(t, err)
		})
	}

	t.Run("JustWithin", func(t *testing.T) {
		t.Parallel()
		in, def := running(t, "service.bpmn", engine.Started{Variables: expr.Variables{"a": big[2:]}})
		for i := range 3 {
			require.NoError(t, in.Step(monday, engine.VariablesSet{Variables: expr.Variables{fmt.Sprint("b", i): big[100:]}}))
		}
		require.Error(t, in.Step(monday, engine.VariablesSet{Variables: expr.Variables{"c": big[:1000]}}), "1 MiB is full")
		require.NoError(t, in.Step(monday, engine.VariablesSet{Variables: expr.Variables{"a": nil}}), "which makes room")
		require.NoError(t, in.Step(monday, engine.VariablesSet{Variables: expr.Variables{"c": big[:1000]}}))
		data, err := in.Snapshot()
		require.NoError(t, err)
		st, err := engine.Load(data)
		require.NoError(t, err)
		engine.New(def, st, engine.Options{})
	})

	t.Run("AResultTooLargeToKeepIsFetchedAgain", func(t *testing.T) {
		t.Parallel()
		in, err := started(t, "service.bpmn", engine.Started{})
		require.NoError(t, err)
		in.Take(engine.Budget{})
		require.NoError(t, in.Step(monday, engine.ActivityCompleted{ID: "pay#1", Result: map[string]any{"a": big + big + big + big + big}}))
		require.Equal(t, engine.Working, in.State().Tokens[0].Stage)
		require.Empty(t, in.State().Tokens[0].Held)
		require.NoError(t, in.Step(monday, engine.IncidentResolved{ID: in.State().Incidents[0].ID, Action: engine.Retry}))
		list := in.Take(engine.Budget{})
		require.Equal(t, 2, list[len(list)-1].(engine.RunActivity).Attempt)
	})
}

func TestSnapshot(t *testing.T) {
	t.Parallel()

	t.Run("Schema", func(t *testing.T) {
		t.Parallel()
		for _, bad := range []string{``, `{}`, `{"schema":2}`, `{"schema":-1}`, `[]`, `{"schema":1,"outbox":[{"do":"x"}]}`} {
			_, err := engine.Load([]byte(bad))
			require.Error(t, err, bad)
		}
		st, err := engine.Load([]byte(`{"schema":1,"next":0,"trace":"1"}`))
		require.NoError(t, err)
		require.Equal(t, uint64(1), st.Trace)
	})

	t.Run("OfAnotherDefinition", func(t *testing.T) {
		t.Parallel()
		in, err := started(t, "service.bpmn", engine.Started{})
		require.NoError(t, err)
		require.Panics(t, func() { engine.New(deploy(t, "user.bpmn"), *in.State(), engine.Options{}) })
	})

	t.Run("KeepsDigits", func(t *testing.T) {
		t.Parallel()
		vars, err := expr.DecodeVariables([]byte(`{"n":123456789012345678901234567890.10,"i":9007199254740993}`))
		require.NoError(t, err)
		in, err := started(t, "service.bpmn", engine.Started{Variables: vars})
		require.NoError(t, err)
		data, err := in.Snapshot()
		require.NoError(t, err)
		require.Contains(t, string(data), `123456789012345678901234567890.10`)
		require.Contains(t, string(data), `9007199254740993`)
	})
}

// TestTraceHash: the hash does not depend on who watches, and tells two ways
// apart.
func TestTraceHash(t *testing.T) {
	t.Parallel()
	way := func(watched bool, approved bool) string {
		var opt engine.Options
		if watched {
			opt.Trace = func(engine.Entry) {}
		}
		in := engine.New(deploy(t, "approval.bpmn"), engine.State{}, opt)
		require.NoError(t, in.Step(monday, engine.Started{}))
		in.Take(engine.Budget{})
		require.NoError(t, in.Step(monday, engine.TaskCompleted{ID: "review#1", Variables: expr.Variables{"approved": approved}}))
		require.Len(t, in.Trace(), 16)
		return in.Trace()
	}
	require.Equal(t, way(true, true), way(false, true))
	require.NotEqual(t, way(false, true), way(false, false))
}

// TestCommutation: independent events in any order give the same end.
func TestCommutation(t *testing.T) {
	t.Parallel()
	p := newProcess(1)
	fork, join := p.node(bpmn.ParallelGateway), p.node(bpmn.InclusiveGateway)
	p.flow(p.node(bpmn.StartEvent), fork)
	var tasks []string
	for range 5 {
		n := p.node(bpmn.UserTask)
		n.ResultVariable = "of_" + n.ID
		tasks = append(tasks, n.ID)
		p.flow(fork, n)
		p.flow(n, join)
	}
	p.flow(join, p.node(bpmn.EndEvent))
	def := p.prepare(t)
	run := func(order []int) engine.Command {
		in := engine.New(def, engine.State{}, engine.Options{})
		require.NoError(t, in.Step(monday, engine.Started{}))
		in.Take(engine.Budget{})
		for _, i := range order {
			id := engine.ElementID(fmt.Sprintf("%s#%d", tasks[i], i+1))
			require.NoError(t, in.Step(monday, engine.TaskCompleted{ID: id, Variables: expr.Variables{"i": i}}))
		}
		require.True(t, in.Ended())
		list := in.Take(engine.Budget{})
		return list[len(list)-1]
	}
	want := run([]int{0, 1, 2, 3, 4})
	for seed := range uint64(30) {
		order := newProcess(seed).Perm(5)
		require.Equal(t, want, run(order), "%v", order)
	}
}

func TestPrepare(t *testing.T) {
	t.Parallel()
	refused := map[string]struct {
		change func(*bpmn.Graph)
		fault  string
	}{
		"Transaction":      {func(g *bpmn.Graph) { g.Nodes[1].Kind = bpmn.AdHocSubProcess }, "adHocSubProcess is not supported"},
		"UnknownKind":      {func(g *bpmn.Graph) { g.Nodes[1].Kind = "dance" }, `kind "dance" is unknown`},
		"Condition":        {func(g *bpmn.Graph) { g.Flows[0].Condition = "1 +" }, `expression "1 +"`},
		"NoJob":            {func(g *bpmn.Graph) { g.Nodes[1].Job = nil }, "needs an activity type"},
		"Script":           {func(g *bpmn.Graph) { g.Nodes[1].Kind, g.Nodes[1].Script = bpmn.ScriptTask, "x y" }, "script"},
		"Escalation":       {func(g *bpmn.Graph) { g.Nodes[2].Events = []bpmn.EventDefinition{{Kind: bpmn.EscalationEvent}} }, `"escalation" is not supported`},
		"SeveralEvents":    {func(g *bpmn.Graph) { g.Nodes[2].Events = make([]bpmn.EventDefinition, 2) }, "several event definitions"},
		"Retry":            {func(g *bpmn.Graph) { g.Nodes[1].Job.Retry = &bpmn.Retry{Interval: "soon"} }, "soon"},
		"RetryOfNoTime":    {func(g *bpmn.Graph) { g.Nodes[1].Job.Retry = &bpmn.Retry{MaxInterval: "PT0S"} }, "no time at all"},
		"MappingTarget":    {func(g *bpmn.Graph) { g.Nodes[1].Inputs = []bpmn.Mapping{{Target: "a..b"}} }, "empty name"},
		"LinkToNowhere":    {func(g *bpmn.Graph) { link(g.Nodes[1]) }, "no link catch event"},
		"CallOfNothing":    {func(g *bpmn.Graph) { g.Nodes[1].Kind = bpmn.CallActivity }, "called element"},
		"EventGateway":     {func(g *bpmn.Graph) { g.Nodes[1].Kind = bpmn.EventBasedGateway }, "no event to wait for"},
		"EmptySubProcess":  {func(g *bpmn.Graph) { g.Nodes[1].Kind = bpmn.SubProcess }, "needs a start event"},
		"ReceiveOfNothing": {func(g *bpmn.Graph) { g.Nodes[1].Kind = bpmn.ReceiveTask }, "receiveTask"},
	}
	for name, test := range refused {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := deploy(t, "service.bpmn").Graph().JSON()
			var plain bpmn.Graph
			require.NoError(t, json.Unmarshal(data, &plain))
			test.change(&plain)
			data, err := json.Marshal(&plain)
			require.NoError(t, err)
			g, err := bpmn.ReadGraph(data)
			require.NoError(t, err)
			_, err = engine.Prepare(g)
			require.ErrorContains(t, err, test.fault)
			require.ErrorContains(t, err, `element "`)
		})
	}
}

func link(n *bpmn.Node) {
	n.Kind, n.Job = bpmn.IntermediateThrowEvent, nil
	n.Events = []bpmn.EventDefinition{{Kind: bpmn.LinkEvent, Name: "over"}}
}

func TestRetryPolicy(t *testing.T) {
	t.Parallel()
	in, err := started(t, "service_mapped.bpmn", engine.Started{
		Variables: expr.Variables{"base": "", "id": 1, "name": "n", "age": 1},
	})
	require.NoError(t, err)
	c := in.Take(engine.Budget{})[0].(engine.RunActivity)
	require.Equal(t, "10s", c.Heartbeat.String())
	require.Equal(t, "30s", c.Timeout.String())
	require.Equal(t, map[string]string{"h": "id-1"}, c.Headers)
	require.Equal(t, engine.RetryPolicy{MaxAttempts: 3, Interval: 2e9, Backoff: 1.5, MaxInterval: 60e9}, c.Retry)

	in, err = started(t, "service.bpmn", engine.Started{})
	require.NoError(t, err)
	c = in.Take(engine.Budget{})[0].(engine.RunActivity)
	require.Equal(t, engine.RetryPolicy{MaxAttempts: 5, Interval: 1e9, Backoff: 2, MaxInterval: 300e9}, c.Retry)
	require.Equal(t, "1m0s", c.Timeout.String())
	require.Zero(t, c.Heartbeat)
}

func TestBriefIsShort(t *testing.T) {
	t.Parallel()
	p := newProcess(1)
	fork := p.node(bpmn.ParallelGateway)
	p.flow(p.node(bpmn.StartEvent), fork)
	for range 100 {
		n := p.node(bpmn.UserTask)
		n.Name = strings.Repeat("a long\nname ", 20)
		p.flow(fork, n)
	}
	in := engine.New(p.prepare(t), engine.State{}, engine.Options{})
	require.Equal(t, "Not started.", in.Brief())
	require.NoError(t, in.Step(monday, engine.Started{}))
	brief := in.Brief()
	require.LessOrEqual(t, len(brief), 1024)
	require.Contains(t, brief, "more\n")
	lines := strings.Split(strings.TrimSpace(brief), "\n")
	require.False(t, slices.ContainsFunc(lines, func(l string) bool { return !strings.HasPrefix(l, "- ") }))
}

// TestHeaders: the name of a header may have dots.
func TestHeaders(t *testing.T) {
	t.Parallel()
	p := newProcess(1)
	n := p.node(bpmn.ServiceTask)
	n.Job = &bpmn.Job{Type: bpmn.Value{Text: "http"}, Headers: []bpmn.Mapping{
		{Target: "x.y.z", Value: bpmn.Value{Text: "1"}}, {Target: "n", Value: bpmn.Value{Expr: "1 + 1"}},
	}}
	p.flow(p.node(bpmn.StartEvent), n)
	in := engine.New(p.prepare(t), engine.State{}, engine.Options{})
	require.NoError(t, in.Step(monday, engine.Started{}))
	c := in.Take(engine.Budget{})[0].(engine.RunActivity)
	require.Equal(t, map[string]string{"x.y.z": "1", "n": "2"}, c.Headers)
}

// TestMessagesWithoutID cannot be told apart, so each one counts.
func TestMessagesWithoutID(t *testing.T) {
	t.Parallel()
	in, err := started(t, "boundary_messages.bpmn", engine.Started{})
	require.NoError(t, err)
	in.Take(engine.Budget{})
	for range 3 {
		require.NoError(t, in.Step(monday, engine.MessageReceived{ID: "note#3"}))
	}
	require.Empty(t, in.State().Seen)
}

// TestSeenIsBounded: only so many deliveries are remembered.
func TestSeenIsBounded(t *testing.T) {
	t.Parallel()
	in, err := started(t, "boundary_messages.bpmn", engine.Started{})
	require.NoError(t, err)
	in.Take(engine.Budget{})
	for i := range 600 {
		require.NoError(t, in.Step(monday, engine.MessageReceived{ID: "note#3", MessageID: fmt.Sprint(i)}))
	}
	require.Len(t, in.State().Seen, 500)
	require.ErrorIs(t, in.Check(engine.MessageReceived{ID: "note#3", MessageID: "599"}), engine.ErrStale)
}

// TestDefinitionIsShared: many instances of one definition run at once.
func TestDefinitionIsShared(t *testing.T) {
	t.Parallel()
	p := newProcess(3)
	p.structured()
	def := p.prepare(t)
	want := drive(t, def, 3, 100).commands
	for range 8 {
		t.Run("Instance", func(t *testing.T) {
			t.Parallel()
			require.Equal(t, want, drive(t, def, 3, 100).commands)
		})
	}
}
