package enginetest

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/interpreter/engine"
)

// TestLawsBreak seeds one fault after the other: a law that cannot break
// proves nothing.
func TestLawsBreak(t *testing.T) {
	t.Parallel()
	def, err := Deploy("../testdata/fork_join.bpmn")
	require.NoError(t, err)
	due := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	token := engine.Token{ID: "a#1", Element: "a", Waiting: engine.ForTask}
	open := engine.OpenTask{ID: "a#1"}
	enter := engine.Entry{Verb: "enter", Element: "a"}

	tests := map[string]struct {
		entries  []engine.Entry
		commands []engine.Command
		state    engine.State
		broken   string
	}{
		"NoFault": {[]engine.Entry{enter}, []engine.Command{open}, engine.State{Tokens: []engine.Token{token}}, ""},
		"TokenFromNowhere": {
			nil,
			[]engine.Command{open},
			engine.State{Tokens: []engine.Token{token}},
			"1 tokens are on a, the trace says 0",
		},
		"TokenLost":  {[]engine.Entry{enter}, nil, engine.State{Ended: true}, "0 tokens are on a, the trace says 1"},
		"FlowLost":   {[]engine.Entry{{Verb: "take", Element: "f2"}}, nil, engine.State{}, "0 tokens are on flow f2"},
		"HalfAJoin":  {[]engine.Entry{{Verb: "enter", Element: "join"}, {Verb: "leave", Element: "join"}}, nil, engine.State{}, "join consumed 1 tokens in 1 firings"},
		"Twice":      {nil, []engine.Command{open, open}, engine.State{}, "started while it is open"},
		"SameNumber": {nil, []engine.Command{open, engine.CloseTask{ID: "a#1"}, open}, engine.State{}, "comes twice"},
		"CancelOfNothing": {
			nil, []engine.Command{engine.CancelTimer{ID: "t#1"}}, engine.State{}, "timer t#1 is not open",
		},
		"AfterTheEnd": {nil, []engine.Command{engine.End{}, open}, engine.State{Ended: true}, "a command after the end"},
		"EndUntold":   {nil, nil, engine.State{Ended: true}, "the state says ended: true"},
		"NotStarted": {
			[]engine.Entry{enter}, nil, engine.State{Tokens: []engine.Token{token}}, "waits for task a#1, the host does not",
		},
		"NotCancelled": {nil, []engine.Command{open}, engine.State{}, "the host does task a#1"},
		"Orphan": {
			nil,
			[]engine.Command{engine.StartTimer{ID: "t#1", Due: due}},
			engine.State{Timers: []engine.Timer{{ID: "t#1", Owner: "gone#1"}}},
			"belongs to gone#1, which is gone",
		},
		"SilentEnd": {nil, nil, engine.State{}, "no token is left and the instance has not ended"},
		"RemainsAtTheEnd": {
			[]engine.Entry{enter},
			[]engine.Command{open, engine.End{}},
			engine.State{Ended: true, Tokens: []engine.Token{token}},
			"something is left after the end",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLaws(def.Graph())
			l.observe(engine.Resumed{}, test.entries, test.commands, &test.state)
			if test.broken == "" {
				require.Empty(t, l.broken)
				return
			}
			require.Contains(t, join(l.broken), test.broken)
		})
	}

	t.Run("RefusedWithCommands", func(t *testing.T) {
		t.Parallel()
		l := newLaws(def.Graph())
		l.refused(engine.ErrStale, nil)
		require.Empty(t, l.broken)
		l.refused(engine.ErrStale, []engine.Command{open})
		l.refused(errors.ErrUnsupported, nil)
		require.Len(t, l.broken, 2)
	})
}

func join(list []string) string {
	var all string
	for _, s := range list {
		all += s + "\n"
	}
	return all
}
