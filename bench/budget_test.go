package main

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patience is how often the cheapest run is looked for. Five results of
// parallel tasks arrive together or apart as it happens, on both sides, and
// each that comes too late for a workflow task opens one of its own.
const patience = 100

// TestBudgets holds the promise that drawing a process costs no more than
// writing it: no workflow task, no state transition and no event beyond the one
// marker for each workflow task that changes what lists show.
func TestBudgets(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	e, err := open(ctx)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.close()) })

	for _, c := range cases() {
		t.Run(c.name, func(t *testing.T) {
			hand, err := cheapest(ctx, e, c.runHand, 3)
			require.NoError(t, err)
			var drawn cost
			for range patience {
				drawn, err = cheapest(ctx, e, c.runProcess, 1)
				require.NoError(t, err)
				requireEvents(t, c, hand, drawn)
				if drawn.Tasks <= hand.Tasks && drawn.Transitions <= hand.Transitions {
					return
				}
			}
			require.LessOrEqual(t, drawn.Tasks, hand.Tasks, "workflow tasks")
			require.LessOrEqual(t, drawn.Transitions, hand.Transitions, "state transitions")
		})
	}
}

// requireEvents checks every event but the three of each workflow task, which
// are counted by themselves.
func requireEvents(t *testing.T, c benchCase, hand, drawn cost) {
	t.Helper()
	want := hand.Events - 3*hand.Tasks + c.shown
	if c.file == "inline" {
		want = 2 + 5 + c.shown // started, completed, and a marker for each task
	} else {
		require.Equal(t, c.shown, drawn.Markers, "markers")
	}
	require.Equal(t, want, drawn.Events-3*drawn.Tasks, "events: hand %+v, drawn %+v", hand, drawn)
}
