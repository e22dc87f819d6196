package engine_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/bpmn"
	"github.com/perdure/perdure/interpreter/engine"
	"github.com/perdure/perdure/interpreter/expr"
)

// resume lets an instance go on until it does not yield, from a snapshot each
// time, and returns how often it yielded.
func resume(t *testing.T, in *engine.Instance, def *engine.Definition) (*engine.Instance, int) {
	t.Helper()
	n := 0
	for ; in.Yielded(); n++ {
		require.LessOrEqual(t, in.State().Steps, engine.MaxTotalSteps)
		data, err := in.Snapshot()
		require.NoError(t, err)
		st, err := engine.Load(data)
		require.NoError(t, err)
		in = engine.New(def, st, engine.Options{})
		require.NoError(t, in.Step(monday, engine.Resumed{}))
	}
	return in, n
}

func TestLoop(t *testing.T) {
	t.Parallel()

	t.Run("CountsToTheEnd", func(t *testing.T) {
		t.Parallel()
		in, def := running(t, "counting.bpmn", engine.Started{Variables: expr.Variables{"n": 0, "limit": 100_000}})
		in, yielded := resume(t, in, def)
		require.Equal(t, 30, yielded, "three steps a round, 10,000 steps at a time")
		require.True(t, in.Ended())
		require.Equal(t, []engine.Command{
			engine.End{Outcome: engine.Completed, Variables: expr.Variables{"n": 100_000, "limit": 100_000}},
		}, in.Take(engine.Budget{}))
	})

	t.Run("WithoutChangeIsAnIncident", func(t *testing.T) {
		t.Parallel()
		in, _ := running(t, "endless.bpmn", engine.Started{Variables: expr.Variables{"busy": true}})
		require.False(t, in.Yielded())
		require.Len(t, in.State().Incidents, 1)
		i := in.State().Incidents[0]
		require.Equal(t, engine.LoopIncident, i.Kind)
		require.Equal(t, engine.Arriving, in.State().Tokens[0].Stage)
		require.ErrorContains(t, in.Check(engine.IncidentResolved{ID: in.State().Incidents[0].ID, Action: "x"}), "unknown action")

		require.NoError(t, in.Step(monday, engine.IncidentResolved{ID: i.ID, Action: engine.Retry}))
		require.Len(t, in.State().Incidents, 1, "the same again")
		i = in.State().Incidents[0]
		require.NoError(t, in.Step(monday, engine.IncidentResolved{
			ID: i.ID, Action: engine.Retry, Variables: expr.Variables{"busy": false},
		}))
		require.True(t, in.Ended())
	})

	t.Run("WithChangeIsAnIncidentInTheEnd", func(t *testing.T) {
		t.Parallel()
		in, def := running(t, "counting.bpmn", engine.Started{Variables: expr.Variables{"n": 0, "limit": 1 << 60}})
		in = edited(t, in, def, "steps", engine.MaxTotalSteps-5_000)
		in, _ = resume(t, in, def)
		require.Len(t, in.State().Incidents, 1)
		require.Equal(t, engine.LoopIncident, in.State().Incidents[0].Kind)
		require.Contains(t, in.State().Incidents[0].Message, "10000000 steps")
	})

	t.Run("AnOutsideEventStartsTheCountAnew", func(t *testing.T) {
		t.Parallel()
		in, def := running(t, "counting.bpmn", engine.Started{Variables: expr.Variables{"n": 0, "limit": 4_000}})
		require.True(t, in.Yielded())
		in = edited(t, in, def, "steps", engine.MaxTotalSteps-1)
		require.NoError(t, in.Step(monday, engine.VariablesSet{Variables: expr.Variables{"limit": 5_000}}))
		in, _ = resume(t, in, def)
		require.True(t, in.Ended())
	})
}

// TestForkBomb: the tokens double with every round until there are more of
// them than steps between two changes of a variable.
func TestForkBomb(t *testing.T) {
	t.Parallel()
	in, def := running(t, "fork_bomb.bpmn", engine.Started{Variables: expr.Variables{"n": 0, "stopped": false}})
	in, _ = resume(t, in, def)
	require.NotEmpty(t, in.State().Incidents)
	require.LessOrEqual(t, len(in.State().Incidents), len(def.Graph().Flows), "equal tokens share an incident")
	total := 0
	for _, token := range in.State().Tokens {
		total += max(token.Count, 1)
	}
	require.Greater(t, total, 1_000)
	data, err := in.Snapshot()
	require.NoError(t, err)
	require.Less(t, len(data), 10_000)

	// Held back together, let go together.
	for open := len(in.State().Incidents); open > 0; open-- {
		require.Len(t, in.State().Incidents, open)
		require.NoError(t, in.Step(monday, engine.IncidentResolved{
			ID: in.State().Incidents[0].ID, Action: engine.Retry, Variables: expr.Variables{"stopped": true},
		}))
	}
	in, _ = resume(t, in, def)
	require.True(t, in.Ended())
}

