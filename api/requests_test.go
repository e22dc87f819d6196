package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/apitest"
	"github.com/perdure/perdure/protocol"
	"github.com/perdure/perdure/repository"
)

func now() time.Time { return time.Now() }

func TestPrefer(t *testing.T) {
	t.Parallel()
	p := apitest.NewPlatform(t)
	p.Deploy(t, apitest.Order)
	const body = `{"processStartedBy":"Ada"}`
	tests := map[string]struct {
		prefer  string
		status  int
		applied string
	}{
		"None":          {"", 201, ""},
		"Async":         {"respond-async", 202, "respond-async"},
		"AsyncCase":     {"Respond-Async", 202, "respond-async"},
		"WaitTooShort":  {"wait=1", 202, "wait=1"},
		"AsyncWait":     {"respond-async, wait=1", 202, "respond-async, wait=1"},
		"Unknown":       {"return=minimal, something", 201, ""},
		"Malformed":     {"wait=soon", 201, ""},
		"NegativeWait":  {"wait=-1", 201, ""},
		"FirstCounts":   {"wait=x, wait=1", 201, ""},
		"WithParameter": {"respond-async; foo=bar", 202, "respond-async"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var started api.GovStarted
			response := p.Post(t, "/processes/order/start", body, "Prefer", tt.prefer).Want(t, tt.status).Into(t, &started)
			require.Equal(t, tt.applied, response.Header.Get("Preference-Applied"))
			require.Contains(t, response.Header.Values("Vary"), "Prefer")
			require.Equal(t, "/instances/"+started.ID, response.Header.Get("Location"))
			require.Equal(t, "running", started.State)
			require.Nil(t, started.Variables)
			p.Get(t, response.Header.Get("Location")).Want(t, 200)
		})
	}
}

// A synchronous start answers the final state and the variables (GS-6.2.6).
func TestWaitForTheEnd(t *testing.T) {
	t.Parallel()
	p := apitest.NewPlatform(t)
	p.Temporal.OnStart = func(in protocol.Input) { p.Finish(t, in.Instance, `{"total":12.50}`) }
	p.Deploy(t, apitest.Order)
	var started api.GovStarted
	response := p.Post(t, "/processes/order/start", `{"processStartedBy":"Ada"}`, "Prefer", "wait=30").Want(t, 201).Into(t, &started)
	require.Equal(t, "completed", started.State)
	require.True(t, started.Ended)
	require.Contains(t, string(response.Body), `"variables":{"total":12.50}`)
	require.Equal(t, "wait=30", response.Header.Get("Preference-Applied"))

	var in api.Instance
	p.Post(t, "/api/v1/instances", `{"process":"order"}`, "Prefer", "wait=30").Want(t, 201).Into(t, &in)
	require.Equal(t, "completed", in.State)
	require.JSONEq(t, `{"total":12.50}`, string(*in.Output))
}

