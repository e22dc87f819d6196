package api_test

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/apitest"
	"github.com/perdure/perdure/protocol"
)

func TestCompleteATask(t *testing.T) {
	t.Parallel()
	p := apitest.NewPlatform(t)
	p.Deploy(t, apitest.Order)
	instance := start(t, p.API, `{"processStartedBy":"Ada","businessKey":"o-1"}`)
	id := taskOf(t, p.API, instance)

	var task api.Task
	p.Get(t, "/api/v1/tasks/"+id).Want(t, 200).Into(t, &task)
	require.Equal(t, "Check the order", task.Name)
	require.Equal(t, "order", task.ProcessKey)
	require.Equal(t, "o-1", task.BusinessKey)
	require.Equal(t, "open", task.State)

	p.Post(t, "/api/v1/tasks/"+id+"/complete", `{"variables":{"approved":true,"sum":0.10}}`).Want(t, 200).Into(t, &task)
	require.Equal(t, "completed", task.State)
	require.Equal(t, "developer", task.CompletedBy.User)
	require.Contains(t, string(p.Get(t, "/api/v1/tasks?instance="+instance).Body), `"items":[]`, "complete, then list")

	in := p.Get(t, "/api/v1/instances/"+instance).Want(t, 200)
	require.Contains(t, string(in.Body), `"output":{"approved":true,"sum":0.10}`)
	require.JSONEq(t, `{"approved":true,"sum":0.10}`, string(p.Get(t, "/api/v1/instances/"+instance+"/variables").Want(t, 200).Body))
	state := p.Get(t, "/api/v1/instances/"+instance+"/state").Want(t, 200).Object(t)
	require.Equal(t, []any{}, state["tokens"], "it stands nowhere any more")

	problem := p.Post(t, "/api/v1/tasks/"+id+"/complete", `{}`).Problem(t, 409, "task-closed")
	require.Contains(t, problem.Detail, "completed at ")
	require.Contains(t, problem.Detail, "by developer")
}

func TestATaskIsCompletedOnce(t *testing.T) {
	t.Parallel()
	p := apitest.NewPlatform(t)
	p.Deploy(t, apitest.Order)
	id := taskOf(t, p.API, start(t, p.API, `{"processStartedBy":"Ada"}`))
	var completed, refused atomic.Int64
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			switch p.Post(t, "/api/v1/tasks/"+id+"/complete", nil).Status {
			case 200:
				completed.Add(1)
			case 409:
				refused.Add(1)
			}
		})
	}
	group.Wait()
	require.EqualValues(t, 1, completed.Load())
	require.EqualValues(t, 19, refused.Load())
}

func TestATaskOfAnEndedInstanceIsClosed(t *testing.T) {
	t.Parallel()
	p := apitest.NewPlatform(t)
	p.Deploy(t, apitest.Order)
	instance := start(t, p.API, `{"processStartedBy":"Ada"}`)
	id := taskOf(t, p.API, instance)
	p.Post(t, "/api/v1/instances/"+instance+"/stop", `{"reason":"no longer wanted"}`).Want(t, 200)
	problem := p.Post(t, "/api/v1/tasks/"+id+"/complete", `{}`).Problem(t, 409, "task-closed")
	require.Contains(t, problem.Detail, "cancelled")
	p.Call(t, http.MethodPatch, "/api/v1/instances/"+instance+"/variables", `{"variables":{"a":1}}`).Problem(t, 409, "instance-ended")
}

func TestIncidents(t *testing.T) {
	t.Parallel()
	p := apitest.NewPlatform(t)
	p.Deploy(t, apitest.Order)
	instance := start(t, p.API, `{"processStartedBy":"Ada"}`)
	id := p.Raise(t, instance)

	var list struct{ Items []api.Incident }
	p.Get(t, "/api/v1/incidents?process=order").Want(t, 200).Into(t, &list)
	require.Len(t, list.Items, 1)
	require.Equal(t, id, list.Items[0].ID)
	require.Equal(t, "no answer", list.Items[0].Message)
	require.Contains(t, string(p.Get(t, "/api/v1/instances?incident=true").Body), instance)
	require.InDelta(t, 1, p.Get(t, "/instances/"+instance).Object(t)["incidents"], 0)

	var resolved api.Incident
	p.Post(t, "/api/v1/incidents/"+id+"/retry", `{"variables":{"url":"http://new"}}`).Want(t, 200).Into(t, &resolved)
	require.Equal(t, "resolved", resolved.State)
	require.Equal(t, "retry", resolved.Action)
	require.Equal(t, "developer", resolved.ClearedBy.User)
	p.Post(t, "/api/v1/incidents/"+id+"/resolve", `{"action":"throw","errorCode":"E1"}`).Problem(t, 409, "not-open")
	p.Get(t, "/api/v1/incidents/"+id).Want(t, 200)
}

