package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/api/apitest"
)

// TestBadBodies sends what must be refused: always as a problem that says
// where, never as a fault of the server, and never half carried out.
func TestBadBodies(t *testing.T) {
	t.Parallel()
	p := apitest.NewPlatform(t)
	p.Deploy(t, apitest.Order)
	instance := start(t, p.API, `{"processStartedBy":"Ada"}`)
	incident := p.Raise(t, instance)
	const (
		begin   = "/processes/order/start"
		begin1  = "/api/v1/instances"
		deploy  = "/processes"
		deploy1 = "/api/v1/deployments"
		message = "/api/v1/messages"
		signal  = "/api/v1/signals"
	)
	task := "/api/v1/tasks/" + taskOf(t, p.API, instance) + "/complete"
	retry := "/api/v1/incidents/" + incident + "/retry"
	resolve := "/api/v1/incidents/" + incident + "/resolve"
	deep := strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40)

	tests := map[string]struct {
		path, body string
		status     int
		code       string
		pointer    string
	}{
		"StartEmpty":              {begin, ``, 400, "json-invalid", ""},
		"StartNoJSON":             {begin, `hello`, 400, "json-invalid", ""},
		"StartCut":                {begin, `{"processStartedBy":"a"`, 400, "json-invalid", ""},
		"StartTwoValues":          {begin, `{"processStartedBy":"a"}{}`, 400, "json-invalid", ""},
		"StartList":               {begin, `[]`, 400, "body-invalid", ""},
		"StartText":               {begin, `"x"`, 400, "body-invalid", ""},
		"StartNull":               {begin, `null`, 400, "body-invalid", ""},
		"StartNobody":             {begin, `{}`, 400, "body-invalid", "/processStartedBy"},
		"StartByNull":             {begin, `{"processStartedBy":null}`, 400, "body-invalid", "/processStartedBy"},
		"StartByNumber":           {begin, `{"processStartedBy":1}`, 400, "body-invalid", "/processStartedBy"},
		"StartByEmpty":            {begin, `{"processStartedBy":""}`, 400, "body-invalid", "/processStartedBy"},
		"StartByTooLong":          {begin, `{"processStartedBy":"` + strings.Repeat("x", 256) + `"}`, 400, "body-invalid", "/processStartedBy"},
		"StartTwice":              {begin, `{"processStartedBy":"a","processStartedBy":"b"}`, 400, "body-invalid", "/processStartedBy"},
		"StartValuesNumber":       {begin, `{"processStartedBy":"a","InstanceValues":1}`, 400, "body-invalid", "/InstanceValues"},
		"StartValuesText":         {begin, `{"processStartedBy":"a","instanceValues":"x"}`, 400, "body-invalid", "/instanceValues"},
		"StartValuesItem":         {begin, `{"processStartedBy":"a","InstanceValues":[{"a":1},2]}`, 400, "body-invalid", "/InstanceValues/1"},
		"StartValuesTwice":        {begin, `{"processStartedBy":"a","InstanceValues":[{"code":"a","value":1},{"a":2}]}`, 400, "body-invalid", "/InstanceValues/1"},
		"StartValuesBoth":         {begin, `{"processStartedBy":"a","InstanceValues":[],"instanceValues":[]}`, 400, "body-invalid", "/instanceValues"},
		"StartValuesDuplicateKey": {begin, `{"processStartedBy":"a","InstanceValues":{"a":1,"a":2}}`, 400, "body-invalid", "/InstanceValues/a"},
		"StartSurrogate":          {begin, `{"processStartedBy":"\ud800"}`, 400, "json-invalid", "/processStartedBy"},
		"StartInvalidUTF8":        {begin, "{\"processStartedBy\":\"\xc3\x28\"}", 400, "json-invalid", ""},
		"StartNUL":                {begin, "{\"processStartedBy\":\"a\x00\"}", 400, "json-invalid", ""},
		"StartHugeExponent":       {begin, `{"processStartedBy":"a","InstanceValues":{"n":1e99999}}`, 400, "body-invalid", "/variables/n"},
		"StartTooDeep":            {begin, `{"processStartedBy":"a","InstanceValues":` + deep + `}`, 400, "body-invalid", ""},
		"StartTooManyValues":      {begin, `{"processStartedBy":"a","InstanceValues":{"l":[` + strings.Repeat("1,", 20_001) + `1]}}`, 400, "body-invalid", ""},
		"StartTooManyVariables":   {begin, `{"processStartedBy":"a"` + manyFields(501) + `}`, 400, "body-invalid", "/variables"},
		"StartLargeVariable":      {begin, `{"processStartedBy":"a","x":"` + strings.Repeat("x", 256<<10) + `"}`, 400, "body-invalid", "/variables/x"},
		"StartTooLarge":           {begin, `{"processStartedBy":"` + strings.Repeat("x", 1<<20) + `"}`, 413, "body-too-large", ""},
		"StartUnknownEvent":       {begin, `{"processStartedBy":"a","start":"nothing"}`, 422, "no-start-event", ""},
		"StartNoStartEvent":       {begin, `{"processStartedBy":"a","start":"check"}`, 422, "no-start-event", ""},
		"StartUnknownProcess":     {"/processes/nothing/start", `{"processStartedBy":"a"}`, 404, "not-found", ""},
		"StartStrangeProcess":     {"/processes/a:b:c:d/start", `{"processStartedBy":"a"}`, 404, "not-found", ""},

		"Start1Unknown":      {begin1, `{"process":"order","extra":1}`, 400, "body-invalid", "/extra"},
		"Start1OtherCase":    {begin1, `{"Process":"order"}`, 400, "body-invalid", "/Process"},
		"Start1NoProcess":    {begin1, `{}`, 400, "body-invalid", "/process"},
		"Start1State":        {begin1, `{"process":"order","state":"completed"}`, 400, "body-invalid", "/state"},
		"Start1StartedBy":    {begin1, `{"process":"order","startedBy":{"user":"root"}}`, 400, "body-invalid", "/startedBy"},
		"Start1VariableList": {begin1, `{"process":"order","variables":[]}`, 400, "body-invalid", "/variables"},
		"Start1VariableText": {begin1, `{"process":"order","variables":"{}"}`, 400, "body-invalid", "/variables"},
		"Start1LongKey":      {begin1, `{"process":"order","businessKey":"` + strings.Repeat("k", 256) + `"}`, 400, "body-invalid", "/businessKey"},
		"Start1NotFound":     {begin1, `{"process":"nothing"}`, 404, "not-found", ""},

		"DeployNothing":        {deploy, `{}`, 400, "body-invalid", "/processBody"},
		"DeployNestedNothing":  {deploy, `{"processDefinition":{"name":"x"}}`, 400, "body-invalid", "/processDefinition/processBody"},
		"DeployNumber":         {deploy, `{"processBody":1}`, 400, "body-invalid", "/processBody"},
		"DeployEmptyList":      {deploy, `{"processBody":[]}`, 400, "body-invalid", "/processBody"},
		"DeployListWithout":    {deploy, `{"processBody":[{"code":"note","value":"x"},1]}`, 400, "body-invalid", "/processBody"},
		"DeployNumberValue":    {deploy, `{"processBody":[{"code":"bpmn","value":1}]}`, 400, "body-invalid", "/processBody/0/value"},
		"DeployType":           {deploy, `{"type":"Secret","processBody":"<x/>"}`, 400, "body-invalid", "/type"},
		"DeployName":           {deploy, `{"name":17,"processBody":"<x/>"}`, 400, "body-invalid", "/name"},
		"DeployExecutable":     {deploy, `{"isExecutable":"yes","processBody":"<x/>"}`, 400, "body-invalid", "/isExecutable"},
		"DeployNoXML":          {deploy, `{"processBody":"hello"}`, 422, "bpmn-invalid", "/definitions"},
		"DeployOtherXML":       {deploy, `{"processBody":"<html/>"}`, 422, "bpmn-invalid", "/definitions"},
		"DeployWrongJSONForm":  {deploy, `{"processBody":{"definitions":17}}`, 422, "bpmn-invalid", "/definitions"},
		"DeployDoctype":        {deploy, `{"processBody":"<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><x>&e;</x>"}`, 422, "bpmn-invalid", "/definitions"},
		"Deploy1Nothing":       {deploy1, `{}`, 400, "body-invalid", "/bpmn"},
		"Deploy1Both":          {deploy1, `{"bpmn":"<x/>","processBody":"<x/>"}`, 400, "body-invalid", "/processBody"},
		"Deploy1Unknown":       {deploy1, `{"bpmn":"<x/>","tenant":"x"}`, 400, "body-invalid", "/tenant"},
		"Deploy1Dangling":      {deploy1, `{"bpmn":"<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'><process id='p'><startEvent id='s'/><sequenceFlow id='f' sourceRef='s' targetRef='gone'/></process></definitions>"}`, 422, "bpmn-invalid", "/definitions/p/f"},
		"ValidateUnknownField": {"/api/v1/validate", `{"bpmnn":"<x/>"}`, 400, "body-invalid", "/bpmnn"},

		"TaskVariables":      {task, `{"variables":[1]}`, 400, "body-invalid", "/variables"},
		"TaskUnknown":        {task, `{"assignee":"me"}`, 400, "body-invalid", "/assignee"},
		"TaskNotFound":       {"/api/v1/tasks/none/complete", `{}`, 404, "not-found", ""},
		"MessageNoName":      {message, `{}`, 400, "body-invalid", "/name"},
		"MessageEmptyName":   {message, `{"name":""}`, 400, "body-invalid", "/name"},
		"MessageLife":        {message, `{"name":"m","timeToLive":"5 minutes"}`, 400, "body-invalid", "/timeToLive"},
		"MessageNegative":    {message, `{"name":"m","timeToLive":"-PT5M"}`, 400, "body-invalid", "/timeToLive"},
		"MessageLongLife":    {message, `{"name":"m","timeToLive":"P10Y"}`, 400, "body-invalid", "/timeToLive"},
		"MessageInstance":    {message, `{"name":"m","instanceId":"none"}`, 404, "not-found", ""},
		"MessageKeyNumber":   {message, `{"name":"m","correlationKey":17}`, 400, "body-invalid", "/correlationKey"},
		"SignalNoName":       {signal, `{"variables":{}}`, 400, "body-invalid", "/name"},
		"SignalInstance":     {signal, `{"name":"s","instanceId":"none"}`, 404, "not-found", ""},
		"RetryUnknown":       {retry, `{"action":"retry"}`, 400, "body-invalid", "/action"},
		"ResolveNoAction":    {resolve, `{}`, 400, "body-invalid", "/action"},
		"ResolveOtherAction": {resolve, `{"action":"ignore"}`, 400, "body-invalid", "/action"},
		"ResolveThrow":       {resolve, `{"action":"throw"}`, 400, "body-invalid", "/errorCode"},
		"ResolveSkipCode":    {resolve, `{"action":"skip","errorCode":"E"}`, 400, "body-invalid", "/errorCode"},
		"IncidentNotFound":   {"/api/v1/incidents/none/retry", `{}`, 404, "not-found", ""},
		"StopReason":         {"/api/v1/instances/" + instance + "/stop", `{"reason":1}`, 400, "body-invalid", "/reason"},
		"StopUnknownField":   {"/api/v1/instances/" + instance + "/stop", `{"why":"x"}`, 400, "body-invalid", "/why"},
	}
	require.GreaterOrEqual(t, len(tests), 60)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			problem := p.Post(t, tt.path, tt.body).Problem(t, tt.status, tt.code)
			if tt.pointer != "" {
				require.NotEmpty(t, problem.Errors)
				require.Equal(t, tt.pointer, problem.Errors[0].Pointer)
			}
			if tt.code == "json-invalid" {
				require.Positive(t, problem.Errors[0].Line)
				require.Positive(t, problem.Errors[0].Column)
			}
			require.LessOrEqual(t, len([]rune(problem.Detail)), 500)
			require.NotContains(t, strings.ToLower(string(p.Post(t, tt.path, tt.body).Body)), "sql")
		})
	}
	t.Run("NothingWasDone", func(t *testing.T) {
		require.Len(t, p.Temporal.Starts(), 1)
	})
}

