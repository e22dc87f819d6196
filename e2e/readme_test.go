package e2e

import (
	"encoding/json"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	visitcounselor "github.com/perdure/perdure/samples/visit-counselor"
)

// TestReadme goes the README's way: the sample by one command, then its
// requests.
func TestReadme(t *testing.T) {
	t.Parallel()
	await(t, visitcounselor.Address+" is free: does a perdure dev --sample run there?", func() bool {
		l, err := net.Listen("tcp", visitcounselor.Address)
		if err != nil {
			return false
		}
		return l.Close() == nil
	})
	p := dev(t, t.TempDir(), "--sample", "visit-counselor")
	await(t, "the sample is deployed", func() bool {
		return p.status(p.url+"/processes/visit-counselor") == http.StatusOK
	})
	asked := func() (calls []visitcounselor.Call) {
		services := newClient("http://" + visitcounselor.Address)
		var ledger struct{ Calls []visitcounselor.Call }
		services.get(t, "/ledger").want(t, http.StatusOK).into(t, &ledger)
		return ledger.Calls
	}
	visit := func(visit, patient string) object {
		return p.post(t, "/processes/visit-counselor/start",
			`{"processStartedBy": "clinic-7", "InstanceValues": {"visitId": "`+visit+`", "patientId": "`+patient+`"}}`,
			"Prefer", "wait=30").want(t, http.StatusCreated).object(t)
	}

	var processes []object
	p.get(t, "/processes").want(t, http.StatusOK).into(t, &processes)
	require.Len(t, processes, 1)
	require.Equal(t, "visit-counselor", processes[0]["key"])

	child := visit("v-1", "p-child")
	require.Equal(t, "completed", child["state"])
	var paths []string
	keys := map[string]bool{}
	for _, c := range asked() {
		paths = append(paths, c.Method+" "+c.Path)
		keys[c.Key] = true
		require.Equal(t, 1, c.Attempt)
	}
	require.Equal(t, []string{
		"GET /registry/patients/p-child", "POST /insurance/visits", "POST /messaging/sms", "POST /messaging/email",
		"POST /clinic/visits/v-1/completed",
	}, paths)
	require.Len(t, keys, 5)

	adult := visit("v-2", "p-adult")
	require.Equal(t, "completed", adult["state"])
	for _, c := range asked()[5:] {
		require.NotContains(t, c.Path, "email")
	}
	require.Len(t, asked(), 9)

	var listed []object
	p.get(t, "/instances/").want(t, http.StatusOK).into(t, &listed)
	require.Len(t, listed, 2)
	require.Equal(t, adult["id"], listed[0]["id"])
	require.Equal(t, child["id"], listed[1]["id"])
	shown := p.get(t, "/instances/"+child["id"].(string)).want(t, http.StatusOK).object(t)
	require.Equal(t, "completed", shown["state"])
	require.NotEmpty(t, shown["log"])

	// The services are made slow, and the instance is stopped meanwhile.
	services := newClient("http://" + visitcounselor.Address)
	services.post(t, "/trouble?service=messaging&delay=60s", nil).want(t, http.StatusNoContent)
	started := p.post(t, "/processes/visit-counselor/start",
		`{"processStartedBy": "clinic-7", "InstanceValues": {"visitId": "v-3", "patientId": "p-teen"}}`).want(t, http.StatusCreated).object(t)
	await(t, "the slow call", func() bool { return len(asked()) == 12 })
	stopped := p.post(t, "/instances/"+started["id"].(string)+"/stop", nil).want(t, http.StatusCreated).object(t)
	require.Equal(t, "stopped", stopped["state"])
	require.Equal(t, true, stopped["ended"])
	require.Equal(t, "stopped", p.get(t, "/instances/"+started["id"].(string)).want(t, http.StatusOK).object(t)["state"])

	names := activityNames(t, p.client, child["id"].(string))
	require.Equal(t, []string{
		"Get patient", "Report visit to insurance", "Inform patient by SMS", "Request child counselor", "Confirm completion to clinic",
	}, names)
	for _, page := range []string{"/", "/temporal", "/docs", "/openapi.json", "/metrics", "/healthz"} {
		require.Equal(t, http.StatusOK, p.status(p.url+page), page)
	}
}

// activityNames answers what Temporal's web UI calls the activities of an
// instance, in their order, except those of the platform itself.
func activityNames(t testing.TB, c client, instance string) (names []string) {
	t.Helper()
	for _, e := range history(t, c, instance) {
		a := e.ActivityTaskScheduledEventAttributes
		if a == nil || strings.HasPrefix(a.ActivityType.Name, "bpmn.") {
			continue
		}
		var name string
		require.NoError(t, json.Unmarshal(e.UserMetadata.Summary.Data, &name))
		name, _, _ = strings.Cut(name, " · ") // the element's id
		names = append(names, name)
	}
	return names
}

// historyEvent is an event of a workflow's history as Temporal's HTTP API shows
// it.
type historyEvent struct {
	EventID, EventType                   string
	ActivityTaskScheduledEventAttributes *struct{ ActivityType struct{ Name string } }
	ActivityTaskStartedEventAttributes   *struct {
		ScheduledEventID string
		Attempt          int
	}
	UserMetadata struct{ Summary struct{ Data []byte } }
}