func TestMessages(t *testing.T) {
	t.Parallel()
	p := apitest.NewPlatform(t)
	p.Deploy(t, apitest.Order)
	instance := start(t, p.API, `{"processStartedBy":"Ada"}`)
	p.Await(t, instance, "paid", "o-1")
	var delivered atomic.Pointer[protocol.MessageDelivery]
	wait := p.Temporal.OnEvent
	p.Temporal.OnEvent = func(id, update string, in protocol.Incoming) (protocol.EventResult, error) {
		if in.Message != nil {
			delivered.Store(in.Message)
		}
		return wait(id, update, in)
	}

	var missed, hit, again api.Correlation
	p.Post(t, "/api/v1/messages", `{"name":"paid","correlationKey":"o-2"}`).Want(t, 200).Into(t, &missed)
	require.Empty(t, missed.Delivered)
	require.False(t, missed.Buffered, "nobody waits, and it has no time to live")

	const body = `{"name":"paid","correlationKey":"o-1","messageId":"m-1","variables":{"sum":1.10}}`
	p.Post(t, "/api/v1/messages", body).Want(t, 200).Into(t, &hit)
	require.Equal(t, []string{instance}, hit.Delivered)
	require.Equal(t, "m-1", hit.MessageID)
	require.Equal(t, "wait#2", delivered.Load().Subscription)
	require.JSONEq(t, `{"sum":1.10}`, string(delivered.Load().Variables))

	p.Post(t, "/api/v1/messages", body).Want(t, 200).Into(t, &again)
	require.True(t, again.Duplicate)

	var kept api.Correlation
	p.Post(t, "/api/v1/messages", `{"name":"later","timeToLive":"PT1H"}`).Want(t, 202).Into(t, &kept)
	require.True(t, kept.Buffered)
}

func TestSignalOfOneInstance(t *testing.T) {
	t.Parallel()
	p := apitest.NewPlatform(t)
	p.Deploy(t, apitest.Order)
	instance := start(t, p.API, `{"processStartedBy":"Ada"}`)
	p.Post(t, "/api/v1/signals", map[string]any{"name": "alarm", "instanceId": instance}).Want(t, 202)
	p.Finish(t, instance, `{}`)
	p.Post(t, "/api/v1/signals", map[string]any{"name": "alarm", "instanceId": instance}).Problem(t, 409, "instance-ended")
}

func TestInstanceViews(t *testing.T) {
	t.Parallel()
	p := apitest.NewPlatform(t)
	at := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	p.Temporal.Views = map[string]any{
		protocol.StateQuery: protocol.StateView{
			Tokens:    []protocol.TokenView{{ID: "check#1", Element: "check", Kind: "userTask", Waiting: "task"}},
			Timers:    []protocol.TimerView{{ID: "t#2", Element: "t", Due: at}},
			Variables: []byte(`{"a":1}`),
		},
		protocol.VariablesQuery: map[string]any{"a": 1},
		protocol.HistoryQuery: []protocol.HistoryEntry{
			{Time: at, Verb: "enter", Element: "start"}, {Time: at, Verb: "leave", Element: "start"}, {Time: at, Verb: "enter", Element: "check", Name: "Check the order"},
		},
	}
	p.Deploy(t, apitest.Order)
	instance := start(t, p.API, `{"processStartedBy":"Ada"}`)
	path := "/api/v1/instances/" + instance

	var state api.InstanceState
	p.Get(t, path+"/state").Want(t, 200).Into(t, &state)
	require.Equal(t, "task", state.Tokens[0].Waiting)
	require.Equal(t, at, state.Timers[0].Due)
	require.JSONEq(t, `{"a":1}`, string(state.Variables))
	require.JSONEq(t, `{"a":1}`, string(p.Get(t, path+"/variables").Want(t, 200).Body))
	require.JSONEq(t, `{"a":1}`, string(p.Call(t, http.MethodPut, path+"/variables", `{"variables":{"a":1}}`).Want(t, 200).Body))

	var verbs []string
	for next := path + "/history?limit=2"; next != ""; {
		var list struct{ Items []api.Step }
		response := p.Get(t, next).Want(t, 200).Into(t, &list)
		for _, step := range list.Items {
			verbs = append(verbs, step.Verb+" "+step.Element)
		}
		next = nextPage(t, response)
	}
	require.Equal(t, []string{"enter start", "leave start", "enter check"}, verbs)
	p.Get(t, path+"/history?cursor=zzz").Problem(t, 400, "parameter-invalid")
	p.Get(t, "/api/v1/instances/none/history").Problem(t, 404, "not-found")

	var detail api.GovInstanceDetail
	p.Get(t, "/instances/"+instance).Want(t, 200).Into(t, &detail)
	require.Contains(t, detail.Log, api.GovLog{Time: "2030-01-02T03:04:05.000Z", Source: "instance", Text: "enter Check the order", Element: "check"})
}

func TestAuditTellsWhoDidWhat(t *testing.T) {
	t.Parallel()
	p := apitest.NewPlatform(t)
	p.Deploy(t, apitest.Order)
	instance := start(t, p.API, `{"processStartedBy":"Ada"}`)
	var list struct{ Items []api.AuditEntry }
	p.Get(t, "/api/v1/audit?instance="+instance+"&objectType=instance").Want(t, 200).Into(t, &list)
	first := list.Items[len(list.Items)-1]
	require.Equal(t, "instance.start", first.Action)
	require.Equal(t, api.Actor{User: "developer", Affiliation: "local", OnBehalfOf: "Ada"}, first.Actor)
}
