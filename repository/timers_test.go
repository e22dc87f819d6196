package repository

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/protocol"
)

func TestTimerStarts(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		due := f.clock.now().Add(time.Hour)
		later := due.Add(time.Hour)
		timer := func(due *time.Time) StartTrigger {
			return StartTrigger{Element: "daily", Kind: TriggerTimer, Due: due, Timer: []byte(`{"cycle":"R/PT1H"}`)}
		}
		p := f.deploy(t, "a", timer(&due), StartTrigger{Element: "never", Kind: TriggerTimer})
		list := func(t *testing.T) []TimerStart {
			t.Helper()
			got, err := f.DueTimerStarts(ctx, f.clock.now(), 10)
			require.NoError(t, err)
			return got
		}
		require.Empty(t, list(t))
		f.clock.advance(time.Hour)
		starts := list(t)
		require.Len(t, starts, 1)
		s := starts[0]
		require.Equal(t, TimerStart{ID: s.ID, ProcessID: p.ID, Element: "daily", Due: due, Timer: []byte(`{"cycle":"R/PT1H"}`)}, s)

		t.Run("FiresOnceThoughManyTry", func(t *testing.T) {
			repos := []*Repository{f.Repository}
			if f.url != "sqlite::memory:" {
				repos = append(repos, f.another(t))
			}
			var fired atomic.Int64
			require.NoError(t, atOnce(10, func(i int) error {
				inst, ok, err := repos[i%len(repos)].FireTimerStart(ctx, s.ID, s.Due, &later)
				if ok {
					fired.Add(1)
					require.Equal(t, StartedByTimer, inst.Trigger)
				}
				return err
			}))
			require.EqualValues(t, 1, fired.Load())
			counts, err := f.CountInstances(ctx, InstanceFilter{Key: "a"})
			require.NoError(t, err)
			require.Equal(t, map[string]int{Running: 1}, counts)
		})

		t.Run("MovesOn", func(t *testing.T) {
			require.Empty(t, list(t))
			f.clock.advance(time.Hour)
			got := list(t)
			require.Len(t, got, 1)
			require.Equal(t, later, got[0].Due)
			require.Equal(t, 1, got[0].Fired)

			inst, ok, err := f.FireTimerStart(ctx, s.ID, later, nil)
			require.NoError(t, err)
			require.True(t, ok)
			require.Equal(t, "daily", inst.StartElement)
			require.Equal(t, protocol.SystemActor, inst.StartedBy)
			f.clock.advance(100 * time.Hour)
			require.Empty(t, list(t), "never again")
		})

		t.Run("NewVersionsReplaceOldOnesAndDisabledOnesRest", func(t *testing.T) {
			soon := f.clock.now()
			one := f.deploy(t, "b", timer(&soon))
			two := f.deploy(t, "b", timer(&soon))
			processes := func() (ids []string) {
				for _, s := range list(t) {
					ids = append(ids, s.ProcessID)
				}
				return ids
			}
			require.Equal(t, []string{two.ID}, processes())
			_, err := f.SetEnabled(ctx, ana, two.ID, false)
			require.NoError(t, err)
			require.Equal(t, []string{one.ID}, processes())

			// Disabled between the list and the firing: nothing happens.
			start := list(t)[0]
			_, err = f.SetEnabled(ctx, ana, one.ID, false)
			require.NoError(t, err)
			_, ok, err := f.FireTimerStart(ctx, start.ID, start.Due, nil)
			var disabled *NotEnabledError
			require.ErrorAs(t, err, &disabled)
			require.False(t, ok)
			_, err = f.SetEnabled(ctx, ana, one.ID, true)
			require.NoError(t, err)
			require.Equal(t, []string{one.ID}, processes())

			require.NoError(t, f.DeleteProcess(ctx, ana, one.ID))
			require.Empty(t, processes())
			_, ok, err = f.FireTimerStart(ctx, start.ID, start.Due, nil)
			require.NoError(t, err)
			require.False(t, ok)
		})
	})
}