func TestFiveStartsWithOneKeyGiveOneInstance(t *testing.T) {
	t.Parallel()
	p := apitest.NewPlatform(t)
	p.Deploy(t, apitest.Order)
	for _, prefer := range []string{"", "wait=1"} {
		t.Run("Prefer"+prefer, func(t *testing.T) {
			before := len(p.Temporal.Starts())
			bodies := make([]string, 5)
			var group sync.WaitGroup
			for i := range bodies {
				group.Go(func() {
					response := p.Post(t, "/processes/order/start", `{"processStartedBy":"Ada"}`, "Idempotency-Key", `"key-`+prefer+`"`, "Prefer", prefer)
					bodies[i] = fmt.Sprint(response.Status, " ", response.Header.Get("Location"), " ", string(response.Body))
				})
			}
			group.Wait()
			for _, body := range bodies {
				require.Equal(t, bodies[0], body)
			}
			require.Len(t, p.Temporal.Starts(), before+1)
		})
	}
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	p := apitest.NewPlatform(t)
	p.Deploy(t, apitest.Order)
	path, body := "/processes/order/start", `{"processStartedBy":"Ada"}`
	first := p.Post(t, path, body, "Idempotency-Key", "k1").Want(t, 201)
	require.Empty(t, first.Header.Get("Idempotency-Replayed"))

	again := p.Post(t, path, body, "Idempotency-Key", `"k1"`).Want(t, 201)
	require.Equal(t, string(first.Body), string(again.Body), "a bare token is the same key as the text")
	require.Equal(t, "true", again.Header.Get("Idempotency-Replayed"))
	require.Equal(t, first.Header.Get("Location"), again.Header.Get("Location"))

	p.Post(t, path, `{"processStartedBy":"Bob"}`, "Idempotency-Key", "k1").Problem(t, 422, "idempotency-key-reused")
	other := p.Post(t, path, body, "Idempotency-Key", "k2").Want(t, 201)
	require.NotEqual(t, string(first.Body), string(other.Body))
	// The same key belongs to another request on another path.
	p.Post(t, "/api/v1/instances", `{"process":"order"}`, "Idempotency-Key", "k1").Want(t, 201)

	// A refusal is an answer too.
	p.Post(t, "/processes/none/start", body, "Idempotency-Key", "k3").Problem(t, 404, "not-found")
	require.Equal(t, "true", p.Post(t, "/processes/none/start", body, "Idempotency-Key", "k3").Want(t, 404).Header.Get("Idempotency-Replayed"))

	form, media := multipartOf(t, apitest.Order)
	p.Call(t, http.MethodPost, "/api/v1/deployments", form, "Content-Type", media, "Idempotency-Key", "k4").Want(t, 200)
	form, media = multipartOf(t, apitest.Order)
	replayed := p.Call(t, http.MethodPost, "/api/v1/deployments", form, "Content-Type", media, "Idempotency-Key", "k4").Want(t, 200)
	require.Equal(t, "true", replayed.Header.Get("Idempotency-Replayed"), "the boundary of a form does not count")
}

// What may go better the next time is not kept.
func TestIdempotencyKeyAfterAnOutage(t *testing.T) {
	t.Parallel()
	p := apitest.NewPlatform(t)
	p.Deploy(t, apitest.Order)
	task := "/api/v1/tasks/" + taskOf(t, p.API, start(t, p.API, `{"processStartedBy":"Ada"}`)) + "/complete"
	p.Temporal.GoAway(true)
	away := p.Post(t, task, `{}`, "Idempotency-Key", "k").Want(t, 503)
	require.Equal(t, "5", away.Header.Get("Retry-After"))
	p.Temporal.GoAway(false)
	require.Empty(t, p.Post(t, task, `{}`, "Idempotency-Key", "k").Want(t, 200).Header.Get("Idempotency-Replayed"))
	require.Equal(t, "true", p.Post(t, task, `{}`, "Idempotency-Key", "k").Want(t, 200).Header.Get("Idempotency-Replayed"))
}

func TestTemporalAway(t *testing.T) {
	t.Parallel()
	p := apitest.NewPlatform(t)
	p.Deploy(t, apitest.Order)
	before := start(t, p.API, `{"processStartedBy":"Ada"}`)
	task := taskOf(t, p.API, before)
	p.Temporal.GoAway(true)

	id := start(t, p.API, `{"processStartedBy":"Ada"}`)
	in, err := p.Repository.Instance(t.Context(), id)
	require.NoError(t, err)
	require.False(t, in.Dispatched, "the start is on disk and carried out later")

	for _, path := range []string{"/state", "/variables", "/history"} {
		require.Equal(t, "5", p.Get(t, "/api/v1/instances/"+before+path).Want(t, 503).Header.Get("Retry-After"))
	}
	p.Post(t, "/api/v1/tasks/"+task+"/complete", `{}`).Problem(t, 503, "unavailable")
	p.Call(t, http.MethodPatch, "/api/v1/instances/"+before+"/variables", `{"variables":{"a":1}}`).Problem(t, 503, "unavailable")
	p.Get(t, "/instances/"+before).Want(t, 200)
	p.Get(t, "/api/v1/tasks").Want(t, 200)
	stopping := p.Post(t, "/instances/"+before+"/stop", nil).Want(t, 202).Object(t)
	require.Equal(t, "running", stopping["state"], "the stop is recorded")

	health := p.Get(t, "/readyz").Want(t, 503).Object(t)
	require.Equal(t, "fail", health["status"])
	components, ok := health["components"].(map[string]any)
	require.True(t, ok)
	require.Equal(t, map[string]any{"status": "pass"}, components["repository"])
	require.Equal(t, map[string]any{"status": "fail", "output": "Temporal does not answer"}, components["temporal"])
	p.Get(t, "/healthz").Want(t, 200)

	p.Temporal.GoAway(false)
	require.NoError(t, p.Dispatcher.Start(t.Context(), in))
	p.Get(t, "/readyz").Want(t, 200)
}

