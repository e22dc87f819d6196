package api_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/apitest"
)

func TestDeployForms(t *testing.T) {
	t.Parallel()
	form, media := multipartOf(t, apitest.Order)
	tests := map[string]struct {
		body  any
		media string
	}{
		"XML":         {[]byte(apitest.Order), "application/xml"},
		"BPMN":        {[]byte(apitest.Order), "application/bpmn+xml; charset=utf-8"},
		"TextXML":     {[]byte(apitest.Order), "text/xml"},
		"OctetStream": {[]byte(apitest.Order), "application/octet-stream"},
		"NoMediaType": {[]byte(apitest.Order), ""},
		"JSON":        {map[string]any{"bpmn": apitest.Order}, "application/json"},
		"ProcessBody": {map[string]any{"processBody": []any{map[string]any{"code": "bpmn", "value": apitest.Order}}}, "application/json"},
		"Form":        {form, media},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := apitest.New(t, &apitest.Temporal{})
			var first, second api.Deployment
			a.Call(t, http.MethodPost, "/api/v1/deployments", tt.body, "Content-Type", tt.media).Want(t, 201).Into(t, &first)
			require.Equal(t, "order", first.Processes[0].Key)
			require.Equal(t, 1, first.Processes[0].Version)
			require.Equal(t, "Order", first.Processes[0].Name)
			require.True(t, first.Processes[0].HasNoneStart)
			require.Equal(t, "developer", first.Processes[0].DeployedBy.User)
			require.Empty(t, first.Warnings)
			a.Call(t, http.MethodPost, "/api/v1/deployments", tt.body, "Content-Type", tt.media).Want(t, 200).Into(t, &second)
			require.Equal(t, first.Processes, second.Processes, "nothing changed")

			source := a.Get(t, "/api/v1/processes/order/bpmn").Want(t, 200)
			require.Equal(t, apitest.Order, string(source.Body), "byte for byte")
			require.Equal(t, "application/xml", source.Header.Get("Content-Type"))
		})
	}
}

func multipartOf(t *testing.T, files ...string) (body []byte, media string) {
	t.Helper()
	var buffer bytes.Buffer
	form := multipart.NewWriter(&buffer)
	for i, xml := range files {
		part, err := form.CreateFormFile("file", fmt.Sprintf("p%d.bpmn", i))
		require.NoError(t, err)
		_, err = part.Write([]byte(xml))
		require.NoError(t, err)
	}
	require.NoError(t, form.Close())
	return buffer.Bytes(), form.FormDataContentType()
}

// process is a process of one task with the given start event.
func process(key, startEvent string) string {
	return `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="urn:test">
	<message id="m" name="order placed"/><signal id="g" name="alarm"/>` + processOnly(key, startEvent) + `</definitions>`
}

func processOnly(key, startEvent string) string {
	return fmt.Sprintf(`<process id="%[1]s" isExecutable="true"><startEvent id="%[1]s_s">%[2]s</startEvent>
	<sequenceFlow id="%[1]s_f" sourceRef="%[1]s_s" targetRef="%[1]s_t"/><userTask id="%[1]s_t"/>
	<sequenceFlow id="%[1]s_g" sourceRef="%[1]s_t" targetRef="%[1]s_e"/><endEvent id="%[1]s_e"/></process>`, key, startEvent)
}

func TestDeploySeveralProcesses(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, &apitest.Temporal{})
	two := strings.Replace(process("one", ""), "</definitions>", processOnly("two", "")+"</definitions>", 1)
	body, media := multipartOf(t, two, apitest.Order)
	var deployment api.Deployment
	a.Call(t, http.MethodPost, "/api/v1/deployments", body, "Content-Type", media).Want(t, 201).Into(t, &deployment)
	var keys []string
	for _, p := range deployment.Processes {
		keys = append(keys, p.Key)
	}
	require.Equal(t, []string{"one", "two", "order"}, keys)
}

// One bad file among several: all faults are told, and nothing is deployed.
func TestDeployIsAllOrNothing(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, &apitest.Temporal{})
	bad := strings.ReplaceAll(apitest.Order, `targetRef="end"`, `targetRef="gone"`)
	bad = strings.ReplaceAll(bad, `id="check" name`, `id="chec" name`)
	body, media := multipartOf(t, apitest.Order, strings.ReplaceAll(bad, `id="order"`, `id="bad"`))
	problem := a.Call(t, http.MethodPost, "/api/v1/deployments", body, "Content-Type", media).Problem(t, 422, "bpmn-invalid")
	require.GreaterOrEqual(t, len(problem.Errors), 2)
	for _, e := range problem.Errors {
		require.NotEmpty(t, e.Code)
		require.NotEmpty(t, e.Detail)
		require.NotEmpty(t, e.Hint)
		require.NotEmpty(t, e.Pointer)
	}
	require.Positive(t, problem.Errors[0].Line)
	require.JSONEq(t, `[]`, string(a.Get(t, "/processes").Body))

	twice, media := multipartOf(t, apitest.Order, apitest.Order)
	problem = a.Call(t, http.MethodPost, "/api/v1/deployments", twice, "Content-Type", media).Problem(t, 422, "bpmn-invalid")
	require.Equal(t, "duplicate-process", problem.Errors[0].Code)
}

