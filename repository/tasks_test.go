package repository

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/protocol"
)

func TestTasks(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		p := f.deploy(t, "a")
		_, _, err := f.CreateInstance(ctx, ana, NewInstance{ID: "i", ProcessID: p.ID, BusinessKey: "case"})
		require.NoError(t, err)
		f.start(t, f.deploy(t, "b"), "j")
		due, followUp, created := f.clock.now().Add(time.Hour), f.clock.now().Add(time.Minute), f.clock.now()
		_, err = f.Project(ctx, protocol.Batch{Instance: "i", Sequence: 1, Time: created, Effects: []protocol.Effect{{OpenTask: &protocol.OpenTask{
			ID: "review#1", Element: "review", Name: "Review", Documentation: "How to", Assignee: "ana",
			CandidateUsers: []string{"bob", "bob"}, CandidateGroups: []string{"nurses", "doctors"}, Due: &due, FollowUp: &followUp,
			Priority: 7, Form: "form", Lane: "clinic", Variables: []byte(`{"x":1}`),
		}}}})
		require.NoError(t, err)
		f.project(t, "j", protocol.Effect{OpenTask: &protocol.OpenTask{ID: "review#1", Element: "review", CandidateGroups: []string{"nurses"}}},
			protocol.Effect{OpenTask: &protocol.OpenTask{ID: "sign#2", Element: "sign", Assignee: "bob"}})

		one, two, three := TaskID("i", "review#1"), TaskID("j", "review#1"), TaskID("j", "sign#2")
		want := Task{
			ID: one, Instance: "i", ElementInstance: "review#1", Element: "review", Name: "Review", Documentation: "How to",
			ProcessID: p.ID, Key: "a", BusinessKey: "case", Assignee: "ana", CandidateUsers: []string{"bob", "bob"}, CandidateGroups: []string{"nurses", "doctors"},
			Due: &due, FollowUp: &followUp, Priority: 7, Form: "form", Lane: "clinic", State: TaskOpen, Created: created, Variables: []byte(`{"x":1}`),
		}
		got, err := f.Task(ctx, one)
		require.NoError(t, err)
		require.Equal(t, want, got)
		_, err = f.Task(ctx, "unknown")
		require.ErrorIs(t, err, ErrNotFound)

		list := func(filter TaskFilter) []string {
			t.Helper()
			tasks, _, err := f.ListTasks(ctx, filter, Page{})
			require.NoError(t, err)
			ids := []string{}
			for _, task := range tasks {
				ids = append(ids, task.ID)
			}
			return ids
		}
		// The two of one batch have one time, and then the order of their ids.
		require.Equal(t, one, list(TaskFilter{})[0], "oldest first")
		require.ElementsMatch(t, []string{one, two, three}, list(TaskFilter{}))
		require.Equal(t, []string{three}, list(TaskFilter{Assignee: "bob"}))
		require.Equal(t, []string{one}, list(TaskFilter{CandidateUser: "bob"}))
		require.Equal(t, []string{one, two}, list(TaskFilter{CandidateGroup: "nurses"}))
		require.Equal(t, []string{two}, list(TaskFilter{CandidateGroup: "nurses", Instance: "j"}))
		require.Empty(t, list(TaskFilter{CandidateUser: "nurses"}))
		require.Equal(t, []string{one}, list(TaskFilter{Key: "a"}))
		require.Equal(t, []string{three}, list(TaskFilter{Element: "sign"}))
		require.Equal(t, []string{one}, list(TaskFilter{BusinessKey: "case"}))
		require.Empty(t, list(TaskFilter{State: TaskCompleted}))

		t.Run("ClosingTellsWhoAndHow", func(t *testing.T) {
			f.project(t, "i", protocol.Effect{Actor: bob, CloseTask: &protocol.CloseTask{ID: "review#1", Completed: true}})
			got, err := f.Task(ctx, one)
			require.NoError(t, err)
			require.Equal(t, TaskCompleted, got.State)
			require.Equal(t, &bob, got.CompletedBy)
			require.NotNil(t, got.Ended)
			require.Equal(t, []string{one}, list(TaskFilter{State: TaskCompleted}))
			require.NotContains(t, list(TaskFilter{}), one)

			f.project(t, "j", protocol.Effect{CloseTask: &protocol.CloseTask{ID: "sign#2"}})
			got, err = f.Task(ctx, three)
			require.NoError(t, err)
			require.Equal(t, TaskCancelled, got.State)
			require.Nil(t, got.CompletedBy)
		})

		t.Run("ClosedStaysClosed", func(t *testing.T) {
			f.project(t, "i", protocol.Effect{Actor: ana, CloseTask: &protocol.CloseTask{ID: "review#1"}})
			got, err := f.Task(ctx, one)
			require.NoError(t, err)
			require.Equal(t, TaskCompleted, got.State)
			require.Equal(t, &bob, got.CompletedBy)
		})
	})
}