func TestDatabaseAway(t *testing.T) {
	t.Parallel()
	repo, err := repository.Open(t.Context(), "sqlite::memory:", repository.Options{Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	f := &apitest.Temporal{}
	handler, err := api.New(api.Options{
		Repository: repo, Dispatcher: apitest.Dispatcher(repo, f), Temporal: f,
		Logger: slog.New(slog.DiscardHandler), Timeout: 50 * time.Millisecond,
	})
	require.NoError(t, err)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	a := &apitest.API{URL: server.URL}
	require.NoError(t, repo.Close())
	require.Equal(t, "5", a.Get(t, "/processes").Want(t, 503).Header.Get("Retry-After"))
	a.Post(t, "/processes/order/start", `{"processStartedBy":"Ada"}`, "Idempotency-Key", "k").Problem(t, 503, "unavailable")
	a.Get(t, "/readyz").Want(t, 503)
	a.Get(t, "/healthz").Want(t, 200)
}

func TestListsPage(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, &apitest.Temporal{})
	a.Deploy(t, apitest.Order)
	want := map[string]bool{}
	for range 7 {
		want[start(t, a, `{"processStartedBy":"Ada"}`)] = true
	}
	seen := map[string]bool{}
	pages := 0
	for path := "/instances?processId=order&limit=3"; path != ""; pages++ {
		var list []api.GovInstance
		response := a.Get(t, path).Want(t, 200).Into(t, &list)
		for _, in := range list {
			require.False(t, seen[in.ID], "once each")
			seen[in.ID] = true
		}
		if pages == 0 {
			start(t, a, `{"processStartedBy":"Ada"}`) // a newcomer disturbs nobody
		}
		path = nextPage(t, response)
	}
	require.Equal(t, want, seen)
	require.Equal(t, 3, pages)

	var list struct {
		Items []api.Instance
		Next  string
	}
	response := a.Get(t, "/api/v1/instances?limit=8").Want(t, 200).Into(t, &list)
	require.Len(t, list.Items, 8)
	require.Empty(t, list.Next)
	require.Empty(t, response.Header.Get("Link"))
}

// nextPage follows the Link header as a client does.
func nextPage(t *testing.T, r apitest.Response) string {
	t.Helper()
	link := r.Header.Get("Link")
	if link == "" {
		return ""
	}
	path, rest, ok := strings.Cut(strings.TrimPrefix(link, "<"), ">")
	require.True(t, ok)
	require.Equal(t, `; rel="next"`, rest)
	return path
}

func TestTraceContext(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, &apitest.Temporal{})
	const trace = "0af7651916cd43dd8448eb211c80319c"
	response := a.Call(t, http.MethodGet, "/nothing", nil, "Traceparent", "00-"+trace+"-b7ad6b7169203331-01")
	require.Equal(t, trace, response.Problem(t, 404, "not-found").TraceID)
	parent := response.Header.Get("Traceparent")
	require.True(t, strings.HasPrefix(parent, "00-"+trace+"-"), parent)
	require.NotContains(t, parent, "b7ad6b7169203331", "the span is the server's own")
	other := a.Call(t, http.MethodGet, "/nothing", nil, "Traceparent", "nonsense").Problem(t, 404, "not-found")
	require.NotEqual(t, trace, other.TraceID)
}

func TestHead(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, &apitest.Temporal{})
	require.Empty(t, a.Call(t, http.MethodHead, "/healthz", nil).Want(t, 200).Body)
	a.Call(t, http.MethodHead, "/nothing", nil).Want(t, 404)
}