// history fetches the events of an instance's latest run.
func history(t testing.TB, c client, instance string) (events []historyEvent) {
	t.Helper()
	var page struct {
		History struct{ Events []historyEvent }
	}
	c.get(t, "/temporal/api/v1/namespaces/default/workflows/"+instance+"/history").want(t, http.StatusOK).into(t, &page)
	require.NotEmpty(t, page.History.Events)
	return page.History.Events
}

// TestGovStack holds the shapes of GovStack Workflow 8.1 to 8.9.
func TestGovStack(t *testing.T) {
	t.Parallel()
	p := dev(t, "memory")
	xml, err := os.ReadFile("testdata/review.bpmn")
	require.NoError(t, err)
	definition := object{
		"name": "A review", "type": "Public", "version": "1", "isExecutable": true, "isClosed": false, "description": "Two people look at it.",
		"processBody": []object{{"code": "bpmn", "value": string(xml)}},
	}
	isProcess := func(t *testing.T, process object) {
		t.Helper()
		require.NotEmpty(t, process["id"])
		for _, fields := range []object{process, process["processDefinition"].(object)} {
			require.Equal(t, "A review", fields["name"])
			require.Equal(t, "Public", fields["type"])
			require.Equal(t, true, fields["isExecutable"])
			require.Equal(t, false, fields["isClosed"])
			require.Equal(t, "Two people look at it.", fields["description"])
			require.Equal(t, "1", fields["version"])
			require.NotEmpty(t, fields["processBody"])
		}
	}
	isInstance := func(t *testing.T, in object, process any, state string) {
		t.Helper()
		require.NotEmpty(t, in["id"])
		require.Equal(t, process, in["processRef"])
		require.Equal(t, false, in["suspended"])
		require.Equal(t, state != "running", in["ended"])
		require.Equal(t, state, in["state"])
	}

	added := p.post(t, "/processes", definition)
	process := added.want(t, http.StatusCreated).object(t)
	isProcess(t, process)
	id := process["id"].(string)
	require.Equal(t, "/processes/"+id, added.header.Get("Location"))

	var processes []object
	p.get(t, "/processes").want(t, http.StatusOK).into(t, &processes)
	require.Len(t, processes, 1)
	isProcess(t, processes[0])

	one := p.get(t, "/processes/"+id).want(t, http.StatusOK).object(t)
	isProcess(t, one)
	require.Equal(t, []any{object{"code": "bpmn", "value": string(xml)}}, one["processBody"])

	for name, values := range map[string]any{
		"Object": object{"subject": "x"}, "List": []object{{"subject": "x"}}, "Properties": []object{{"code": "subject", "value": "x"}},
	} {
		t.Run("StartWith"+name, func(t *testing.T) {
			started := p.post(t, "/processes/"+id+"/start", object{"processStartedBy": "ada", "InstanceValues": values}).
				want(t, http.StatusCreated).object(t)
			isInstance(t, started, id, "running")
			shown := p.get(t, "/instances/"+started["id"].(string)).want(t, http.StatusOK).object(t)
			require.Equal(t, object{"subject": "x"}, shown["input"])
			require.Equal(t, "ada", shown["startedBy"].(object)["onBehalfOf"])
			require.NotEmpty(t, shown["initTime"])
			require.NotEmpty(t, shown["lastChangeTime"])
			isInstance(t, shown, id, "running")
			stopped := p.post(t, "/instances/"+started["id"].(string)+"/stop", nil).want(t, http.StatusCreated).object(t)
			isInstance(t, stopped, id, "stopped")
			again := p.post(t, "/instances/"+started["id"].(string)+"/stop", nil).want(t, http.StatusCreated).object(t)
			require.Equal(t, stopped, again)
			ended := p.get(t, "/instances/"+started["id"].(string)).want(t, http.StatusOK).object(t)
			require.InDelta(t, 2, ended["exitCode"], 0)
		})
	}

	var listed []object
	p.get(t, "/instances/?processId="+id).want(t, http.StatusOK).into(t, &listed)
	require.Len(t, listed, 3)
	for _, in := range listed {
		require.Equal(t, id, in["processRef"])
		require.Equal(t, "stopped", in["state"])
	}

	p.call(t, http.MethodPut, "/processes/"+id, object{"name": "Another review", "status": "suspended"}).want(t, http.StatusNoContent)
	require.Equal(t, "suspended", p.get(t, "/processes/"+id).want(t, http.StatusOK).object(t)["status"])
	p.post(t, "/processes/"+id+"/start", object{"processStartedBy": "ada"}).problem(t, http.StatusConflict, "process-disabled")
	p.call(t, http.MethodPut, "/processes/"+id, object{"status": "active"}).want(t, http.StatusNoContent)
	deleted := p.call(t, http.MethodDelete, "/processes/"+id, nil).want(t, http.StatusOK).object(t)
	require.Equal(t, object{"id": id, "state": "deleted"}, deleted)
	p.get(t, "/processes/"+id).problem(t, http.StatusNotFound, "not-found")
	p.get(t, "/processes").want(t, http.StatusOK).into(t, &processes)
	require.Empty(t, processes)

	require.Equal(t, 0, p.interrupt(t), "Ctrl-C ends it well")
}
