package engine_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/interpreter/engine"
	"github.com/perdure/perdure/interpreter/expr"
)

// commands has one command of each kind, every field of it set.
func commands(t *testing.T) []engine.Command {
	t.Helper()
	due := monday.Add(time.Hour)
	digits, err := expr.ParseDecimal("12.500000000000000000001")
	require.NoError(t, err)
	vars := expr.Variables{"n": 1, "d": digits, "list": []any{nil, true, "x"}, "o": map[string]any{"a": "<&>"}}
	return []engine.Command{
		engine.RunActivity{
			ID: "a#1", Element: "a", Name: "A", Attempt: 2, Type: "http", Queue: "q", Inline: true,
			Timeout: time.Minute, Heartbeat: time.Second, Headers: map[string]string{"h": "v"}, Input: vars,
			Retry: engine.RetryPolicy{MaxAttempts: 3, Interval: time.Second, Backoff: 1.5, MaxInterval: time.Hour},
		},
		engine.CancelActivity{ID: "a#1"},
		engine.StartTimer{ID: "t#2", Element: "t", Name: "T", Due: due},
		engine.CancelTimer{ID: "t#2"},
		engine.OpenTask{
			ID: "u#3", Element: "u", Name: "U", Documentation: "d", Assignee: "ann", CandidateUsers: []string{"bob"},
			CandidateGroups: []string{"g"}, Due: &due, FollowUp: &due, Priority: 5, Form: "f", Lane: "l", Variables: vars,
		},
		engine.CloseTask{ID: "u#3", Completed: true},
		engine.Subscribe{ID: "m#4", Element: "m", Kind: engine.MessageSubscription, Name: "paid", Key: "7"},
		engine.Unsubscribe{ID: "m#4"},
		engine.PublishMessage{ID: "p#5", Element: "p", Name: "told", Key: "7", Variables: vars},
		engine.BroadcastSignal{ID: "b#6", Element: "b", Name: "alarm", Variables: vars},
		engine.StartChild{
			ID: "c#7", Element: "c", Name: "C", Attempt: 2, Process: "other", Version: 3, BusinessKey: "K", Input: vars,
		},
		engine.CancelChild{ID: "c#7"},
		engine.AdoptChild{ID: "c#7", Attempt: 2},
		engine.RaiseIncident{
			ID: "!8", Instance: "a#1", Element: "a", Kind: engine.ActivityIncident, Message: "m", Attempt: 2,
		},
		engine.ClearIncident{ID: "!8", Action: "retry"},
		engine.End{Outcome: engine.Errored, Variables: vars, ErrorCode: "E", Message: "m"},
	}
}

func TestOutboxJSON(t *testing.T) {
	t.Parallel()

	t.Run("HasEveryCommand", func(t *testing.T) {
		t.Parallel()
		var have []string
		for _, c := range commands(t) {
			have = append(have, reflect.TypeOf(c).Name())
		}
		slices.Sort(have)
		require.Equal(t, declared(t), have)
	})

	t.Run("SetsEveryField", func(t *testing.T) {
		t.Parallel()
		for _, c := range commands(t) {
			v := reflect.ValueOf(c)
			for i := range v.NumField() {
				require.False(t, v.Field(i).IsZero(), "%T.%s", c, v.Type().Field(i).Name)
			}
		}
	})

	t.Run("RoundTrip", func(t *testing.T) {
		t.Parallel()
		want := engine.Outbox(commands(t))
		data, err := json.Marshal(want)
		require.NoError(t, err)
		var got engine.Outbox
		require.NoError(t, json.Unmarshal(data, &got))
		require.Equal(t, want, got)
		again, err := json.Marshal(got)
		require.NoError(t, err)
		require.Equal(t, string(data), string(again))
	})

	t.Run("EachByItself", func(t *testing.T) {
		t.Parallel()
		tags := map[string]bool{}
		for _, c := range commands(t) {
			data, err := json.Marshal(engine.Outbox{c})
			require.NoError(t, err)
			var got engine.Outbox
			require.NoError(t, json.Unmarshal(data, &got))
			require.Equal(t, engine.Outbox{c}, got)
			var tagged []struct {
				Do string `json:"do"`
			}
			require.NoError(t, json.Unmarshal(data, &tagged))
			require.NotEmpty(t, tagged[0].Do)
			require.False(t, tags[tagged[0].Do], "the tag %q is used twice", tagged[0].Do)
			tags[tagged[0].Do] = true
			require.NotEmpty(t, c.String())
			require.NotContains(t, c.String(), "\n")
		}
	})

	t.Run("Refuses", func(t *testing.T) {
		t.Parallel()
		for _, bad := range []string{`[{"do":"dance"}]`, `[{}]`, `[1]`, `{}`, `[{"do":"end","outcome":1}]`, `[{"do":"startTimer","due":"x"}]`} {
			var got engine.Outbox
			require.Error(t, json.Unmarshal([]byte(bad), &got), bad)
		}
	})
}

// declared reads from the source which types are commands.
func declared(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "command.go", nil, 0)
	require.NoError(t, err)
	var names []string
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == "command" {
			names = append(names, f.Recv.List[0].Type.(*ast.Ident).Name)
		}
	}
	slices.Sort(names)
	return names
}

