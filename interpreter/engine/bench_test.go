package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/interpreter/engine"
	"github.com/perdure/perdure/interpreter/engine/enginetest"
	"github.com/perdure/perdure/interpreter/expr"
)

// BenchmarkStep20Tokens completes one of 20 open user tasks, which opens it
// again: an exclusive gateway with a condition, one task closed, one opened.
func BenchmarkStep20Tokens(b *testing.B) {
	in, _ := running(b, "twenty.bpmn", engine.Started{Variables: expr.Variables{"again": true, "amount": 12}})
	in.Take(engine.Budget{})
	require.Len(b, in.State().Tokens, 20)
	b.ReportAllocs()
	for b.Loop() {
		if err := in.Step(monday, engine.TaskCompleted{ID: in.State().Tokens[10].ID}); err != nil {
			b.Fatal(err)
		}
		in.Take(engine.Budget{})
	}
	require.Len(b, in.State().Tokens, 20)
}

// BenchmarkLoopRound measures one round of a loop with a script task and an
// exclusive gateway: four automatic steps.
func BenchmarkLoopRound(b *testing.B) {
	rounds := b.N
	in, err := started(b, "counting.bpmn", engine.Started{Variables: expr.Variables{"n": 0, "limit": rounds}})
	require.NoError(b, err)
	b.ReportAllocs()
	for in.Yielded() {
		if err := in.Step(monday, engine.Resumed{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSnapshot writes and reads the state of 20 open tasks.
func BenchmarkSnapshot(b *testing.B) {
	in, def := running(b, "twenty.bpmn", engine.Started{Variables: expr.Variables{"again": true, "amount": 12}})
	in.Take(engine.Budget{})
	b.ReportAllocs()
	for b.Loop() {
		data, err := in.Snapshot()
		if err != nil {
			b.Fatal(err)
		}
		st, err := engine.Load(data)
		if err != nil {
			b.Fatal(err)
		}
		engine.New(def, st, engine.Options{})
		b.ReportMetric(float64(len(data)), "bytes")
	}
}

// BenchmarkPrepare compiles the expressions of a definition.
func BenchmarkPrepare(b *testing.B) {
	g := deploy(b, "error_path.bpmn").Graph()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := engine.Prepare(g); err != nil {
			b.Fatal(err)
		}
	}
}

var monday = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

func deploy(tb testing.TB, file string) *engine.Definition {
	tb.Helper()
	def, err := enginetest.Deploy("testdata/" + file)
	require.NoError(tb, err)
	return def
}

// started makes the first step of an instance.
func started(tb testing.TB, file string, ev engine.Started) (*engine.Instance, error) {
	tb.Helper()
	in := engine.New(deploy(tb, file), engine.State{}, engine.Options{Instance: "i-1", BusinessKey: "K"})
	return in, in.Step(monday, ev)
}

func running(tb testing.TB, file string, ev engine.Started) (*engine.Instance, *engine.Definition) {
	tb.Helper()
	def := deploy(tb, file)
	in := engine.New(def, engine.State{}, engine.Options{Instance: "i-1", BusinessKey: "K"})
	require.NoError(tb, in.Step(monday, ev))
	return in, def
}