// TestTooManyTokens: every round of the loop leaves a user task behind.
func TestTooManyTokens(t *testing.T) {
	t.Parallel()
	p := newProcess(1)
	top, fork, again := p.node(bpmn.ExclusiveGateway), p.node(bpmn.ParallelGateway), p.node(bpmn.ExclusiveGateway)
	count := p.node(bpmn.ScriptTask)
	count.Script = "n = n + 1"
	p.flow(p.node(bpmn.StartEvent), top)
	p.flow(top, count)
	p.flow(count, fork)
	p.flow(fork, p.node(bpmn.UserTask))
	p.flow(fork, again)
	p.flow(again, top).Condition = "n > 0"
	again.Default = p.flow(again, p.node(bpmn.EndEvent)).ID
	in := engine.New(p.prepare(t), engine.State{}, engine.Options{})
	require.NoError(t, in.Step(monday, engine.Started{Variables: expr.Variables{"n": 0}}))
	for in.Yielded() {
		in.Take(engine.Budget{Commands: 1 << 20, Bytes: 1 << 30})
		require.NoError(t, in.Step(monday, engine.Resumed{}))
	}
	require.Len(t, in.State().Incidents, 2, "the two tokens that were on their way")
	require.Equal(t, engine.LoopIncident, in.State().Incidents[0].Kind)
	require.Contains(t, in.State().Incidents[0].Message, "more than 50000 tokens")
	require.InDelta(t, engine.MaxTokens, len(in.State().Tokens), 5)
}

// edited returns the instance with a number of its state changed.
func edited(t *testing.T, in *engine.Instance, def *engine.Definition, field string, to int) *engine.Instance {
	t.Helper()
	data, err := in.Snapshot()
	require.NoError(t, err)
	var fields map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(data, &fields))
	require.Contains(t, fields, field)
	fields[field] = json.RawMessage(fmt.Sprint(to))
	data, err = json.Marshal(fields)
	require.NoError(t, err)
	st, err := engine.Load(data)
	require.NoError(t, err)
	return engine.New(def, st, engine.Options{})
}

// TestJoinOfThousands joins 10,000 tokens in a few steps.
func TestJoinOfThousands(t *testing.T) {
	t.Parallel()
	for _, kind := range []bpmn.Kind{bpmn.ParallelGateway, bpmn.InclusiveGateway} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			const width = 4_500
			p := newProcess(1)
			fork, join := p.node(bpmn.ParallelGateway), p.node(kind)
			p.flow(p.node(bpmn.StartEvent), fork)
			for range width {
				task := p.node(bpmn.Task)
				p.flow(fork, task)
				p.flow(task, join)
			}
			p.flow(join, p.node(bpmn.EndEvent))
			def := p.prepare(t)
			in := engine.New(def, engine.State{}, engine.Options{})
			require.NoError(t, in.Step(monday, engine.Started{}))
			in, _ = resume(t, in, def)
			require.True(t, in.Ended())
			require.Len(t, in.Take(engine.Budget{}), 1)
		})
	}
}

// TestYieldAmongJoins makes a join of a loop look at thousands of tokens that
// wait elsewhere, which is too much for one step.
func TestYieldAmongJoins(t *testing.T) {
	t.Parallel()
	const crowd = 3_000
	p := newProcess(1)
	fork, top, join, again := p.node(bpmn.ParallelGateway), p.node(bpmn.ExclusiveGateway), p.node(bpmn.InclusiveGateway), p.node(bpmn.ExclusiveGateway)
	count := p.node(bpmn.ScriptTask)
	count.Script = "n = (n ?? 0) + 1"
	end := p.node(bpmn.EndEvent)
	p.flow(p.node(bpmn.StartEvent), fork)
	p.flow(fork, top)
	p.flow(top, count)
	p.flow(count, join)
	p.flow(fork, join)
	p.flow(join, again)
	p.flow(again, top).Condition = "n < 1000"
	again.Default = p.flow(again, end).ID
	for range crowd {
		wait := p.node(bpmn.UserTask)
		p.flow(fork, wait)
		p.flow(wait, end)
	}
	def := p.prepare(t)
	in := engine.New(def, engine.State{}, engine.Options{})
	require.NoError(t, in.Step(monday, engine.Started{}))
	in, yielded := resume(t, in, def)
	require.Positive(t, yielded)
	require.Len(t, in.State().Tokens, crowd)
	require.Equal(t, 1000, in.State().Scopes[0].Variables["n"])
}