func TestSecurityHeaders(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, &apitest.Temporal{})
	for _, path := range []string{"/", "/processes", "/nothing", "/docs"} {
		h := a.Get(t, path).Header
		require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), path)
		require.Equal(t, "same-origin", h.Get("Referrer-Policy"), path)
		require.Equal(t, "same-origin", h.Get("Cross-Origin-Opener-Policy"), path)
	}
}

// GS-8.9: a fault of the server tells nothing of its inside, but the log does.
func TestPanic(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	repo := apitest.Repository(t)
	f := &apitest.Temporal{OnStart: func(protocol.Input) { panic("secret detail") }}
	handler, err := api.New(api.Options{
		Repository: repo, Dispatcher: apitest.Dispatcher(repo, f), Temporal: f,
		Logger:     slog.New(slog.NewJSONHandler(&log, nil)),
		TemporalUI: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(errors.New("secret detail")) }),
	})
	require.NoError(t, err)
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/temporal/x", nil))
	var problem api.Problem
	require.NoError(t, json.Unmarshal(recorder.Body.Bytes(), &problem))
	require.Equal(t, 500, recorder.Code)
	require.Equal(t, "Internal server error, please contact administrator", problem.Title)
	require.NotContains(t, recorder.Body.String(), "secret")
	require.Contains(t, log.String(), "secret detail")
	require.Contains(t, log.String(), problem.TraceID)
}

func TestRequestLogAndMetrics(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	repo := apitest.Repository(t)
	f := &apitest.Temporal{}
	handler, err := api.New(api.Options{
		Repository: repo, Dispatcher: apitest.Dispatcher(repo, f), Temporal: f, Logger: slog.New(slog.NewJSONHandler(&log, nil)),
	})
	require.NoError(t, err)
	get := func(path string) string {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		body, err := io.ReadAll(recorder.Body)
		require.NoError(t, err)
		return string(body)
	}
	get("/processes/some%0Aname")
	var record map[string]any
	require.NoError(t, json.Unmarshal(log.Bytes(), &record), "one line: %s", log.String())
	require.Equal(t, "/processes/{processId}", record["route"])
	require.InDelta(t, 404, record["status"], 0)
	require.Equal(t, "anonymous", record["user"])
	require.Len(t, record["trace_id"], 32)
	metrics := get("/metrics")
	require.Contains(t, metrics, `perdure_http_requests_total{method="GET",route="/processes/{processId}",status="404"} 1`)
	require.Contains(t, metrics, "perdure_dispatch_starts_total 0")
}

func TestReadyNeedsTheWorker(t *testing.T) {
	t.Parallel()
	repo := apitest.Repository(t)
	f := &apitest.Temporal{}
	handler, err := api.New(api.Options{
		Repository: repo, Dispatcher: apitest.Dispatcher(repo, f), Temporal: f, Logger: slog.New(slog.DiscardHandler),
		Worker: func(context.Context) error { return errors.New("starting") },
	})
	require.NoError(t, err)
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", nil))
	require.Equal(t, 503, recorder.Code)
	require.Contains(t, recorder.Body.String(), `"worker":{"status":"fail"`)
}

// Whoever polls /readyz does not fill the log.
func TestReadinessIsLoggedWhenItChanges(t *testing.T) {
	t.Parallel()
	repo := apitest.Repository(t)
	f := &apitest.Temporal{}
	var out bytes.Buffer
	starting := errors.New("starting")
	state := starting
	handler, err := api.New(api.Options{
		Repository: repo, Dispatcher: apitest.Dispatcher(repo, f), Temporal: f,
		Logger: slog.New(slog.NewTextHandler(&out, nil)),
		Worker: func(context.Context) error { return state },
	})
	require.NoError(t, err)
	for _, now := range []error{starting, starting, nil, nil, starting} {
		state = now
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", nil))
	}
	require.Equal(t, 2, strings.Count(out.String(), `msg="not ready" component=worker error=starting`), out.String())
	require.Equal(t, 1, strings.Count(out.String(), `msg="ready again" component=worker`), out.String())
}
