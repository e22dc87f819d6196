package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/apitest"
)

func TestGovStackDocument(t *testing.T) {
	t.Parallel()
	apitest.CheckGovStack(t, apitest.NewPlatform(t).API)
}

// start starts the process order and answers the instance's id.
func start(t *testing.T, a *apitest.API, body string) string {
	t.Helper()
	var started api.GovStarted
	a.Post(t, "/processes/order/start", body).Want(t, 201).Into(t, &started)
	return started.ID
}

// GS-8.8: readers of the specification expect a process flat or nested.
func TestGovStackProcessIsFlatAndNested(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, &apitest.Temporal{})
	id := a.Deploy(t, apitest.Order)

	var list []map[string]any
	a.Get(t, "/processes").Want(t, 200).Into(t, &list)
	require.Len(t, list, 1)
	nested, ok := list[0]["processDefinition"].(map[string]any)
	require.True(t, ok)
	for _, field := range []string{"name", "type", "version", "isExecutable", "isClosed", "description", "processBody"} {
		require.Contains(t, list[0], field)
		require.Equal(t, list[0][field], nested[field], field)
	}
	require.Equal(t, id, list[0]["id"])
	require.Equal(t, "order", list[0]["key"])
	require.Equal(t, "1", list[0]["version"])
	require.Equal(t, "active", list[0]["status"])
	require.Equal(t, "Takes an order.", list[0]["description"])
	require.Equal(t, "urn:test:order", list[0]["category"])

	detail := a.Get(t, "/processes/order").Want(t, 200).Object(t)
	require.Equal(t, []any{map[string]any{"code": "bpmn", "value": apitest.Order}}, detail["processBody"])
}

func TestGovStackProcessBodies(t *testing.T) {
	t.Parallel()
	form := apitest.New(t, &apitest.Temporal{})
	form.Deploy(t, apitest.Order)
	jsonForm := form.Get(t, "/api/v1/processes/order/definition").Want(t, 200).Object(t)
	bodies := map[string]any{
		"Text":            apitest.Order,
		"Property":        map[string]any{"code": "bpmn", "value": apitest.Order},
		"KeyedObject":     map[string]any{"xml": apitest.Order},
		"List":            []any{map[string]any{"code": "note", "value": "x"}, map[string]any{"code": "XML", "value": apitest.Order}},
		"ListOfObjects":   []any{map[string]any{"bpmn": apitest.Order}},
		"JSONForm":        jsonForm,
		"CodedJSONForm":   []any{map[string]any{"code": "json", "value": jsonForm}},
		"JSONFormAsATest": "\n " + string(form.Get(t, "/api/v1/processes/order/definition").Body),
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, definition := range []map[string]any{
				{"processBody": body},
				{"name": "N", "type": "Public", "version": 7, "processBody": body},
				{"processDefinition": map[string]any{"processBody": body}},
			} {
				a := apitest.New(t, &apitest.Temporal{})
				var p api.GovProcess
				response := a.Post(t, "/processes", definition).Want(t, 201).Into(t, &p)
				require.Equal(t, "order", p.Key)
				require.Equal(t, "1", p.Version)
				if definition["name"] != nil {
					require.Equal(t, "N", p.Name)
					require.Equal(t, "Public", p.Type)
				} else {
					require.Equal(t, "Order", p.Name)
					require.Equal(t, "Private", p.Type)
				}
				a.Get(t, response.Header.Get("Location")).Want(t, 200)
			}
		})
	}
}