func manyFields(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(`,"v` + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + strings.Repeat("y", i/26) + `":1`)
	}
	return b.String()
}

func taskOf(t *testing.T, a *apitest.API, instance string) string {
	t.Helper()
	var list struct {
		Items []struct{ ID string }
	}
	a.Get(t, "/api/v1/tasks?instance="+instance).Want(t, 200).Into(t, &list)
	require.Len(t, list.Items, 1)
	return list.Items[0].ID
}

func TestBadRequests(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, &apitest.Temporal{})
	a.Deploy(t, apitest.Order)
	tests := map[string]struct {
		method, path string
		body         any
		headers      []string
		status       int
		code         string
		parameter    string
	}{
		"NoPath":             {"GET", "/nothing", nil, nil, 404, "not-found", ""},
		"PathBelow":          {"GET", "/api/v1/processes/order/nothing", nil, nil, 404, "not-found", ""},
		"EncodedDots":        {"GET", "/processes/%2e%2e%2fetc%2fpasswd", nil, nil, 404, "not-found", ""},
		"Method":             {"DELETE", "/api/v1/processes", nil, nil, 405, "method-not-allowed", ""},
		"MethodPatch":        {"PATCH", "/processes/order", `{}`, nil, 405, "method-not-allowed", ""},
		"UnknownQuery":       {"GET", "/api/v1/tasks?assigne=x", nil, nil, 400, "parameter-invalid", "assigne"},
		"UnknownGovQuery":    {"GET", "/instances/?proces=x", nil, nil, 400, "parameter-invalid", "proces"},
		"UnknownQueryOnPost": {"POST", "/processes/order/start?wait=1", `{"processStartedBy":"a"}`, nil, 400, "parameter-invalid", "wait"},
		"LimitText":          {"GET", "/api/v1/processes?limit=ten", nil, nil, 400, "parameter-invalid", "limit"},
		"LimitZero":          {"GET", "/api/v1/processes?limit=-1", nil, nil, 400, "parameter-invalid", "limit"},
		"LimitHigh":          {"GET", "/processes?limit=201", nil, nil, 400, "parameter-invalid", "limit"},
		"Cursor":             {"GET", "/api/v1/instances?cursor=zzz", nil, nil, 400, "parameter-invalid", "cursor"},
		"CursorOnGovStack":   {"GET", "/instances?cursor=%00", nil, nil, 400, "parameter-invalid", "cursor"},
		"State":              {"GET", "/api/v1/instances?state=gone", nil, nil, 400, "parameter-invalid", "state"},
		"Incident":           {"GET", "/api/v1/instances?incident=maybe", nil, nil, 400, "parameter-invalid", "incident"},
		"Time":               {"GET", "/api/v1/instances?startedAfter=yesterday", nil, nil, 400, "parameter-invalid", "startedAfter"},
		"MediaType":          {"POST", "/processes/order/start", "processStartedBy=a", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "media-type", ""},
		"MediaTypeNoise":     {"POST", "/processes/order/start", `{}`, []string{"Content-Type", ";;"}, 415, "media-type", ""},
		"DeployMediaType":    {"POST", "/api/v1/deployments", []byte("\x89PNG"), []string{"Content-Type", "image/png"}, 415, "media-type", ""},
		"Compressed":         {"POST", "/api/v1/deployments", []byte("\x1f\x8b"), []string{"Content-Type", "application/xml", "Content-Encoding", "gzip"}, 415, "media-type", ""},
		"DeployPNG":          {"POST", "/api/v1/deployments", []byte("\x89PNG\r\n\x1a\n"), []string{"Content-Type", "application/xml"}, 422, "bpmn-invalid", ""},
		"DeployEmpty":        {"POST", "/api/v1/deployments", []byte{}, []string{"Content-Type", "application/xml"}, 400, "body-invalid", ""},
		"DeployTooLarge":     {"POST", "/api/v1/deployments", make([]byte, 4<<20+1), []string{"Content-Type", "application/xml"}, 413, "body-too-large", ""},
		"FormNoBoundary":     {"POST", "/api/v1/deployments", []byte("--x"), []string{"Content-Type", "multipart/form-data"}, 415, "media-type", ""},
		"FormNoise":          {"POST", "/api/v1/deployments", []byte("noise"), []string{"Content-Type", "multipart/form-data; boundary=x"}, 400, "body-invalid", ""},
		"FormField":          {"POST", "/api/v1/deployments", []byte("--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--x--\r\n"), []string{"Content-Type", "multipart/form-data; boundary=x"}, 400, "body-invalid", ""},
		"FormEmpty":          {"POST", "/api/v1/deployments", []byte("--x--\r\n"), []string{"Content-Type", "multipart/form-data; boundary=x"}, 400, "body-invalid", ""},
		"KeyEmpty":           {"POST", "/processes/order/start", `{"processStartedBy":"a"}`, []string{"Idempotency-Key", `""`}, 400, "parameter-invalid", "Idempotency-Key"},
		"KeyTooLong":         {"POST", "/processes/order/start", `{"processStartedBy":"a"}`, []string{"Idempotency-Key", strings.Repeat("k", 256)}, 400, "parameter-invalid", "Idempotency-Key"},
		"KeyUnclosed":        {"POST", "/processes/order/start", `{"processStartedBy":"a"}`, []string{"Idempotency-Key", `"abc`}, 400, "parameter-invalid", "Idempotency-Key"},
		"KeyTwoWords":        {"POST", "/processes/order/start", `{"processStartedBy":"a"}`, []string{"Idempotency-Key", "a b"}, 400, "parameter-invalid", "Idempotency-Key"},
		"KeyEscape":          {"POST", "/processes/order/start", `{"processStartedBy":"a"}`, []string{"Idempotency-Key", `"a\b"`}, 400, "parameter-invalid", "Idempotency-Key"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			response := a.Call(t, tt.method, tt.path, tt.body, tt.headers...)
			problem := response.Problem(t, tt.status, tt.code)
			if tt.parameter != "" {
				require.Equal(t, tt.parameter, problem.Errors[0].Parameter)
			}
			if tt.status == http.StatusMethodNotAllowed {
				require.Contains(t, response.Header.Get("Allow"), "GET")
			}
		})
	}
}

// What the limits allow must pass.
func TestBodiesAtTheLimit(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, &apitest.Temporal{})
	padded := strings.Replace(apitest.Order, "</definitions>", "<!--"+strings.Repeat("x", 4<<20-len(apitest.Order)-7)+"--></definitions>", 1)
	require.Len(t, padded, 4<<20)
	a.Deploy(t, padded)
	head, tail := `{"processStartedBy":"a"`, "}"
	start(t, a, head+manyFields(500)+tail)
	start(t, a, head+strings.Repeat(" ", 1<<20-len(head)-1)+tail)
	start(t, a, `{"processStartedBy":"`+strings.Repeat("ä", 255)+`"}`)
}
