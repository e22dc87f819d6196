package e2e

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	temporal "go.temporal.io/sdk/client"
	"golang.org/x/sync/errgroup"
	_ "modernc.org/sqlite" // the driver of the file that aged changes

	"github.com/perdure/perdure/protocol"
	"github.com/perdure/perdure/repository"
)

// An instance that waits for a person, for a timer and for a service goes on
// after kill -9 as if nothing had happened.
func TestKillInTheMiddleOfAnInstance(t *testing.T) {
	t.Parallel()
	p := dev(t, t.TempDir())
	p.deploy(t, "kept.bpmn")
	services := newService(t)
	let := services.holding("slow")
	in := p.start(t, "kept", object{"service": services.url})
	task := p.awaitTask(t, in.ID)
	await(t, "the slow call", func() bool { return len(services.seen()) == 1 })

	p.restart(t)
	require.Equal(t, "running", p.instance(t, in.ID).State)
	require.Equal(t, task.ID, p.awaitTask(t, in.ID).ID)
	p.complete(t, task.ID, object{"by": "ada"}).want(t, http.StatusOK)
	await(t, "the slow call is made again", func() bool { return len(services.keys(in.ID)["slow"]) == 1 && count(services, "slow") == 2 })
	let()
	ended := p.awaitEnd(t, in.ID)
	require.Equal(t, "completed", ended.State)
	require.Equal(t, "ada", ended.Output["by"])
	require.InDelta(t, 200, ended.Output["slowStatus"], 0)
	require.InDelta(t, 200, ended.Output["afterStatus"], 0)
	require.Empty(t, p.tasks(t, in.ID))

	keys := services.keys(in.ID)
	require.Len(t, keys["slow"], 1)
	require.Len(t, keys["after"], 1)
	require.NotEqual(t, keys["slow"], keys["after"])
	require.Equal(t, 1, count(services, "after"))
	// Every call is an attempt that Temporal has recorded.
	require.Equal(t, len(services.seen()), attempts(t, p.client, in.ID))
}

// count counts the calls of a step.
func count(s *service, step string) (n int) {
	for _, c := range s.seen() {
		if c.step == step {
			n++
		}
	}
	return n
}

// attempts sums the attempts at activities in an instance's history, those of
// the platform itself left out.
func attempts(t testing.TB, c client, instance string) (sum int) {
	t.Helper()
	ours := map[string]bool{}
	for _, e := range history(t, c, instance) {
		if a := e.ActivityTaskScheduledEventAttributes; a != nil {
			ours[e.EventID] = a.ActivityType.Name == "http"
		}
		if a := e.ActivityTaskStartedEventAttributes; a != nil && ours[a.ScheduledEventID] {
			sum += a.Attempt
		}
	}
	return sum
}

// Sixty instances come through several kills at moments nobody has chosen. The
// clients repeat a start that had no answer, with its Idempotency-Key.
func TestNothingIsLostOrDoubledByKills(t *testing.T) {
	t.Parallel()
	const instances, kills = 60, 4
	p := dev(t, t.TempDir())
	p.deploy(t, "errand.bpmn")
	services := newService(t)

	ids := make([]string, instances)
	var clients errgroup.Group
	clients.SetLimit(4)
	deadline := time.Now().Add(patience)
	begun := make(chan struct{})
	go func() {
		defer close(begun)
		for n := range instances {
			clients.Go(func() error {
				a, err := insist(p.client, deadline, "/api/v1/instances", "errand-"+strconv.Itoa(n),
					object{"process": "errand", "variables": object{"n": n, "service": services.url}})
				if err != nil {
					return err
				}
				var in instance
				err = json.Unmarshal(a.body, &in)
				ids[n] = in.ID
				return err
			})
		}
	}()
	// Each kill comes after some more calls, so somewhere in the work.
	for k := range kills {
		calls := len(services.seen()) + 1 + rand.IntN(2*instances/kills/2)
		await(t, fmt.Sprintf("%d calls before kill %d", calls, k+1), func() bool { return len(services.seen()) >= calls })
		p.restart(t)
	}
	<-begun
	require.NoError(t, clients.Wait())

	listed := listAll[instance](t, p.client, "/api/v1/instances", nil)
	require.Len(t, listed, instances)
	seen := map[string]bool{}
	for n, id := range ids {
		require.False(t, seen[id])
		seen[id] = true
		ended := p.awaitEnd(t, id)
		require.Equal(t, "completed", ended.State)
		require.InDelta(t, n, ended.Output["there"], 0)
		require.InDelta(t, n, ended.Output["sum"], 0)
		require.InDelta(t, n+1, ended.Output["back"], 0)
	}
	owner := map[string]string{}
	for _, id := range ids {
		keys := services.keys(id)
		require.Len(t, keys, 2)
		for step, of := range keys {
			require.Len(t, of, 1, "%s of %s has one key", step, id)
			require.Empty(t, owner[of[0]], "no two steps share a key")
			owner[of[0]] = id + step
		}
	}
	require.Len(t, owner, 2*instances)
}