func TestGovStackUpdateAndDelete(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, &apitest.Temporal{})
	id := a.Deploy(t, apitest.Order)

	a.Call(t, http.MethodPut, "/processes/"+id, `{"name":"Renamed","type":"Public","isClosed":true,"description":"New.","status":"suspended"}`).Want(t, 204)
	p := a.Get(t, "/processes/"+id).Want(t, 200).Object(t)
	require.Equal(t, "Renamed", p["name"])
	require.Equal(t, "suspended", p["status"])
	require.JSONEq(t, `[]`, string(a.Get(t, "/processes").Body), "only enabled processes are listed (GS-6.4.1)")
	a.Post(t, "/processes/"+id+"/start", `{"processStartedBy":"Ada"}`).Problem(t, 409, "process-disabled")

	a.Call(t, http.MethodPut, "/processes/"+id, map[string]any{"processBody": strings.Replace(apitest.Order, "Check the order", "Check", 1)}).Want(t, 204)
	require.Equal(t, "2", a.Get(t, "/processes/order").Want(t, 200).Object(t)["version"], "a changed file is the next version")
	other := strings.ReplaceAll(apitest.Order, `id="order"`, `id="other"`)
	a.Call(t, http.MethodPut, "/processes/"+id, map[string]any{"processBody": other}).Problem(t, 422, "bpmn-invalid")

	a.Call(t, http.MethodDelete, "/processes/order", nil).Want(t, 200)
	a.Call(t, http.MethodDelete, "/processes/order", nil).Problem(t, 404, "not-found")
	a.Post(t, "/processes/order/start", `{"processStartedBy":"Ada"}`).Problem(t, 404, "not-found")
}

func TestGovStackStartReadsTheInitialState(t *testing.T) {
	t.Parallel()
	bodies := map[string]struct{ body, want string }{
		"List":          {`{"processStartedBy":"Ada","InstanceValues":[{"code":"a","value":"1"},{"code":"b","value":2.50},{"code":"c","value":{"d":[true,null]}}]}`, `{"a":"1","b":2.50,"c":{"d":[true,null]}}`},
		"Objects":       {`{"processStartedBy":"Ada","InstanceValues":[{"creditor":"Niall","amount":100},{"invoiceNumber":123}]}`, `{"creditor":"Niall","amount":100,"invoiceNumber":123}`},
		"Mixed":         {`{"processStartedBy":"Ada","instanceValues":[{"code":"a","value":1},{"b":2}]}`, `{"a":1,"b":2}`},
		"Object":        {`{"processStartedBy":"Ada","instanceValues":{"a":1,"code":"x"}}`, `{"a":1,"code":"x"}`},
		"PlainPayload":  {`{"processStartedBy":"Ada","a":{"b":1},"c":9007199254740993}`, `{"a":{"b":1},"c":9007199254740993}`},
		"Nothing":       {`{"processStartedBy":"Ada"}`, `{}`},
		"Null":          {`{"processStartedBy":"Ada","InstanceValues":null}`, `{}`},
		"CodeAlone":     {`{"processStartedBy":"Ada","InstanceValues":[{"code":"x"}]}`, `{"code":"x"}`},
		"ManyDigits":    {`{"processStartedBy":"Ada","InstanceValues":{"n":123456789012345678901234567890.123456789}}`, `{"n":123456789012345678901234567890.123456789}`},
		"EmptyList":     {`{"processStartedBy":"Ada","InstanceValues":[]}`, `{}`},
		"NestedObjects": {`{"processStartedBy":"Ada","InstanceValues":[{"code":"p","value":[{"code":"q","value":1}]}]}`, `{"p":[{"code":"q","value":1}]}`},
	}
	a := apitest.New(t, &apitest.Temporal{})
	a.Deploy(t, apitest.Order)
	for name, tt := range bodies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id := start(t, a, tt.body)
			in, err := a.Repository.Instance(t.Context(), id)
			require.NoError(t, err)
			input := string(in.Input)
			if input == "" {
				input = "{}"
			}
			require.JSONEq(t, tt.want, input)
			if name == "ManyDigits" {
				require.Equal(t, tt.want, input, "no digit is lost")
			}
		})
	}
}

