package e2e

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

// pollTrap is less than the 20 s that Temporal lets a caller wait who has just
// missed the end of a workflow.
const pollTrap = 5 * time.Second

func TestSynchronousStart(t *testing.T) {
	t.Parallel()
	p := platform(t)
	p.deploy(t, "one_task.bpmn")
	services := newService(t)

	t.Run("AnswersTheOutput", func(t *testing.T) {
		a := p.post(t, "/processes/one-task/start", object{
			"processStartedBy": "ada", "InstanceValues": object{"n": 7, "service": services.url},
		}, "Prefer", "wait=30")
		got := a.want(t, http.StatusCreated).object(t)
		require.Equal(t, "wait=30", a.header.Get("Preference-Applied"))
		require.Equal(t, true, got["ended"])
		require.Equal(t, "completed", got["state"])
		require.InDelta(t, 7, got["variables"].(object)["echo"], 0)
		require.Equal(t, "/instances/"+got["id"].(string), a.header.Get("Location"))
	})

	t.Run("NoneOfManyWaitsOutAPoll", func(t *testing.T) {
		for n := range 200 {
			begun := time.Now()
			in := p.run(t, "one-task", object{"n": n, "service": services.url})
			require.Less(t, time.Since(begun), pollTrap)
			require.Equal(t, "completed", in.State)
			require.InDelta(t, n, in.Output["echo"], 0)
		}
	})

	t.Run("AnswersRunningWhenTimeIsUp", func(t *testing.T) {
		p.deploy(t, "review.bpmn")
		a := p.post(t, "/processes/review/start", object{"processStartedBy": "ada", "InstanceValues": object{"subject": "x"}}, "Prefer", "wait=1")
		require.Equal(t, "running", a.want(t, http.StatusAccepted).object(t)["state"])
	})

	t.Run("RespondAsyncAnswersAtOnce", func(t *testing.T) {
		let := services.holding("work")
		a := p.post(t, "/processes/one-task/start", object{
			"processStartedBy": "ada", "InstanceValues": object{"n": 1, "service": services.url},
		}, "Prefer", "respond-async")
		got := a.want(t, http.StatusAccepted).object(t)
		require.Equal(t, "respond-async", a.header.Get("Preference-Applied"))
		require.Equal(t, "running", got["state"])
		shown := p.get(t, a.header.Get("Location")).want(t, http.StatusOK).object(t)
		require.Equal(t, got["id"], shown["id"])
		let()
		require.Equal(t, "completed", p.awaitEnd(t, got["id"].(string)).State)
	})
}

func TestIdempotentStart(t *testing.T) {
	t.Parallel()
	p := dev(t, t.TempDir())
	process := p.deploy(t, "script.bpmn")
	body := object{"processStartedBy": "ada", "InstanceValues": object{"n": 21}}
	start := func(n int) answer {
		return p.post(t, "/processes/"+process+"/start", object{"processStartedBy": "ada", "InstanceValues": object{"n": n}},
			"Idempotency-Key", `"order-1"`, "Prefer", "wait=30")
	}

	answers := make([]answer, 5)
	var clients errgroup.Group
	for i := range answers {
		clients.Go(func() (err error) {
			answers[i], err = newClient(p.url).try(http.MethodPost, "/processes/"+process+"/start", body,
				"Idempotency-Key", `"order-1"`, "Prefer", "wait=30")
			return err
		})
	}
	require.NoError(t, clients.Wait())
	for _, a := range answers {
		a.want(t, http.StatusCreated)
		require.Equal(t, string(answers[0].body), string(a.body))
		require.Equal(t, answers[0].header.Get("Location"), a.header.Get("Location"))
	}
	require.Len(t, listAll[instance](t, p.client, "/api/v1/instances", nil), 1)

	start(22).problem(t, http.StatusUnprocessableEntity, "idempotency-key-reused")

	p.restart(t)
	again := start(21).want(t, http.StatusCreated)
	require.Equal(t, string(answers[0].body), string(again.body))
	require.Equal(t, "true", again.header.Get("Idempotency-Replayed"))
	require.Len(t, listAll[instance](t, p.client, "/api/v1/instances", nil), 1)
}

// What a request has changed, the lists show to the request after it.
func TestListsAreReadYourWrites(t *testing.T) {
	t.Parallel()
	p := platform(t)
	process := p.deploy(t, "review.bpmn")
	const rounds = 50

	t.Run("StartAndStop", func(t *testing.T) {
		t.Parallel()
		for i := range rounds {
			key := "read-your-writes-" + strconv.Itoa(i)
			var in instance
			p.post(t, "/api/v1/instances", object{"process": process, "businessKey": key, "variables": object{"subject": "x"}}).
				want(t, http.StatusCreated).into(t, &in)
			listed := func() instance {
				list := listAll[instance](t, p.client, "/api/v1/instances", url.Values{"businessKey": {key}})
				require.Len(t, list, 1)
				require.Equal(t, in.ID, list[0].ID)
				return list[0]
			}
			require.Equal(t, "running", listed().State)
			p.post(t, "/api/v1/instances/"+in.ID+"/stop", nil).want(t, http.StatusOK)
			require.Equal(t, "stopped", listed().State)
			require.Empty(t, p.tasks(t, in.ID))
		}
	})

	t.Run("TaskCompletion", func(t *testing.T) {
		t.Parallel()
		for i := range rounds {
			in := p.start(t, process, object{"subject": i})
			first := p.awaitTask(t, in.ID)
			require.Equal(t, "first", first.Element)
			p.complete(t, first.ID, nil).want(t, http.StatusOK)
			open := p.tasks(t, in.ID)
			require.Len(t, open, 1)
			require.Equal(t, "second", open[0].Element)
			p.complete(t, open[0].ID, nil).want(t, http.StatusOK)
			require.Empty(t, p.tasks(t, in.ID))
			require.Equal(t, "completed", p.instance(t, in.ID).State)
		}
	})
}