func TestValidate(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, &apitest.Temporal{})
	var good, bad api.Validation
	a.Post(t, "/api/v1/validate", map[string]any{"bpmn": apitest.Order}).Want(t, 200).Into(t, &good)
	require.True(t, good.Valid)
	broken := strings.ReplaceAll(apitest.Order, `targetRef="end"`, `targetRef="gone"`)
	a.Call(t, http.MethodPost, "/api/v1/validate", []byte(broken), "Content-Type", "text/xml").Want(t, 200).Into(t, &bad)
	require.False(t, bad.Valid)
	require.NotEmpty(t, bad.Faults)
	require.Equal(t, "error", bad.Faults[0].Severity)
	require.JSONEq(t, `[]`, string(a.Get(t, "/processes").Body), "nothing was deployed")
}

func TestStartEventsBecomeTriggers(t *testing.T) {
	t.Parallel()
	const date = `<timerEventDefinition><timeDate>2001-01-01T00:00:00Z</timeDate></timerEventDefinition>`
	a := apitest.New(t, &apitest.Temporal{})
	a.Deploy(t, process("bymessage", `<messageEventDefinition messageRef="m"/>`))
	a.Deploy(t, process("bysignal", `<signalEventDefinition signalRef="g"/>`))
	a.Deploy(t, process("bytimer", date))
	a.Deploy(t, process("byexpression", strings.ReplaceAll(date, "2001-01-01T00:00:00Z", `="2001-01-01T00:00:00Z"`)))

	due, err := a.Repository.DueTimerStarts(t.Context(), now(), 10)
	require.NoError(t, err)
	require.Len(t, due, 2)
	require.JSONEq(t, `{"kind":"date","text":"2001-01-01T00:00:00Z"}`, string(due[0].Timer))

	var correlation api.Correlation
	a.Post(t, "/api/v1/messages", `{"name":"order placed","variables":{"a":1}}`).Want(t, 200).Into(t, &correlation)
	require.Len(t, correlation.Started, 1)
	in := a.Get(t, "/api/v1/instances/"+correlation.Started[0]).Want(t, 200).Object(t)
	require.Equal(t, "message", in["trigger"])
	require.Equal(t, "bymessage_s", in["start"])

	var broadcast api.Broadcast
	a.Post(t, "/api/v1/signals", `{"name":"alarm"}`).Want(t, 202).Into(t, &broadcast)
	require.Len(t, broadcast.Started, 1)

	a.Post(t, "/processes/bymessage/start", `{"processStartedBy":"Ada"}`).Problem(t, 422, "no-start-event")
	a.Post(t, "/processes/bymessage/start", `{"processStartedBy":"Ada","start":"bymessage_s"}`).Want(t, 201)

	wrong := strings.ReplaceAll(process("late", date), "2001-01-01T00:00:00Z", "=unknownVariable")
	a.Call(t, http.MethodPost, "/api/v1/deployments", []byte(wrong), "Content-Type", "text/xml").Problem(t, 422, "bpmn-invalid")
}

func TestProcessesOfTheOwnAPI(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, &apitest.Temporal{})
	first := a.Deploy(t, apitest.Order)
	second := a.Deploy(t, strings.Replace(apitest.Order, "Check the order", "Check", 1))

	a.Call(t, http.MethodPut, "/api/v1/processes/"+second+"/enabled", `{"enabled":false}`).Want(t, 200)
	require.Equal(t, first, a.Get(t, "/api/v1/processes/order").Want(t, 200).Object(t)["id"], "a key means the latest enabled version")
	a.Call(t, http.MethodPut, "/api/v1/processes/order:2/enabled", `{"enabled":true}`).Want(t, 200)
	require.Equal(t, second, a.Get(t, "/api/v1/processes/order").Want(t, 200).Object(t)["id"])
	a.Call(t, http.MethodPut, "/api/v1/processes/none/enabled", `{"enabled":true}`).Problem(t, 404, "not-found")

	count := func(query string) int {
		var list struct{ Items []api.Process }
		a.Get(t, "/api/v1/processes"+query).Want(t, 200).Into(t, &list)
		return len(list.Items)
	}
	require.Equal(t, 2, count(""))
	require.Equal(t, 1, count("?latest=true"))
	require.Equal(t, 2, count("?key=order&enabled=true"))
	require.Equal(t, 0, count("?search=invoice"))
	require.Equal(t, 2, count("?search=ORD"))
}
