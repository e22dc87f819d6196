package repository

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/protocol"
)

func TestBroadcast(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		alarm := StartTrigger{Element: "alarmed", Kind: TriggerSignal, Name: "alarm"}
		p, starter := f.deploy(t, "a"), f.deploy(t, "b", alarm)
		for i := range 5 {
			id := fmt.Sprintf("i%d", i)
			f.start(t, p, id)
			f.project(t, id, awaitSignal("catch#1", "alarm"), awaitSignal("catch#2", "alarm"))
		}
		f.start(t, p, "other")
		f.project(t, "other", awaitSignal("catch#1", "other"))
		all := func(t *testing.T, id string) (targets []string) {
			t.Helper()
			for after := ""; ; {
				page, err := f.BroadcastTargets(ctx, id, after, 2)
				require.NoError(t, err)
				if len(page) == 0 {
					return targets
				}
				targets, after = append(targets, page...), page[len(page)-1]
			}
		}

		b, err := f.Broadcast(ctx, bob, NewBroadcast{ID: "one", Name: "alarm", Variables: []byte(`{"x":1}`), Instance: "i4"})
		require.NoError(t, err)
		require.Equal(t, 4, b.Targets, "each instance once, and not the thrower")
		require.Len(t, b.Starts, 1)
		require.Equal(t, starter.ID, b.Starts[0].ProcessID)
		require.Equal(t, StartedBySignal, b.Starts[0].Trigger)
		require.Equal(t, "alarmed", b.Starts[0].StartElement)
		require.JSONEq(t, `{"x":1}`, string(b.Starts[0].Input))

		t.Run("ReachesWhoWaitedThen", func(t *testing.T) {
			require.Equal(t, []string{"i0", "i1", "i2", "i3"}, all(t, "one"))
			f.start(t, p, "i00 late")
			f.project(t, "i00 late", awaitSignal("catch#1", "alarm"))
			f.project(t, "i1", protocol.Effect{Unsubscribe: &protocol.Unsubscribe{ID: "catch#1"}})
			f.project(t, "i2", ended(protocol.Completed))
			require.Equal(t, []string{"i0", "i1", "i3"}, all(t, "one"))
		})

		t.Run("AgainIsADuplicate", func(t *testing.T) {
			again, err := f.Broadcast(ctx, ana, NewBroadcast{ID: "one", Name: "alarm"})
			require.NoError(t, err)
			b.Duplicate = true
			require.Equal(t, b, again)
		})

		t.Run("TheNextReachesTheLateOneToo", func(t *testing.T) {
			next, err := f.Broadcast(ctx, ana, NewBroadcast{Name: "alarm"})
			require.NoError(t, err)
			require.Equal(t, 5, next.Targets)
			require.Equal(t, []string{"i0", "i00 late", "i1", "i3", "i4"}, all(t, next.ID))
			require.NoError(t, f.BroadcastDone(ctx, next.ID))
		})

		t.Run("IsHandedOutUntilItIsDone", func(t *testing.T) {
			pending := func() []PendingBroadcast {
				got, err := f.PendingBroadcasts(ctx, f.clock.now(), 10)
				require.NoError(t, err)
				return got
			}
			require.Empty(t, pending(), "the maker has a head start")
			f.clock.advance(headStart)
			want := PendingBroadcast{ID: "one", Name: "alarm", Variables: []byte(`{"x":1}`), Actor: bob}
			require.Equal(t, []PendingBroadcast{want}, pending())
			require.NoError(t, f.BroadcastProgress(ctx, "one", "i1"))
			require.NoError(t, f.BroadcastProgress(ctx, "one", "i0"), "never back")
			f.clock.advance(lease)
			want.After = "i1"
			require.Equal(t, []PendingBroadcast{want}, pending())
			require.NoError(t, f.BroadcastDone(ctx, "one"))
			require.NoError(t, f.BroadcastDone(ctx, "one"))
			f.clock.advance(lease)
			require.Empty(t, pending())
			got, err := f.BroadcastByID(ctx, "one")
			require.NoError(t, err)
			want.Done = true
			require.Equal(t, want, got)
			_, err = f.BroadcastByID(ctx, "unknown")
			require.ErrorIs(t, err, ErrNotFound)
		})

		t.Run("WithoutTargetsIsDone", func(t *testing.T) {
			b, err := f.Broadcast(ctx, ana, NewBroadcast{ID: "nobody", Name: "nobody"})
			require.NoError(t, err)
			require.Equal(t, Broadcasting{ID: "nobody"}, b)
			got, err := f.BroadcastByID(ctx, "nobody")
			require.NoError(t, err)
			require.True(t, got.Done)
		})

		t.Run("ThrownByAnInstanceIsDueAtOnce", func(t *testing.T) {
			for len(f.Wake()) > 0 {
				<-f.Wake()
			}
			f.project(t, "i0", protocol.Effect{Broadcast: &protocol.Broadcast{ID: "thrown", Name: "other"}})
			<-f.Wake()
			got, err := f.PendingBroadcasts(ctx, f.clock.now(), 10)
			require.NoError(t, err)
			require.Len(t, got, 1)
			require.Equal(t, []string{"other"}, all(t, "thrown"))
			f.project(t, "other", protocol.Effect{Broadcast: &protocol.Broadcast{ID: "own", Name: "other"}})
			require.Empty(t, all(t, "own"), "not to itself")
		})

		t.Run("OneManyTimesAtOnceStartsOnce", func(t *testing.T) {
			require.NoError(t, atOnce(20, func(int) error {
				b, err := f.Broadcast(ctx, ana, NewBroadcast{ID: "race", Name: "alarm"})
				if err == nil && len(b.Starts) != 1 {
					err = fmt.Errorf("%d starts", len(b.Starts))
				}
				return err
			}))
			require.EqualValues(t, 1, f.query(t, `SELECT COUNT(*) FROM audit WHERE object_id = 'race'`))
		})

		t.Run("SubscribingAtOnceIsBeforeOrAfter", func(t *testing.T) {
			for i := range 10 {
				f.start(t, p, fmt.Sprintf("cut %d", i))
			}
			var made Broadcasting
			require.NoError(t, atOnce(11, func(i int) (err error) {
				if i == 10 {
					made, err = f.Broadcast(ctx, ana, NewBroadcast{ID: "cut", Name: "cut"})
					return err
				}
				_, err = f.Project(ctx, protocol.Batch{Instance: fmt.Sprintf("cut %d", i), Sequence: 1, Effects: []protocol.Effect{awaitSignal("catch#1", "cut")}})
				return err
			}))
			require.Len(t, all(t, "cut"), made.Targets)
		})
	})
}