func TestIncidents(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		p := f.deploy(t, "a")
		f.start(t, p, "i")
		at := f.clock.now()
		raise := protocol.Effect{Raise: &protocol.RaiseIncident{ID: "1", Element: "pay", Instance: "pay#1", Kind: "activity", Message: "refused", Attempt: 3}}
		_, err := f.Project(ctx, protocol.Batch{Instance: "i", Sequence: 1, Time: at, Effects: []protocol.Effect{
			raise, {Raise: &protocol.RaiseIncident{ID: "2", Element: "rate", Instance: "rate#2", Kind: "expression"}},
		}})
		require.NoError(t, err)
		open := func() int {
			inst, err := f.Instance(ctx, "i")
			require.NoError(t, err)
			return inst.Incidents
		}
		require.Equal(t, 2, open())
		want := Incident{
			ID: IncidentID("i", "1"), Instance: "i", IncidentID: "1", Element: "pay", ElementInstance: "pay#1", Kind: "activity", Message: "refused",
			Attempt: 3, State: IncidentOpen, Raised: at, ProcessID: p.ID, Key: "a",
		}
		got, err := f.Incident(ctx, want.ID)
		require.NoError(t, err)
		require.Equal(t, want, got)
		_, err = f.Incident(ctx, "unknown")
		require.ErrorIs(t, err, ErrNotFound)

		f.project(t, "i", protocol.Effect{Actor: bob, Clear: &protocol.ClearIncident{ID: "1", Action: "retry"}})
		require.Equal(t, 1, open())
		got, err = f.Incident(ctx, want.ID)
		require.NoError(t, err)
		require.Equal(t, IncidentResolved, got.State)
		require.Equal(t, "retry", got.Action)
		require.Equal(t, &bob, got.ClearedBy)
		require.NotNil(t, got.Cleared)

		for name, c := range map[string]struct {
			filter IncidentFilter
			want   []string
		}{
			"Open":     {IncidentFilter{}, []string{"2"}},
			"Resolved": {IncidentFilter{State: IncidentResolved}, []string{"1"}},
			"Instance": {IncidentFilter{Instance: "i"}, []string{"2"}},
			"Other":    {IncidentFilter{Instance: "j"}, nil},
			"Key":      {IncidentFilter{Key: "a"}, []string{"2"}},
			"Kind":     {IncidentFilter{Kind: "activity"}, nil},
		} {
			t.Run(name, func(t *testing.T) {
				incidents, _, err := f.ListIncidents(ctx, c.filter, Page{})
				require.NoError(t, err)
				var ids []string
				for _, i := range incidents {
					ids = append(ids, i.IncidentID)
				}
				require.Equal(t, c.want, ids)
			})
		}

		t.Run("RaisedAgainIsOpenOnce", func(t *testing.T) {
			f.project(t, "i", raise)
			f.project(t, "i", raise)
			require.Equal(t, 2, open())
			got, err := f.Incident(ctx, want.ID)
			require.NoError(t, err)
			require.Equal(t, want, got)
		})

		t.Run("ClearedTwiceCountsOnce", func(t *testing.T) {
			for range 2 {
				f.project(t, "i", protocol.Effect{Clear: &protocol.ClearIncident{ID: "2", Action: "skip"}})
			}
			require.Equal(t, 1, open())
			got, err := f.Incident(ctx, IncidentID("i", "2"))
			require.NoError(t, err)
			require.Equal(t, &protocol.SystemActor, got.ClearedBy)
		})
	})
}
