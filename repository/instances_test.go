package repository

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/protocol"
)

func TestCreateInstance(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		p := f.deploy(t, "a")
		inst, existed, err := f.CreateInstance(ctx, bob, NewInstance{ID: "i", ProcessID: p.ID, BusinessKey: "b", Start: "begin", Variables: []byte(`{"n":1}`)})
		require.NoError(t, err)
		require.False(t, existed)
		require.Equal(t, Instance{
			ID: "i", ProcessID: p.ID, Key: "a", Version: 1, ProcessName: "Name of a", BusinessKey: "b", StartElement: "begin", Trigger: StartedByAPI,
			State: Running, StartedBy: bob, Started: inst.Started, Changed: inst.Started, Input: []byte(`{"n":1}`),
		}, inst)

		t.Run("AgainAnswersTheFirst", func(t *testing.T) {
			again, existed, err := f.CreateInstance(ctx, ana, NewInstance{ID: "i", ProcessID: p.ID, BusinessKey: "other"})
			require.NoError(t, err)
			require.True(t, existed)
			require.Equal(t, inst, again)
		})

		t.Run("WithoutAnIDGetsOne", func(t *testing.T) {
			one, _, err := f.CreateInstance(ctx, ana, NewInstance{ProcessID: p.ID})
			require.NoError(t, err)
			two, _, err := f.CreateInstance(ctx, ana, NewInstance{ProcessID: p.ID})
			require.NoError(t, err)
			require.NotEqual(t, one.ID, two.ID)
		})

		t.Run("FiftyAtOnceMakeOneRow", func(t *testing.T) {
			var created atomic.Int64
			require.NoError(t, atOnce(50, func(int) error {
				_, existed, err := f.CreateInstance(ctx, ana, NewInstance{ID: "race", ProcessID: p.ID})
				if !existed {
					created.Add(1)
				}
				return err
			}))
			require.EqualValues(t, 1, created.Load())
			require.EqualValues(t, 1, f.query(t, `SELECT COUNT(*) FROM audit WHERE instance_id = 'race'`))
		})

		t.Run("ADisabledProcessStartsNothing", func(t *testing.T) {
			_, err := f.SetEnabled(ctx, ana, p.ID, false)
			require.NoError(t, err)
			_, _, err = f.CreateInstance(ctx, ana, NewInstance{ID: "late", ProcessID: p.ID})
			var disabled *NotEnabledError
			require.ErrorAs(t, err, &disabled)
			require.Equal(t, p.ID, disabled.Process)
			_, err = f.Instance(ctx, "late")
			require.ErrorIs(t, err, ErrNotFound)

			// A start repeated after that is answered all the same.
			again, existed, err := f.CreateInstance(ctx, ana, NewInstance{ID: "i", ProcessID: p.ID})
			require.NoError(t, err)
			require.True(t, existed)
			require.Equal(t, inst, again)
		})

		t.Run("ADrawingStartsNothing", func(t *testing.T) {
			drawing, _, err := f.Deploy(ctx, ana, Deployment{Source: []byte("drawing"), Processes: []NewProcess{{Key: "drawing"}}})
			require.NoError(t, err)
			_, _, err = f.CreateInstance(ctx, ana, NewInstance{ProcessID: drawing[0].ID})
			var disabled *NotEnabledError
			require.ErrorAs(t, err, &disabled)
		})

		t.Run("AnUnknownOrDeletedProcessIsNotFound", func(t *testing.T) {
			require.NoError(t, f.DeleteProcess(ctx, ana, p.ID))
			for _, id := range []string{p.ID, "a:9:x"} {
				_, _, err := f.CreateInstance(ctx, ana, NewInstance{ProcessID: id})
				require.ErrorIs(t, err, ErrNotFound)
			}
		})
	})
}

func ids(instances []Instance) []string {
	ids := make([]string, len(instances))
	for i, inst := range instances {
		ids[i] = inst.ID
	}
	return ids
}

func TestUndispatched(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, f *fixture) {
		p := f.deploy(t, "a")
		for _, id := range []string{"one", "two", "three"} {
			f.start(t, p, id)
		}
		due := func(limit int) []string {
			t.Helper()
			got, err := f.Undispatched(t.Context(), f.clock.now(), limit)
			require.NoError(t, err)
			return ids(got)
		}
		require.Empty(t, due(10), "the maker has a head start")
		require.NoError(t, f.MarkDispatched(t.Context(), "two"))
		f.clock.advance(headStart)
		require.Equal(t, []string{"one"}, due(1), "the oldest first")
		require.Equal(t, []string{"three"}, due(10))
		require.Empty(t, due(10), "what was handed out rests")
		f.clock.advance(retryStart)
		require.ElementsMatch(t, []string{"one", "three"}, due(10))

		inst, err := f.Instance(t.Context(), "two")
		require.NoError(t, err)
		require.True(t, inst.Dispatched)

		t.Run("EachIsHandedOutOnce", func(t *testing.T) {
			f.clock.advance(retryStart)
			var handedOut atomic.Int64
			require.NoError(t, atOnce(10, func(int) error {
				got, err := f.Undispatched(t.Context(), f.clock.now(), 10)
				handedOut.Add(int64(len(got)))
				return err
			}))
			require.EqualValues(t, 2, handedOut.Load())
		})
	})
}

