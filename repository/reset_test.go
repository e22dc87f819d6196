package repository

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/protocol"
)

// A workflow task that projected and was lost with its process leaves rows that
// the instance does not know of. The next batch of the instance is stale, and
// the reset that follows makes everything agree again.
func TestReset(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, f *fixture) {
		p := f.deploy(t, "a")
		at := f.clock.now()
		project := func(t *testing.T, instance string, sequence uint64, effects ...protocol.Effect) protocol.BatchResult {
			t.Helper()
			result, err := f.Project(t.Context(), protocol.Batch{Instance: instance, Sequence: sequence, Time: at, Effects: effects})
			require.NoError(t, err)
			return result
		}
		publish := func(t *testing.T, m NewMessage) {
			t.Helper()
			_, err := f.Publish(t.Context(), ana, m)
			require.NoError(t, err)
		}
		open := func(id string) protocol.Effect { return protocol.Effect{OpenTask: &protocol.OpenTask{ID: id}} }
		done := func(id string) protocol.Effect {
			return protocol.Effect{CloseTask: &protocol.CloseTask{ID: id, Completed: true}}
		}
		resets := func(r protocol.Reset) protocol.Effect { return protocol.Effect{Reset: &r} }

		t.Run("TasksAreOpenedAndClosedAgain", func(t *testing.T) {
			f.start(t, p, "tasks")
			project(t, "tasks", 1, open("first#1"))
			project(t, "tasks", 2, done("first#1"), open("ghost#2")) // lost
			require.True(t, project(t, "tasks", 2, open("other#2")).Stale)
			project(t, "tasks", 3, open("other#2"), resets(protocol.Reset{Since: 1, Tasks: []string{"first#1", "other#2"}}))

			for id, state := range map[string]string{"first#1": TaskOpen, "other#2": TaskOpen, "ghost#2": TaskCancelled} {
				task, err := f.Task(t.Context(), TaskID("tasks", id))
				require.NoError(t, err)
				require.Equal(t, state, task.State, id)
				require.Equal(t, state == TaskOpen, task.Ended == nil, id)
				require.Nil(t, task.CompletedBy, id)
			}
		})

		t.Run("AnEndIsTakenBack", func(t *testing.T) {
			f.start(t, p, "end")
			project(t, "end", 1, open("first#1"))
			project(t, "end", 2, done("first#1"), ended(protocol.Completed)) // lost
			answer := project(t, "end", 2, open("more#2"))
			require.Equal(t, protocol.BatchResult{Stale: true, Sequence: 2}, answer)
			project(t, "end", 3, resets(protocol.Reset{Since: 1, Tasks: []string{"first#1"}}))

			inst, err := f.Instance(t.Context(), "end")
			require.NoError(t, err)
			require.Equal(t, Running, inst.State)
			require.Nil(t, inst.Ended)
			require.Nil(t, inst.ExitCode)
			require.Empty(t, inst.Output)
		})

		t.Run("AnEndStays", func(t *testing.T) {
			f.start(t, p, "same")
			project(t, "same", 1, ended(protocol.Completed)) // lost, and done again
			require.True(t, project(t, "same", 1, ended(protocol.Completed)).Stale)
			project(t, "same", 2, resets(protocol.Reset{}), ended(protocol.Completed))
			inst, err := f.Instance(t.Context(), "same")
			require.NoError(t, err)
			require.Equal(t, string(protocol.Completed), inst.State)
		})

		t.Run("IncidentsAreCounted", func(t *testing.T) {
			f.start(t, p, "incidents")
			raise := protocol.RaiseIncident{ID: "!1", Element: "pay", Instance: "pay#1", Kind: "activity", Message: "away"}
			project(t, "incidents", 1, protocol.Effect{Raise: &raise})
			project(t, "incidents", 2, protocol.Effect{Clear: &protocol.ClearIncident{ID: "!1", Action: "retry"}}) // lost
			project(t, "incidents", 3, resets(protocol.Reset{Since: 1, Incidents: []protocol.RaiseIncident{raise}}))
			inst, err := f.Instance(t.Context(), "incidents")
			require.NoError(t, err)
			require.Equal(t, 1, inst.Incidents)
		})

		t.Run("AClaimIsToldAgain", func(t *testing.T) {
			f.start(t, p, "claim")
			publish(t, NewMessage{ID: "claimed", Name: "paid", Key: "1", TimeToLive: time.Hour})
			wait := awaitMessage("catch#1", "paid", "1")
			require.Len(t, project(t, "claim", 1, wait).Claimed, 1) // lost
			require.True(t, project(t, "claim", 1, wait).Stale)
			again := project(t, "claim", 2, wait, resets(protocol.Reset{Subscriptions: []protocol.Subscribe{*wait.Subscribe}}))
			require.Len(t, again.Claimed, 1)
			require.Equal(t, "claimed", again.Claimed[0].MessageID)
		})

		t.Run("AClaimIsGivenBack", func(t *testing.T) {
			f.start(t, p, "vain")
			publish(t, NewMessage{ID: "vain", Name: "paid", Key: "2", TimeToLive: time.Hour})
			require.Len(t, project(t, "vain", 1, awaitMessage("catch#1", "paid", "2")).Claimed, 1) // lost
			project(t, "vain", 2, resets(protocol.Reset{}))
			f.start(t, p, "next")
			require.Len(t, project(t, "next", 1, awaitMessage("catch#1", "paid", "2")).Claimed, 1)
		})

		t.Run("ASubscriptionThatWasRefusedIsOpenAgain", func(t *testing.T) {
			f.start(t, p, "refused")
			wait := awaitMessage("catch#1", "paid", "3")
			project(t, "refused", 1, wait) // lost
			publication, err := f.Publish(t.Context(), ana, NewMessage{ID: "early", Name: "paid", Key: "3", TimeToLive: time.Hour})
			require.NoError(t, err)
			require.Len(t, publication.Deliveries, 1)
			_, err = f.DeliveryRefused(t.Context(), publication.Deliveries[0].ID)
			require.NoError(t, err)
			require.True(t, project(t, "refused", 1, wait).Stale)
			again := project(t, "refused", 2, wait, resets(protocol.Reset{Subscriptions: []protocol.Subscribe{*wait.Subscribe}}))
			require.Len(t, again.Claimed, 1, "the message has waited")
		})
	})
}
