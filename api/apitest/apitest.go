// Package apitest lets tests talk to the API as a client does: over HTTP, to a
// handler on a real repository.
package apitest

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/dispatch"
	"github.com/perdure/perdure/protocol"
	"github.com/perdure/perdure/repository"
)

// API is a running API.
type API struct {
	URL        string
	Repository *repository.Repository
	Dispatcher *dispatch.Dispatcher
}

// New serves the API over a repository in memory and the given client, which
// is a *Temporal or a real one. The dispatcher's Run is not running: what the
// API does not carry out itself stays undone.
func New(t testing.TB, c client.Client) *API {
	t.Helper()
	repo := Repository(t)
	return Serve(t, repo, Dispatcher(repo, c), c)
}

// Repository opens an empty repository in memory.
func Repository(t testing.TB) *repository.Repository {
	t.Helper()
	repo, err := repository.Open(t.Context(), "sqlite::memory:", repository.Options{Logger: quiet()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, repo.Close()) })
	return repo
}

// Dispatcher makes a dispatcher that logs nothing.
func Dispatcher(repo *repository.Repository, c client.Client) *dispatch.Dispatcher {
	return dispatch.New(repo, c, dispatch.Options{TaskQueue: "perdure", Logger: quiet()})
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// Handler is the handler that New serves.
func Handler(t testing.TB, c client.Client) http.Handler {
	t.Helper()
	repo := Repository(t)
	return handler(t, repo, Dispatcher(repo, c), c)
}

func handler(t testing.TB, repo *repository.Repository, d *dispatch.Dispatcher, c client.Client) http.Handler {
	t.Helper()
	h, err := api.New(api.Options{
		Repository: repo, Dispatcher: d, Temporal: c, Logger: quiet(),
		Actor: protocol.Actor{User: "developer", Affiliation: "local"}, Mode: "dev", Version: "1.2.3",
	})
	require.NoError(t, err)
	return h
}

// Serve serves the API over what a test has built itself.
func Serve(t testing.TB, repo *repository.Repository, d *dispatch.Dispatcher, c client.Client) *API {
	t.Helper()
	server := httptest.NewServer(handler(t, repo, d, c))
	t.Cleanup(server.Close)
	return &API{URL: server.URL, Repository: repo, Dispatcher: d}
}

// Response is an answer that was read to its end.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Into decodes the body.
func (r Response) Into(t testing.TB, target any) Response {
	t.Helper()
	require.NoError(t, json.Unmarshal(r.Body, target), "%s", r.Body)
	return r
}

// Object decodes the body as an object.
func (r Response) Object(t testing.TB) map[string]any {
	t.Helper()
	var object map[string]any
	r.Into(t, &object)
	return object
}

// Want requires a status.
func (r Response) Want(t testing.TB, status int) Response {
	t.Helper()
	require.Equal(t, status, r.Status, "%s", r.Body)
	return r
}

// Problem requires an error in the one shape that all errors have.
func (r Response) Problem(t testing.TB, status int, code string) api.Problem {
	t.Helper()
	r.Want(t, status)
	require.Equal(t, "application/problem+json", r.Header.Get("Content-Type"))
	var p api.Problem
	r.Into(t, &p)
	require.Equal(t, status, p.Status)
	require.Equal(t, code, p.Code)
	require.Equal(t, "/problems/"+code, p.Type)
	require.NotEmpty(t, p.Title)
	require.Len(t, p.TraceID, 32)
	return p
}

// Call sends a request. The body is nothing, a text or bytes as they are, or
// anything else as JSON; headers come in pairs.
func (a *API) Call(t testing.TB, method, path string, body any, headers ...string) Response {
	t.Helper()
	var reader io.Reader
	json := false
	switch body := body.(type) {
	case nil:
	case string:
		reader, json = strings.NewReader(body), true
	case []byte:
		reader = bytes.NewReader(body)
	default:
		reader, json = bytes.NewReader(encode(t, body)), true
	}
	request, err := http.NewRequestWithContext(t.Context(), method, a.URL+path, reader)
	require.NoError(t, err)
	if json {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { require.NoError(t, response.Body.Close()) }()
	data, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return Response{Status: response.StatusCode, Header: response.Header, Body: data}
}

func encode(t testing.TB, body any) []byte {
	t.Helper()
	data, err := json.Marshal(body)
	require.NoError(t, err)
	return data
}

// Get sends a GET.
func (a *API) Get(t testing.TB, path string) Response {
	t.Helper()
	return a.Call(t, http.MethodGet, path, nil)
}

// Post sends a POST with a JSON body.
func (a *API) Post(t testing.TB, path string, body any, headers ...string) Response {
	t.Helper()
	return a.Call(t, http.MethodPost, path, body, headers...)
}

// Deploy deploys BPMN XML and answers the id of its first process.
func (a *API) Deploy(t testing.TB, xml string) string {
	t.Helper()
	var deployment api.Deployment
	a.Call(t, http.MethodPost, "/api/v1/deployments", []byte(xml), "Content-Type", "application/xml").
		Want(t, http.StatusCreated).Into(t, &deployment)
	return deployment.Processes[0].ID
}

// Order is a small process: a script, then a user task.
const Order = `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="urn:test:order">
  <process id="order" name="Order" processType="Private" isExecutable="true">
    <documentation>Takes an order.</documentation>
    <startEvent id="start"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="check"/>
    <userTask id="check" name="Check the order"/>
    <sequenceFlow id="f2" sourceRef="check" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>
`