func TestListInstances(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, f *fixture) {
		a, b := f.deploy(t, "a"), f.deploy(t, "b")
		f.start(t, a, "a1")
		a2, _, err := f.CreateInstance(t.Context(), ana, NewInstance{ID: "a2", ProcessID: a.ID, BusinessKey: "case"})
		require.NoError(t, err)
		f.start(t, b, "b1")
		_, err = f.Project(t.Context(), protocol.Batch{Instance: "b2", Sequence: 1, Effects: []protocol.Effect{
			{Register: &protocol.Register{Definition: b.Definition(), Parent: &protocol.Parent{Instance: "a1", Element: "call#1"}, Time: f.clock.now()}},
		}})
		require.NoError(t, err)
		f.project(t, "a1", protocol.Effect{Raise: &protocol.RaiseIncident{ID: "x#1"}})
		f.project(t, "b1", ended(protocol.Completed))
		yes, no := true, false
		before, after := a2.Started.Add(time.Microsecond), a2.Started.Add(-time.Microsecond)

		for name, c := range map[string]struct {
			filter InstanceFilter
			want   []string
			counts map[string]int
		}{
			"All":             {InstanceFilter{}, []string{"b2", "b1", "a2", "a1"}, map[string]int{Running: 3, "completed": 1}},
			"Process":         {InstanceFilter{ProcessID: a.ID}, []string{"a2", "a1"}, map[string]int{Running: 2}},
			"Key":             {InstanceFilter{Key: "b"}, []string{"b2", "b1"}, map[string]int{Running: 1, "completed": 1}},
			"BusinessKey":     {InstanceFilter{BusinessKey: "case"}, []string{"a2"}, map[string]int{Running: 1}},
			"Running":         {InstanceFilter{State: Running}, []string{"b2", "a2", "a1"}, map[string]int{Running: 3}},
			"Completed":       {InstanceFilter{State: string(protocol.Completed)}, []string{"b1"}, map[string]int{"completed": 1}},
			"Parent":          {InstanceFilter{ParentID: "a1"}, []string{"b2"}, map[string]int{Running: 1}},
			"Roots":           {InstanceFilter{RootsOnly: true}, []string{"b1", "a2", "a1"}, map[string]int{Running: 2, "completed": 1}},
			"WithIncident":    {InstanceFilter{HasIncident: &yes}, []string{"a1"}, map[string]int{Running: 1}},
			"WithoutIncident": {InstanceFilter{HasIncident: &no}, []string{"b2", "b1", "a2"}, map[string]int{Running: 2, "completed": 1}},
			"StartedBetween":  {InstanceFilter{StartedAfter: &after, StartedBefore: &before}, []string{"a2"}, map[string]int{Running: 1}},
			"Nothing":         {InstanceFilter{Key: "c"}, []string{}, map[string]int{}},
		} {
			t.Run(name, func(t *testing.T) {
				got, next, err := f.ListInstances(t.Context(), c.filter, Page{})
				require.NoError(t, err)
				require.Empty(t, next)
				require.Equal(t, c.want, ids(got))
				for _, inst := range got {
					require.Empty(t, inst.Input)
					require.Empty(t, inst.Output)
				}
				counts, err := f.CountInstances(t.Context(), c.filter)
				require.NoError(t, err)
				require.Equal(t, c.counts, counts)
			})
		}
	})
}

func TestRequestStop(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		f.start(t, f.deploy(t, "a"), "i")
		inst, err := f.RequestStop(ctx, bob, "i", "wrong patient")
		require.NoError(t, err)
		require.True(t, inst.StopRequested)
		require.Equal(t, "wrong patient", inst.StopReason)
		require.Equal(t, Running, inst.State, "only the workflow can end it")

		again, err := f.RequestStop(ctx, ana, "i", "another reason")
		require.NoError(t, err)
		require.Equal(t, inst, again)
		_, err = f.RequestStop(ctx, bob, "j", "")
		require.ErrorIs(t, err, ErrNotFound)

		due := func() []string {
			got, err := f.StopRequests(ctx, f.clock.now(), 10)
			require.NoError(t, err)
			return ids(got)
		}
		require.Empty(t, due(), "the maker has a head start")
		f.clock.advance(headStart)
		require.Equal(t, []string{"i"}, due())
		require.Empty(t, due())
		f.clock.advance(retryStart)
		require.Equal(t, []string{"i"}, due())

		f.project(t, "i", ended(protocol.Stopped))
		f.clock.advance(retryStart)
		require.Empty(t, due())
		_, err = f.RequestStop(ctx, bob, "i", "")
		require.ErrorIs(t, err, ErrConflict)
	})
}