// The actor of a request is never taken from its body.
func TestGovStackStartRecordsForWhom(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, &apitest.Temporal{})
	a.Deploy(t, apitest.Order)
	id := start(t, a, `{"processStartedBy":"admin","businessKey":"o-17"}`)
	var detail api.GovInstanceDetail
	a.Get(t, "/instances/"+id).Want(t, 200).Into(t, &detail)
	require.Equal(t, api.Actor{User: "developer", Affiliation: "local", OnBehalfOf: "admin"}, detail.StartedBy)
	require.Equal(t, "o-17", detail.BusinessKey)
	require.Equal(t, "api", detail.Trigger)
	require.Equal(t, "running", detail.State)
	require.Nil(t, detail.Output)
	require.Equal(t, "audit", detail.Log[0].Source)
	require.Contains(t, detail.Log[0].Text, "instance.start")
}

func TestGovStackInstancesOfAProcess(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, &apitest.Temporal{})
	first := a.Deploy(t, apitest.Order)
	one := start(t, a, `{"processStartedBy":"Ada"}`)
	second := a.Deploy(t, strings.Replace(apitest.Order, "Check the order", "Check", 1))
	two := start(t, a, `{"processStartedBy":"Ada"}`)

	ids := func(path string) []string {
		var list []api.GovInstance
		a.Get(t, path).Want(t, 200).Into(t, &list)
		found := []string{}
		for _, in := range list {
			found = append(found, in.ID)
		}
		return found
	}
	require.Equal(t, []string{two, one}, ids("/instances"))
	require.Equal(t, []string{two, one}, ids("/instances/?processId=order"))
	require.Equal(t, []string{one}, ids("/instances?processId="+first))
	require.Equal(t, []string{one}, ids("/instances?processId=order:1"))
	require.Equal(t, []string{two}, ids("/instances?processId="+second[strings.LastIndexByte(second, ':')+1:]))
	a.Get(t, "/instances?processId=nothing").Problem(t, 404, "not-found")
}

func TestGovStackStop(t *testing.T) {
	t.Parallel()
	p := apitest.NewPlatform(t)
	p.Deploy(t, apitest.Order)
	id := start(t, p.API, `{"processStartedBy":"Ada"}`)

	for range 2 {
		var stopped api.GovStarted
		p.Post(t, "/instances/"+id+"/stop", nil).Want(t, 201).Into(t, &stopped)
		require.Equal(t, "stopped", stopped.State, "the second time like the first")
		require.True(t, stopped.Ended)
		require.Equal(t, id, stopped.ID)
	}
	detail := p.Get(t, "/instances/"+id).Want(t, 200).Object(t)
	require.InDelta(t, 2, detail["exitCode"], 0)
	require.NotEmpty(t, detail["endTime"])

	done := start(t, p.API, `{"processStartedBy":"Ada"}`)
	p.Finish(t, done, `{"total":1}`)
	p.Post(t, "/instances/"+done+"/stop", `{"reason":"late"}`).Problem(t, 409, "instance-ended")
	p.Post(t, "/instances/none/stop", nil).Problem(t, 404, "not-found")
}

func TestGovStackStopAProcess(t *testing.T) {
	t.Parallel()
	p := apitest.NewPlatform(t)
	id := p.Deploy(t, apitest.Order)
	var running []string
	for range 5 {
		running = append(running, start(t, p.API, `{"processStartedBy":"Ada"}`))
	}
	p.Post(t, "/processes/"+running[0]+"/stop", nil).Want(t, 201)
	stopped := p.Post(t, "/processes/order/stop", `{"reason":"all of them"}`).Want(t, 201).Object(t)
	require.Equal(t, id, stopped["processRef"])
	require.Equal(t, "stopped", stopped["state"])
	for _, id := range running {
		require.Equal(t, "stopped", p.Get(t, "/instances/"+id).Object(t)["state"])
	}
	p.Post(t, "/processes/nothing/stop", nil).Problem(t, 404, "not-found")
}
