package repository

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/protocol"
)

func TestProject(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		p := f.deploy(t, "a")

		t.Run("EndSaysHow", func(t *testing.T) {
			for outcome, exit := range map[protocol.Outcome]int{
				protocol.Completed: ExitCompleted, protocol.Terminated: ExitStopped, protocol.Stopped: ExitStopped, protocol.Errored: ExitError,
			} {
				id := "end " + string(outcome)
				started := f.start(t, p, id)
				at := f.clock.now()
				result, err := f.Project(ctx, protocol.Batch{Instance: id, Sequence: 1, Time: at, Trace: "t", Effects: []protocol.Effect{
					{End: &protocol.End{Result: protocol.Result{Outcome: outcome, Variables: []byte(`{"out":2}`), ErrorCode: "e", Message: "m"}}},
				}})
				require.NoError(t, err)
				require.Equal(t, protocol.BatchResult{Trace: "t"}, result)
				inst, err := f.Instance(ctx, id)
				require.NoError(t, err)
				want := started
				want.State, want.ExitCode, want.Output, want.ErrorCode, want.Message = string(outcome), &exit, []byte(`{"out":2}`), "e", "m"
				want.Ended, want.Changed, want.Dispatched, want.Sequence = &at, inst.Changed, true, 1
				require.Equal(t, want, inst)
			}
		})

		t.Run("NeverEndsBeforeItStarted", func(t *testing.T) {
			// Temporal's clock may be behind ours.
			inst := f.start(t, p, "skew")
			_, err := f.Project(ctx, protocol.Batch{Instance: "skew", Sequence: 1, Time: inst.Started.Add(-time.Hour), Effects: []protocol.Effect{ended(protocol.Completed)}})
			require.NoError(t, err)
			inst, err = f.Instance(ctx, "skew")
			require.NoError(t, err)
			require.Equal(t, inst.Started, *inst.Ended)
		})

		t.Run("RegisterInsertsTheRowOnce", func(t *testing.T) {
			at := f.clock.now()
			register := protocol.Effect{Actor: bob, Register: &protocol.Register{
				Definition: p.Definition(), BusinessKey: "b", Parent: &protocol.Parent{Instance: "caller", Element: "call#1"}, Start: "begin", Time: at,
			}}
			batch := protocol.Batch{Instance: "called", Sequence: 1, Time: at, Effects: []protocol.Effect{register, {OpenTask: &protocol.OpenTask{ID: "task#1"}}}}
			for range 2 {
				_, err := f.Project(ctx, batch)
				require.NoError(t, err)
			}
			inst, err := f.Instance(ctx, "called")
			require.NoError(t, err)
			require.Equal(t, Instance{
				ID: "called", ProcessID: p.ID, Key: "a", Version: 1, ProcessName: "Name of a", BusinessKey: "b", ParentID: "caller", ParentElement: "call#1",
				StartElement: "begin", Trigger: StartedByCall, State: Running, StartedBy: bob, Started: at, Changed: inst.Changed, Dispatched: true, Sequence: 1,
			}, inst)
			require.EqualValues(t, 2, f.query(t, `SELECT COUNT(*) FROM audit WHERE instance_id = 'called'`))

			// An instance that the API created keeps its row.
			created := f.start(t, p, "created")
			_, err = f.Project(ctx, protocol.Batch{Instance: "created", Sequence: 1, Effects: []protocol.Effect{register}})
			require.NoError(t, err)
			inst, err = f.Instance(ctx, "created")
			require.NoError(t, err)
			require.Equal(t, created.Input, inst.Input)
			require.Equal(t, StartedByAPI, inst.Trigger)
		})

		t.Run("AnUnknownInstanceIsNotFound", func(t *testing.T) {
			_, err := f.Project(ctx, protocol.Batch{Instance: "unknown", Sequence: 1, Effects: []protocol.Effect{ended(protocol.Completed)}})
			require.ErrorIs(t, err, ErrNotFound)
		})

		t.Run("AnEffectThatSaysNothingChangesNothing", func(t *testing.T) {
			f.start(t, p, "empty")
			_, err := f.Project(ctx, protocol.Batch{Instance: "empty", Sequence: 1, Effects: []protocol.Effect{{OpenTask: &protocol.OpenTask{ID: "task#1"}}, {}}})
			require.ErrorContains(t, err, "effect 1 of batch 1 of instance empty")
			inst, err := f.Instance(ctx, "empty")
			require.NoError(t, err)
			require.Zero(t, inst.Sequence)
			require.Zero(t, f.query(t, `SELECT COUNT(*) FROM tasks WHERE instance_id = 'empty'`))
		})

		t.Run("AnOlderOrEqualSequenceChangesNothing", func(t *testing.T) {
			f.start(t, p, "guard")
			for sequence, opens := range map[uint64]string{7: "task#7"} {
				_, err := f.Project(ctx, protocol.Batch{Instance: "guard", Sequence: sequence, Effects: []protocol.Effect{{OpenTask: &protocol.OpenTask{ID: opens}}}})
				require.NoError(t, err)
			}
			for _, sequence := range []uint64{1, 6, 7} {
				result, err := f.Project(ctx, protocol.Batch{Instance: "guard", Sequence: sequence, Trace: "now", Effects: []protocol.Effect{
					{OpenTask: &protocol.OpenTask{ID: "late"}}, ended(protocol.Completed),
				}})
				require.NoError(t, err)
				require.Equal(t, protocol.BatchResult{Trace: "now", Stale: true, Sequence: 7}, result)
			}
			inst, err := f.Instance(ctx, "guard")
			require.NoError(t, err)
			require.Equal(t, Running, inst.State)
			require.EqualValues(t, 7, inst.Sequence)
			require.EqualValues(t, 1, f.query(t, `SELECT COUNT(*) FROM tasks WHERE instance_id = 'guard'`))
		})

		t.Run("OneBatchManyAtOnceIsAppliedOnce", func(t *testing.T) {
			f.start(t, p, "race")
			require.NoError(t, atOnce(20, func(int) error {
				_, err := f.Project(ctx, protocol.Batch{Instance: "race", Sequence: 1, Effects: []protocol.Effect{
					{Publish: &protocol.PublishMessage{ID: "of race", Name: "nobody"}}, ended(protocol.Completed),
				}})
				return err
			}))
			require.EqualValues(t, 1, f.query(t, `SELECT COUNT(*) FROM audit WHERE instance_id = 'race' AND action = 'instance.end'`))
		})

		t.Run("EndClosesEverything", func(t *testing.T) {
			f.start(t, p, "closes")
			f.start(t, p, "stays")
			everything := []protocol.Effect{
				{OpenTask: &protocol.OpenTask{ID: "task#1", CandidateUsers: []string{"ana"}}},
				awaitMessage("catch#1", "closes", ""), awaitSignal("catch#2", "closes"),
				{Raise: &protocol.RaiseIncident{ID: "pay#1"}},
			}
			f.project(t, "stays", everything...)
			f.project(t, "closes", everything...)
			f.project(t, "closes", ended(protocol.Terminated))

			for id, open := range map[string]int64{"closes": 0, "stays": 1} {
				require.Equal(t, open, f.query(t, `SELECT COUNT(*) FROM tasks WHERE state = 'open' AND instance_id = $1`, id))
				require.Equal(t, open, f.query(t, `SELECT COUNT(*) FROM incidents WHERE state = 'open' AND instance_id = $1`, id))
				require.Equal(t, 2*open, f.query(t, `SELECT COUNT(*) FROM subscriptions WHERE instance_id = $1`, id))
				inst, err := f.Instance(ctx, id)
				require.NoError(t, err)
				require.EqualValues(t, open, inst.Incidents)
			}
			task, err := f.Task(ctx, TaskID("closes", "task#1"))
			require.NoError(t, err)
			require.Equal(t, TaskCancelled, task.State)
			require.NotNil(t, task.Ended)
			incident, err := f.Incident(ctx, IncidentID("closes", "pay#1"))
			require.NoError(t, err)
			require.Equal(t, "aborted", incident.Action)
			require.NotNil(t, incident.Cleared)

			// Nothing opens any more, whatever comes late.
			f.project(t, "closes", everything...)
			require.Zero(t, f.query(t, `SELECT COUNT(*) FROM subscriptions WHERE instance_id = 'closes'`))
			require.Zero(t, f.query(t, `SELECT COUNT(*) FROM tasks WHERE state = 'open' AND instance_id = 'closes'`))
		})

		t.Run("WhatOpensAndEndsInOneBatchIsClosed", func(t *testing.T) {
			f.start(t, p, "short")
			f.project(t, "short", protocol.Effect{OpenTask: &protocol.OpenTask{ID: "task#1"}}, protocol.Effect{Raise: &protocol.RaiseIncident{ID: "pay#1"}}, ended(protocol.Completed))
			require.Zero(t, f.query(t, `SELECT COUNT(*) FROM tasks WHERE state = 'open' AND instance_id = 'short'`))
			inst, err := f.Instance(ctx, "short")
			require.NoError(t, err)
			require.Zero(t, inst.Incidents)
		})
	})
}

func TestProjectFromTwoProcesses(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, f *fixture) {
		repos := []*Repository{f.Repository, f.another(t)}
		p := f.deploy(t, "a")
		f.start(t, p, "i")
		var claims atomic.Int64
		require.NoError(t, atOnce(20, func(i int) error {
			r := repos[i%2]
			if i < 10 {
				_, err := r.Publish(t.Context(), ana, NewMessage{ID: "one message", Name: "paid", TimeToLive: time.Hour})
				return err
			}
			result, err := r.Project(t.Context(), protocol.Batch{Instance: "i", Sequence: 1, Effects: []protocol.Effect{awaitMessage("catch#1", "paid", "")}})
			claims.Add(int64(len(result.Claimed)))
			return err
		}))
		// Whoever came first: one delivery, pending or claimed. A claim is told
		// once: whoever repeats the batch is told that it is stale.
		require.EqualValues(t, 1, f.query(t, `SELECT COUNT(*) FROM deliveries`))
		claimed := f.query(t, `SELECT COUNT(*) FROM deliveries WHERE state = 'done'`)
		require.Equal(t, claimed, claims.Load())
	})
}