func TestEndInstance(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, f *fixture) {
		f.start(t, f.deploy(t, "a"), "i")
		f.project(t, "i", awaitMessage("catch#1", "paid", "7"), protocol.Effect{OpenTask: &protocol.OpenTask{ID: "task#1"}})
		changed, cancel := f.Watch("i")
		defer cancel()
		inst, err := f.EndInstance(t.Context(), protocol.SystemActor, "i", protocol.Result{Outcome: protocol.Errored, ErrorCode: "lost", Message: "its workflow is gone"})
		require.NoError(t, err)
		require.Equal(t, "error", inst.State)
		require.Equal(t, "lost", inst.ErrorCode)
		require.Equal(t, "its workflow is gone", inst.Message)
		require.Equal(t, ExitError, *inst.ExitCode)
		require.NotNil(t, inst.Ended)
		<-changed
		require.Zero(t, f.query(t, `SELECT COUNT(*) FROM subscriptions`))
		require.Zero(t, f.query(t, `SELECT COUNT(*) FROM tasks WHERE state = 'open'`))

		again, err := f.EndInstance(t.Context(), ana, "i", protocol.Result{Outcome: protocol.Completed})
		require.NoError(t, err)
		require.Equal(t, inst, again)
		_, err = f.EndInstance(t.Context(), ana, "j", protocol.Result{Outcome: protocol.Completed})
		require.ErrorIs(t, err, ErrNotFound)
	})
}

func TestListAudit(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, f *fixture) {
		p := f.deploy(t, "a") // by ana
		_, _, err := f.CreateInstance(t.Context(), bob, NewInstance{ID: "i", ProcessID: p.ID})
		require.NoError(t, err)
		f.project(t, "i", protocol.Effect{Actor: bob, Variables: &protocol.SetVariables{Variables: []byte(`{"x":1}`)}}, ended(protocol.Completed))
		for name, c := range map[string]struct {
			filter AuditFilter
			want   []string
		}{
			"All":      {AuditFilter{}, []string{"instance.end", "instance.variables", "instance.start", "process.deploy"}},
			"Instance": {AuditFilter{Instance: "i"}, []string{"instance.end", "instance.variables", "instance.start"}},
			"Object":   {AuditFilter{ObjectType: "process", ObjectID: p.ID}, []string{"process.deploy"}},
			"User":     {AuditFilter{User: "bob"}, []string{"instance.variables", "instance.start"}},
			"System":   {AuditFilter{User: "system"}, []string{"instance.end"}},
			"Nobody":   {AuditFilter{User: "eve"}, nil},
		} {
			t.Run(name, func(t *testing.T) {
				entries, _, err := f.ListAudit(t.Context(), c.filter, Page{})
				require.NoError(t, err)
				var actions []string
				for _, e := range entries {
					actions = append(actions, e.Action)
					require.NotEmpty(t, e.Actor.User)
					require.NotEmpty(t, e.Actor.Affiliation)
				}
				require.Equal(t, c.want, actions)
			})
		}
		entries, _, err := f.ListAudit(t.Context(), AuditFilter{User: "bob"}, Page{Limit: 1})
		require.NoError(t, err)
		require.Equal(t, bob, entries[0].Actor)
		require.JSONEq(t, `{"variables":{"x":1}}`, string(entries[0].Detail))
	})
}

func TestWatch(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, f *fixture) {
		p := f.deploy(t, "a")
		for i := range 2 {
			f.start(t, p, fmt.Sprint(i))
		}
		changed, cancel := f.Watch("0")
		defer cancel()
		same, cancelSame := f.Watch("0")
		defer cancelSame()
		other, cancelOther := f.Watch("1")
		f.project(t, "0", awaitMessage("catch#1", "paid", ""))
		select {
		case <-changed:
			t.Fatal("it has not ended")
		default:
		}
		f.project(t, "0", ended(protocol.Completed))
		<-changed
		<-same
		cancelOther()
		f.project(t, "1", ended(protocol.Completed))
		select {
		case <-other:
			t.Fatal("it was cancelled")
		default:
		}
		require.Empty(t, f.watchers.ends)
	})
}