func TestTake(t *testing.T) {
	t.Parallel()
	setup := func(t *testing.T) *engine.Instance {
		t.Helper()
		in, err := started(t, "twenty.bpmn", engine.Started{Variables: expr.Variables{"text": strings.Repeat("x", 100_000)}})
		require.NoError(t, err)
		require.Len(t, in.State().Outbox, 20)
		return in
	}

	t.Run("AtMostTwoMegabytes", func(t *testing.T) {
		t.Parallel()
		in := setup(t)
		require.Len(t, in.Take(engine.Budget{}), 20, "20 times 100 kB fit into 2 MiB")
		require.False(t, in.HasOutbox())
		require.Empty(t, in.Take(engine.Budget{}))
	})

	t.Run("AtMostSoManyBytes", func(t *testing.T) {
		t.Parallel()
		in := setup(t)
		require.Len(t, in.Take(engine.Budget{Bytes: 350_000}), 3)
		require.True(t, in.HasOutbox())
	})

	t.Run("AtMostSoManyCommands", func(t *testing.T) {
		t.Parallel()
		in := setup(t)
		require.Len(t, in.Take(engine.Budget{Commands: 7}), 7)
		require.Len(t, in.Take(engine.Budget{Commands: 50}), 13)
	})

	t.Run("AtLeastOne", func(t *testing.T) {
		t.Parallel()
		in := setup(t)
		require.Len(t, in.Take(engine.Budget{Bytes: 1}), 1)
	})

	t.Run("InOrder", func(t *testing.T) {
		t.Parallel()
		in := setup(t)
		want := in.State().Outbox
		var got []engine.Command
		for in.HasOutbox() {
			got = append(got, in.Take(engine.Budget{Commands: 3})...)
		}
		require.Equal(t, []engine.Command(want), got)
	})
}

func TestHoldStarts(t *testing.T) {
	t.Parallel()
	in, err := started(t, "terminate.bpmn", engine.Started{})
	require.NoError(t, err)
	require.True(t, in.Ready(true))
	list := in.Take(engine.Budget{HoldStarts: true})
	require.Len(t, list, 3, "all but the activity: %v", list)
	require.False(t, in.Ready(true))
	require.True(t, in.Ready(false))
	require.Zero(t, in.InFlight())
	require.Equal(t, "engine.RunActivity", reflect.TypeOf(in.Take(engine.Budget{})[0]).String())
	require.False(t, in.Ready(false))
}

func TestCoalesce(t *testing.T) {
	t.Parallel()

	t.Run("WithinOneStep", func(t *testing.T) {
		t.Parallel()
		in, err := started(t, "subprocess_outputs.bpmn", engine.Started{Variables: expr.Variables{"c": "x"}})
		require.NoError(t, err)
		list := in.Take(engine.Budget{})
		require.Len(t, list, 1, "the boundary timer came and went: %v", list)
		require.IsType(t, engine.End{}, list[0])
	})

	t.Run("BeforeTheHostTookIt", func(t *testing.T) {
		t.Parallel()
		in, err := started(t, "terminate.bpmn", engine.Started{})
		require.NoError(t, err)
		require.Len(t, in.State().Outbox, 4)
		require.Len(t, in.Take(engine.Budget{Commands: 1}), 1, "the activity is running")
		require.NoError(t, in.Step(monday, engine.StopRequested{Reason: "r"}))
		list := in.Take(engine.Budget{})
		require.Equal(t, []engine.Command{
			engine.CancelActivity{ID: "work#1"},
			engine.End{Outcome: engine.Stopped, Message: "r", Variables: expr.Variables{}},
		}, list)
	})

	t.Run("ARetryThatWasNotTaken", func(t *testing.T) {
		t.Parallel()
		in, err := started(t, "job_boundary.bpmn", engine.Started{Variables: expr.Variables{"amount": 1}})
		require.NoError(t, err)
		in.Take(engine.Budget{})
		require.NoError(t, in.Step(monday, engine.ActivityFailed{ID: "pay#1"}))
		require.NoError(t, in.Step(monday, engine.IncidentResolved{ID: "!3", Action: engine.Retry}))
		require.ErrorIs(t, in.Check(engine.ActivityCompleted{ID: "pay#1"}), engine.ErrStale, "the second attempt has not begun")
		require.NoError(t, in.Step(monday, engine.TimerFired{ID: "late#2"}))
		for _, c := range in.Take(engine.Budget{}) {
			require.NotContains(t, []string{"engine.RunActivity", "engine.CancelActivity"}, reflect.TypeOf(c).String())
		}
	})
}

func TestRearm(t *testing.T) {
	t.Parallel()
	in, def := running(t, "calling.bpmn", engine.Started{Variables: expr.Variables{"order": map[string]any{"key": "K", "amount": 1}}})
	require.Empty(t, in.Rearm(), "both starts are in the outbox")
	require.Len(t, in.Take(engine.Budget{Commands: 1}), 1)
	require.Equal(t, []engine.Command{engine.AdoptChild{ID: "pay#1", Attempt: 1}}, in.Rearm())
	timer := in.Take(engine.Budget{})
	require.Equal(t, append(timer, engine.AdoptChild{ID: "pay#1", Attempt: 1}), in.Rearm())

	data, err := in.Snapshot()
	require.NoError(t, err)
	st, err := engine.Load(data)
	require.NoError(t, err)
	require.Equal(t, in.Rearm(), engine.New(def, st, engine.Options{}).Rearm())
}

func TestInFlight(t *testing.T) {
	t.Parallel()
	in, err := started(t, "service.bpmn", engine.Started{})
	require.NoError(t, err)
	require.Zero(t, in.InFlight(), "the host does not know of it yet")
	in.Take(engine.Budget{})
	require.Equal(t, 1, in.InFlight())
	require.NoError(t, in.Step(monday, engine.ActivityFailed{ID: "pay#1"}))
	require.Zero(t, in.InFlight())
}