// insist sends a POST with an Idempotency-Key until it is answered as a success.
func insist(c client, deadline time.Time, path, key string, body object) (a answer, err error) {
	for time.Now().Before(deadline) {
		a, err = c.try(http.MethodPost, path, body, "Idempotency-Key", key)
		switch {
		case err != nil:
		case a.status < http.StatusMultipleChoices:
			return a, nil
		default:
			err = fmt.Errorf("status %d: %s", a.status, a.body)
			if a.status != http.StatusServiceUnavailable {
				return a, err
			}
		}
		<-time.After(20 * time.Millisecond)
	}
	return a, err
}

// Messages and completions of tasks that a kill interrupts take effect once,
// when their sender repeats them.
func TestEventsSurviveKills(t *testing.T) {
	t.Parallel()
	const instances = 20
	p := dev(t, t.TempDir())
	p.deploy(t, "late.bpmn")
	var waiting []instance
	for n := range instances {
		waiting = append(waiting, p.start(t, "late", object{"order": n}))
	}
	deadline := time.Now().Add(patience)
	var clients errgroup.Group
	clients.SetLimit(8)
	var done atomic.Int64
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for n, in := range waiting {
			key := strconv.Itoa(n)
			clients.Go(func() error {
				_, err := insist(p.client, deadline, "/api/v1/messages", "message-"+key, object{
					"name": "late-answer", "correlationKey": key, "messageId": "late-" + key, "timeToLive": "PT1H", "variables": object{"text": "answer " + key},
				})
				done.Add(1)
				return err
			})
			clients.Go(func() error {
				id := repository.TaskID(in.ID, "first#1")
				_, err := insist(p.client, deadline, "/api/v1/tasks/"+id+"/complete", "task-"+key, object{"variables": object{"by": "client " + key}})
				done.Add(1)
				return err
			})
		}
	}()
	for range 2 {
		begun := done.Load() + 1 + rand.Int64N(instances/2)
		await(t, "some answers", func() bool { return done.Load() >= begun })
		p.restart(t)
	}
	<-sent
	require.NoError(t, clients.Wait())
	for n, in := range waiting {
		ended := p.awaitEnd(t, in.ID)
		require.Equal(t, "completed", ended.State)
		require.Equal(t, "answer "+strconv.Itoa(n), ended.Output["said"])
		require.Equal(t, "client "+strconv.Itoa(n), ended.Output["by"])
	}
	require.Empty(t, listAll[task](t, p.client, "/api/v1/tasks", nil))
	require.Empty(t, listAll[incident](t, p.client, "/api/v1/incidents", nil))
}

