package e2e

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUserTasks(t *testing.T) {
	t.Parallel()
	p := platform(t)
	process := p.deploy(t, "review.bpmn")

	t.Run("ListShowComplete", func(t *testing.T) {
		t.Parallel()
		in := p.start(t, process, object{"subject": "a contract", "reviewer": "grace"})
		first := p.awaitTask(t, in.ID)
		require.Equal(t, "Review", first.Name)
		require.Equal(t, "grace", first.Assignee)
		require.Equal(t, []string{"reviewers"}, first.CandidateGroups)
		require.Equal(t, object{"subject": "a contract"}, first.Variables)
		require.Len(t, listAll[task](t, p.client, "/api/v1/tasks", url.Values{"assignee": {"grace"}, "candidateGroup": {"reviewers"}, "instance": {in.ID}}), 1)
		require.Empty(t, listAll[task](t, p.client, "/api/v1/tasks", url.Values{"assignee": {"nobody"}}))

		var done task
		p.complete(t, first.ID, object{"approved": true}).want(t, http.StatusOK).into(t, &done)
		require.Equal(t, "completed", done.State)
		require.NotNil(t, done.Ended)
		require.NotNil(t, done.CompletedBy)

		p.complete(t, p.awaitTask(t, in.ID).ID, nil).want(t, http.StatusOK)
		ended := p.instance(t, in.ID)
		require.Equal(t, "completed", ended.State)
		require.Equal(t, true, ended.Output["approved"])
	})

	t.Run("SecondCompletionLearnsWhoAndWhen", func(t *testing.T) {
		t.Parallel()
		in := p.start(t, process, object{"subject": "x"})
		first := p.awaitTask(t, in.ID)
		var done task
		p.complete(t, first.ID, nil).want(t, http.StatusOK).into(t, &done)
		refused := p.complete(t, first.ID, nil).problem(t, http.StatusConflict, "task-closed")
		require.Contains(t, refused.Detail, done.CompletedBy.User)
		require.Contains(t, refused.Detail, done.Ended.UTC().Format("2006-01-02T15:04:05"))
	})

	t.Run("OneOfSeveralSucceeds", func(t *testing.T) {
		t.Parallel()
		in := p.start(t, process, object{"subject": "x"})
		first := p.awaitTask(t, in.ID)
		statuses := make(chan int)
		for range 5 {
			go func() {
				a, err := p.try(http.MethodPost, "/api/v1/tasks/"+first.ID+"/complete", object{})
				if err != nil {
					a.status = 0
				}
				statuses <- a.status
			}()
		}
		count := map[int]int{}
		for range 5 {
			count[<-statuses]++
		}
		require.Equal(t, map[int]int{http.StatusOK: 1, http.StatusConflict: 4}, count)
	})

	t.Run("NotAfterStop", func(t *testing.T) {
		t.Parallel()
		in := p.start(t, process, object{"subject": "x"})
		first := p.awaitTask(t, in.ID)
		p.post(t, "/api/v1/instances/"+in.ID+"/stop", object{"reason": "ordered twice"}).want(t, http.StatusOK)
		p.complete(t, first.ID, nil).problem(t, http.StatusConflict, "task-closed")
		var closed task
		p.get(t, "/api/v1/tasks/"+first.ID).want(t, http.StatusOK).into(t, &closed)
		require.Equal(t, "cancelled", closed.State)
	})
}