// TestCrashWindows makes what is left behind by a crash between the two stores,
// and lets the platform find it.
func TestCrashWindows(t *testing.T) {
	t.Parallel()
	data, frontend := t.TempDir(), freeAddress(t)
	p := dev(t, data, "--temporal-port", port(t, frontend))
	process := p.deploy(t, "one_task.bpmn")
	review := p.deploy(t, "review.bpmn")
	services := newService(t)
	input := object{"service": services.url, "n": 5}

	started := p.start(t, process, input)
	require.Equal(t, "completed", p.awaitEnd(t, started.ID).State)
	waiting := p.start(t, review, object{"subject": "x"})
	p.awaitTask(t, waiting.ID)
	ghost := p.start(t, review, object{"subject": "x"})
	p.awaitTask(t, ghost.ID)
	stopping := p.start(t, review, object{"subject": "x"})
	p.awaitTask(t, stopping.ID)
	terminated := p.start(t, review, object{"subject": "x"})
	p.awaitTask(t, terminated.ID)
	c, err := temporal.Dial(temporal.Options{HostPort: frontend})
	require.NoError(t, err)
	require.NoError(t, c.TerminateWorkflow(t.Context(), terminated.ID, "", "by hand"))
	c.Close()
	p.kill(t)

	repo := openRepository(t, data)
	create := func(id string) {
		variables, err := json.Marshal(input)
		require.NoError(t, err)
		_, existed, err := repo.CreateInstance(t.Context(), protocol.Actor{User: "ada"}, repository.NewInstance{ID: id, ProcessID: process, Variables: variables})
		require.NoError(t, err)
		require.False(t, existed)
	}
	create("committed") // and no more
	create("forgotten") // and marked, yet Temporal has lost it
	require.NoError(t, repo.MarkDispatched(t.Context(), "forgotten"))
	_, err = repo.RequestStop(t.Context(), protocol.Actor{User: "ada"}, stopping.ID, "crash")
	require.NoError(t, err)
	require.NoError(t, repo.Close())
	change(t, data, `UPDATE instances SET dispatched = FALSE, dispatch_due = 0 WHERE id = ?`, waiting.ID)
	change(t, data, `UPDATE instances SET id = 'vanished' WHERE id = ?`, ghost.ID)
	for _, id := range []string{"forgotten", "vanished", terminated.ID} {
		// The platform keeps its hands off what has just changed.
		change(t, data, `UPDATE instances SET dispatched = TRUE, started = started - 300000000, changed = changed - 300000000 WHERE id = ?`, id)
	}
	p.launch(t)
	p.awaitReady(t)

	t.Run("CommittedStartIsCarriedOut", func(t *testing.T) {
		require.Equal(t, "completed", p.awaitEnd(t, "committed").State)
		require.Len(t, services.keys("committed")["work"], 1)
	})
	t.Run("StartThatWasNotMarkedIsNotDoubled", func(t *testing.T) {
		await(t, "the start is marked", func() bool {
			repo := openRepository(t, data)
			defer func() { require.NoError(t, repo.Close()) }()
			in, err := repo.Instance(t.Context(), waiting.ID)
			require.NoError(t, err)
			return in.Dispatched
		})
		first := p.awaitTask(t, waiting.ID)
		p.complete(t, first.ID, nil).want(t, http.StatusOK)
		p.complete(t, p.awaitTask(t, waiting.ID).ID, nil).want(t, http.StatusOK)
		require.Equal(t, "completed", p.instance(t, waiting.ID).State)
	})
	t.Run("RecordedStopIsCarriedOut", func(t *testing.T) {
		require.Equal(t, "stopped", p.awaitEnd(t, stopping.ID).State)
	})
	t.Run("StartWithoutAWorkflowIsMadeUpFor", func(t *testing.T) {
		require.Equal(t, "completed", p.awaitEnd(t, "forgotten").State)
		require.Len(t, services.keys("forgotten")["work"], 1)
	})
	t.Run("InstanceThatTemporalHasLostIsReported", func(t *testing.T) {
		lost := p.awaitEnd(t, "vanished")
		require.Equal(t, "error", lost.State)
		require.NotEmpty(t, lost.Message)
	})
	t.Run("InstanceThatWasTerminatedInTemporalIsFinished", func(t *testing.T) {
		ended := p.awaitEnd(t, terminated.ID)
		require.Equal(t, "stopped", ended.State)
		require.Empty(t, p.tasks(t, terminated.ID))
	})
	for _, c := range services.seen() {
		require.Contains(t, []string{started.ID, "committed", "forgotten"}, c.instance)
	}
	require.Len(t, services.seen(), 3)
}

func openRepository(t testing.TB, data string) *repository.Repository {
	t.Helper()
	repo, err := repository.Open(t.Context(), "sqlite:"+filepath.Join(data, "perdure.db"), repository.Options{Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	return repo
}

// change makes a change to one row that the repository itself would not make.
func change(t testing.TB, data, statement string, arguments ...any) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(data, "perdure.db"))
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	result, err := db.ExecContext(t.Context(), statement, arguments...)
	require.NoError(t, err)
	changed, err := result.RowsAffected()
	require.NoError(t, err)
	require.EqualValues(t, 1, changed)
}