func TestIncidents(t *testing.T) {
	t.Parallel()
	p := platform(t)
	process := p.deploy(t, "fragile.bpmn")
	services := newService(t)
	services.refusing("broken", http.StatusGone)

	broken := func(t *testing.T) (instance, incident) {
		t.Helper()
		in := p.start(t, process, object{"service": services.url, "step": "broken"})
		i := p.awaitIncident(t, in.ID)
		require.Equal(t, "fetch", i.Element)
		require.Contains(t, i.Message, "410")
		require.Equal(t, 1, p.instance(t, in.ID).Incidents)
		return in, i
	}
	resolve := func(t *testing.T, i incident, body object) {
		t.Helper()
		var resolved incident
		p.post(t, "/api/v1/incidents/"+i.ID+"/resolve", body).want(t, http.StatusOK).into(t, &resolved)
		require.Equal(t, "resolved", resolved.State)
		require.Equal(t, body["action"], resolved.Action)
	}

	t.Run("RetryWithOtherVariables", func(t *testing.T) {
		t.Parallel()
		in, i := broken(t)
		p.post(t, "/api/v1/incidents/"+i.ID+"/retry", object{"variables": object{"step": "whole"}}).want(t, http.StatusOK)
		ended := p.awaitEnd(t, in.ID)
		require.Equal(t, "completed", ended.State)
		require.Equal(t, 0, ended.Incidents)
		require.InDelta(t, 200, ended.Output["noted"], 0)
		p.post(t, "/api/v1/incidents/"+i.ID+"/retry", nil).problem(t, http.StatusConflict, "not-open")
	})

	t.Run("RetryInVainRaisesItAgain", func(t *testing.T) {
		t.Parallel()
		in, i := broken(t)
		p.post(t, "/api/v1/incidents/"+i.ID+"/retry", nil).want(t, http.StatusOK)
		require.NotEqual(t, i.ID, p.awaitIncident(t, in.ID).ID)
	})

	t.Run("Complete", func(t *testing.T) {
		t.Parallel()
		in, i := broken(t)
		resolve(t, i, object{"action": "complete", "variables": object{"status": 299}})
		require.InDelta(t, 299, p.awaitEnd(t, in.ID).Output["noted"], 0)
	})

	t.Run("Throw", func(t *testing.T) {
		t.Parallel()
		in, i := broken(t)
		resolve(t, i, object{"action": "throw", "errorCode": "out-of-stock"})
		ended := p.awaitEnd(t, in.ID)
		require.Equal(t, "completed", ended.State)
		require.InDelta(t, 0, ended.Output["stock"], 0)
	})

	t.Run("Skip", func(t *testing.T) {
		t.Parallel()
		in, i := broken(t)
		resolve(t, i, object{"action": "skip"})
		require.InDelta(t, 0, p.awaitEnd(t, in.ID).Output["noted"], 0)
	})

	t.Run("StopClosesIt", func(t *testing.T) {
		t.Parallel()
		in, i := broken(t)
		p.post(t, "/api/v1/instances/"+in.ID+"/stop", nil).want(t, http.StatusOK)
		p.post(t, "/api/v1/incidents/"+i.ID+"/retry", nil).problem(t, http.StatusConflict, "not-open")
		require.Equal(t, 0, p.instance(t, in.ID).Incidents)
	})

	t.Run("ThrowNeedsACode", func(t *testing.T) {
		t.Parallel()
		_, i := broken(t)
		refused := p.post(t, "/api/v1/incidents/"+i.ID+"/resolve", object{"action": "throw"}).problem(t, http.StatusBadRequest, "body-invalid")
		require.Equal(t, "/errorCode", refused.Errors[0].Pointer)
	})
}

func TestInstanceViews(t *testing.T) {
	t.Parallel()
	p := platform(t)
	process := p.deploy(t, "review.bpmn")
	in := p.start(t, process, object{"subject": "a contract"})
	first := p.awaitTask(t, in.ID)

	t.Run("StateSaysWhereItWaits", func(t *testing.T) {
		s := p.state(t, in.ID)
		require.Len(t, s.Tokens, 1)
		require.Equal(t, "first", s.Tokens[0].Element)
		require.Equal(t, "Review", s.Tokens[0].Name)
		require.Equal(t, "task", s.Tokens[0].Waiting)
		require.Equal(t, object{"subject": "a contract"}, s.Variables)
	})

	t.Run("VariablesCanBeSet", func(t *testing.T) {
		path := "/api/v1/instances/" + in.ID + "/variables"
		want := object{"subject": "another", "digits": "kept"}
		got := p.call(t, http.MethodPatch, path, object{"variables": want}).want(t, http.StatusOK).object(t)
		require.Equal(t, want, got)
		p.call(t, http.MethodPatch, path, `{"variables": {"big": 12345678901234567890.10}}`).want(t, http.StatusOK)
		require.Contains(t, string(p.get(t, path).want(t, http.StatusOK).body), `12345678901234567890.1`)
	})

	t.Run("HistoryAndLogOutliveTheEnd", func(t *testing.T) {
		p.complete(t, first.ID, nil).want(t, http.StatusOK)
		p.complete(t, p.awaitTask(t, in.ID).ID, nil).want(t, http.StatusOK)
		steps := listAll[step](t, p.client, "/api/v1/instances/"+in.ID+"/history", nil)
		require.NotEmpty(t, steps)
		require.Equal(t, "enter", steps[0].Verb)
		require.Equal(t, "start", steps[0].Element)
		left := map[string]bool{}
		for _, s := range steps {
			if s.Verb == "leave" {
				left[s.Element] = true
			}
		}
		require.Equal(t, map[string]bool{"start": true, "first": true, "second": true, "end": true}, left)

		shown := p.get(t, "/instances/"+in.ID).want(t, http.StatusOK).object(t)
		sources := map[string]int{}
		for _, line := range shown["log"].([]any) {
			sources[line.(object)["source"].(string)]++
		}
		require.Positive(t, sources["instance"])
		require.Positive(t, sources["audit"])
		require.Empty(t, p.state(t, in.ID).Tokens)
		require.Equal(t, "another", p.get(t, "/api/v1/instances/"+in.ID+"/variables").want(t, http.StatusOK).object(t)["subject"])
	})

	t.Run("NothingMoreAfterTheEnd", func(t *testing.T) {
		p.call(t, http.MethodPatch, "/api/v1/instances/"+in.ID+"/variables", object{"variables": object{"x": 1}}).
			problem(t, http.StatusConflict, "instance-ended")
		p.post(t, "/api/v1/instances/"+in.ID+"/stop", nil).problem(t, http.StatusConflict, "instance-ended")
	})
}
