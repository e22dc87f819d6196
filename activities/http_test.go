package activities

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/perdure/perdure/protocol"
)

// seen is what a test service has been sent.
type seen struct {
	method, path, query, body string
	header                    http.Header
}

// echo serves a fixed answer and reports what it is sent.
func echo(t *testing.T, answer http.HandlerFunc) (string, func() seen) {
	t.Helper()
	requests := make(chan seen, 16)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(err)
		}
		requests <- seen{r.Method, r.URL.Path, r.URL.RawQuery, string(body), r.Header}
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, func() seen {
		select {
		case s := <-requests:
			return s
		default:
			require.FailNow(t, "the service was sent nothing")
			return seen{}
		}
	}
}

func answerJSON(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func do(t *testing.T, input map[string]any) (*Response, error) {
	t.Helper()
	encoded, err := json.Marshal(input)
	require.NoError(t, err)
	ctx := WithTask(t.Context(), protocol.TaskInfo{
		Key:     "i-1/pay/1",
		Headers: map[string]string{"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
	})
	return NewHTTP(HTTPOptions{Version: "1.2.3"}).Do(ctx, encoded)
}

// failure asserts that err is an application error of a type.
func failure(t *testing.T, err error, errType string, retryable bool) *temporal.ApplicationError {
	t.Helper()
	var fault *temporal.ApplicationError
	require.ErrorAs(t, err, &fault)
	require.Equal(t, errType, fault.Type(), err)
	require.Equal(t, retryable, !fault.NonRetryable(), err)
	return fault
}

func TestHTTPRequest(t *testing.T) {
	t.Parallel()

	t.Run("GetIsTheDefault", func(t *testing.T) {
		t.Parallel()
		url, sent := echo(t, answerJSON(200, `{"name":"Ada"}`))
		response, err := do(t, map[string]any{"url": url + "/patients/7?a=1", "query": map[string]any{
			"n": json.RawMessage(`12345678901234567890.10`), "list": []any{"x", true}, "gone": nil,
		}})
		require.NoError(t, err)
		require.Equal(t, 200, response.Status)
		require.JSONEq(t, `{"name":"Ada"}`, string(response.Body))
		require.Equal(t, "application/json; charset=utf-8", response.Headers["content-type"])
		s := sent()
		require.Equal(t, "GET", s.method)
		require.Equal(t, "/patients/7", s.path)
		require.Equal(t, "a=1&list=x&list=true&n=12345678901234567890.10", s.query)
		require.Empty(t, s.body)
	})

	t.Run("TheQueryOfAURLIsEscaped", func(t *testing.T) {
		t.Parallel()
		url, sent := echo(t, answerJSON(200, `{}`))
		_, err := do(t, map[string]any{"url": url + "/Zoë Q/?name=Zoë HTTP/1.1&b=%20"})
		require.NoError(t, err)
		s := sent()
		require.Equal(t, "/Zoë Q/", s.path)
		require.Equal(t, "name=Zo%C3%AB%20HTTP/1.1&b=%20", s.query)
	})

	t.Run("CarriesKeyTraceAndAgent", func(t *testing.T) {
		t.Parallel()
		url, sent := echo(t, answerJSON(204, ""))
		response, err := do(t, map[string]any{"url": url})
		require.NoError(t, err)
		require.JSONEq(t, "null", string(response.Body))
		s := sent()
		require.Equal(t, "i-1/pay/1", s.header.Get("Idempotency-Key"))
		require.Equal(t, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", s.header.Get("Traceparent"))
		require.Equal(t, "perdure/1.2.3", s.header.Get("User-Agent"))
		require.NotContains(t, s.header, "Accept-Encoding")
	})

	t.Run("TheInputMaySetThese", func(t *testing.T) {
		t.Parallel()
		url, sent := echo(t, answerJSON(204, ""))
		_, err := do(t, map[string]any{"url": url, "headers": map[string]any{
			"idempotency-key": "mine", "user-agent": "clinic", "x-many": []any{"a", 2},
		}})
		require.NoError(t, err)
		s := sent()
		require.Equal(t, []string{"mine"}, s.header.Values("Idempotency-Key"))
		require.Equal(t, []string{"clinic"}, s.header.Values("User-Agent"))
		require.Equal(t, []string{"a", "2"}, s.header.Values("X-Many"))
	})

	t.Run("NoDigitIsLost", func(t *testing.T) {
		t.Parallel()
		const amount = `{"amount":10.10,"id":9007199254740993,"rate":0.10000000000000000000000001}`
		url, sent := echo(t, answerJSON(200, amount))
		response, err := do(t, map[string]any{"url": url, "method": "post", "body": json.RawMessage(amount)})
		require.NoError(t, err)
		require.Equal(t, amount, string(response.Body))
		s := sent()
		require.Equal(t, "POST", s.method)
		require.Equal(t, amount, s.body)
		require.Equal(t, "application/json", s.header.Get("Content-Type"))
	})

	t.Run("TextBody", func(t *testing.T) {
		t.Parallel()
		url, sent := echo(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "übernommen") })
		response, err := do(t, map[string]any{"url": url, "method": "PUT", "body": "a \"text\""})
		require.NoError(t, err)
		require.JSONEq(t, `"übernommen"`, string(response.Body))
		s := sent()
		require.Equal(t, `a "text"`, s.body)
		require.Equal(t, "text/plain; charset=utf-8", s.header.Get("Content-Type"))
	})

	t.Run("Form", func(t *testing.T) {
		t.Parallel()
		url, sent := echo(t, answerJSON(200, `[]`))
		_, err := do(t, map[string]any{"url": url, "method": "POST", "form": map[string]any{"to": "+4912", "text": "a & b"}})
		require.NoError(t, err)
		s := sent()
		require.Equal(t, "text=a+%26+b&to=%2B4912", s.body)
		require.Equal(t, "application/x-www-form-urlencoded", s.header.Get("Content-Type"))
	})
}

func TestHTTPRefusesInput(t *testing.T) {
	t.Parallel()
	good := "http://127.0.0.1:1/"
	for name, input := range map[string]map[string]any{
		"NoURL":            {},
		"RelativeURL":      {"url": "/patients"},
		"FileURL":          {"url": "file:///etc/passwd"},
		"GopherURL":        {"url": "gopher://127.0.0.1/"},
		"Credentials":      {"url": "http://ada:secret@127.0.0.1/"},
		"LineInURL":        {"url": "http://127.0.0.1/\r\nX: y"},
		"URLIsNoText":      {"url": 7},
		"LongURL":          {"url": good + strings.Repeat("a", 9000)},
		"Method":           {"url": good, "method": "CONNECT"},
		"LineInMethod":     {"url": good, "method": "GET\r\nX: y"},
		"Host":             {"url": good, "headers": map[string]any{"host": "other"}},
		"ContentLength":    {"url": good, "headers": map[string]any{"Content-length": 3}},
		"TransferEncoding": {"url": good, "headers": map[string]any{"Transfer-Encoding": "chunked"}},
		"Connection":       {"url": good, "headers": map[string]any{"Connection": "close"}},
		"ProxyAuth":        {"url": good, "headers": map[string]any{"proxy-authorization": "x"}},
		"HeaderInjection":  {"url": good, "headers": map[string]any{"X-A": "v\r\nX-B: w"}},
		"HeaderName":       {"url": good, "headers": map[string]any{"X A": "v"}},
		"HeaderObject":     {"url": good, "headers": map[string]any{"X-A": map[string]any{}}},
		"HeadersNoObject":  {"url": good, "headers": "X-A: v"},
		"ManyHeaderBytes":  {"url": good, "headers": map[string]any{"X-A": strings.Repeat("a", 40_000)}},
		"QueryOfObjects":   {"url": good, "query": map[string]any{"a": []any{map[string]any{}}}},
		"BodyAndForm":      {"url": good, "body": 1, "form": map[string]any{"a": 1}},
		"HugeBody":         {"url": good, "body": strings.Repeat("a", maxRequestBody+1)},
		"FailOn4xx":        {"url": good, "failOn4xx": "ignore"},
		"TimeoutUnit":      {"url": good, "timeout": "P1D"},
		"TimeoutLong":      {"url": good, "timeout": 301},
		"TimeoutZero":      {"url": good, "timeout": "PT0S"},
		"TimeoutNegative":  {"url": good, "timeout": -1},
		"TimeoutEmpty":     {"url": good, "timeout": "PT"},
		"TimeoutNaN":       {"url": good, "timeout": "NaN"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := do(t, input)
			failure(t, err, ErrTypeInput, false)
		})
	}
	t.Run("NoObject", func(t *testing.T) {
		t.Parallel()
		_, err := NewHTTP(HTTPOptions{}).Do(t.Context(), json.RawMessage(`[1]`))
		failure(t, err, ErrTypeInput, false)
	})
}

func TestParseTimeout(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"2": 2 * time.Second, "0.25": 250 * time.Millisecond,
		"PT30S": 30 * time.Second, "PT1M": time.Minute, "PT2M30.5S": 150*time.Second + 500*time.Millisecond,
	} {
		got, ok := parseTimeout(text)
		require.True(t, ok, text)
		require.Equal(t, want, got, text)
	}
}

func TestHTTPStatus(t *testing.T) {
	t.Parallel()

	t.Run("RedirectIsAResult", func(t *testing.T) {
		t.Parallel()
		url, _ := echo(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) })
		response, err := do(t, map[string]any{"url": url})
		require.NoError(t, err)
		require.Equal(t, 302, response.Status)
		require.Equal(t, "/elsewhere", response.Headers["location"])
	})

	t.Run("CookiesAreNoVariables", func(t *testing.T) {
		t.Parallel()
		url, _ := echo(t, func(w http.ResponseWriter, _ *http.Request) {
			http.SetCookie(w, &http.Cookie{Name: "session", Value: "s"})
			w.Header().Add("X-Many", "a")
			w.Header().Add("X-Many", "b")
		})
		response, err := do(t, map[string]any{"url": url})
		require.NoError(t, err)
		require.NotContains(t, response.Headers, "set-cookie")
		require.Equal(t, "a, b", response.Headers["x-many"])
	})

	t.Run("4xxThrowsABPMNError", func(t *testing.T) {
		t.Parallel()
		url, _ := echo(t, answerJSON(404, `{"code":9007199254740993}`))
		var suite testsuite.WorkflowTestSuite
		env := suite.NewTestActivityEnvironment()
		env.RegisterActivityWithOptions(NewHTTP(HTTPOptions{}).Do, activity.RegisterOptions{Name: HTTPName})
		_, err := env.ExecuteActivity(HTTPName, map[string]any{"url": url + "/patients/7?name=Ada"})
		fault := failure(t, err, protocol.BPMNErrorPrefix+"http-4xx", false)
		require.Equal(t, temporal.ApplicationErrorCategoryBenign, fault.Category())
		require.Equal(t, "GET "+url+"/patients/7 was answered 404 Not Found", fault.Message())
		var data json.RawMessage
		require.NoError(t, fault.Details(&data))
		var response Response
		require.NoError(t, json.Unmarshal(data, &response))
		require.Equal(t, 404, response.Status)
		require.Equal(t, `{"code":9007199254740993}`, string(response.Body))
		require.Equal(t, "application/json; charset=utf-8", response.Headers["content-type"])
	})

	t.Run("4xxIsAnIncidentOnRequest", func(t *testing.T) {
		t.Parallel()
		url, _ := echo(t, answerJSON(422, `not JSON at all`))
		_, err := do(t, map[string]any{"url": url, "failOn4xx": "incident"})
		failure(t, err, ErrTypeUnusable, false)
	})

	for _, status := range []int{408, 425, 429, 500, 502, 503, 599} {
		t.Run("TemporaryIsTriedAgain", func(t *testing.T) {
			t.Parallel()
			url, _ := echo(t, answerJSON(status, `{}`))
			_, err := do(t, map[string]any{"url": url, "failOn4xx": "incident"})
			failure(t, err, ErrTypeUnavailable, true)
		})
	}

	for _, status := range []int{429, 503} {
		t.Run("RetryAfterIsHonoured", func(t *testing.T) {
			t.Parallel()
			url, _ := echo(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", "17")
				w.WriteHeader(status)
			})
			_, err := do(t, map[string]any{"url": url})
			require.Equal(t, 17*time.Second, failure(t, err, ErrTypeUnavailable, true).NextRetryDelay())
		})
	}

	t.Run("FirstFailsThenServes", func(t *testing.T) {
		t.Parallel()
		var calls atomic.Int32
		url, _ := echo(t, func(w http.ResponseWriter, r *http.Request) {
			if calls.Add(1) == 1 {
				w.WriteHeader(http.StatusBadGateway)
				return
			}
			answerJSON(200, `1.50`)(w, r)
		})
		_, err := do(t, map[string]any{"url": url})
		failure(t, err, ErrTypeUnavailable, true)
		response, err := do(t, map[string]any{"url": url})
		require.NoError(t, err)
		require.Equal(t, "1.50", string(response.Body))
	})
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "soon": 0, "-1": 0, "5": 5 * time.Second, "999999999999": 0, "86400": time.Hour,
		"Mon, 05 Jan 2026 09:02:00 GMT": 2 * time.Minute,
		"Mon, 05 Jan 2026 08:00:00 GMT": 0,
		"Tue, 06 Jan 2026 09:00:00 GMT": time.Hour,
	} {
		require.Equal(t, want, retryAfter(value, now), value)
	}
}

func TestHTTPBody(t *testing.T) {
	t.Parallel()
	typed := func(media, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", media)
			_, _ = io.WriteString(w, body)
		}
	}
	for name, test := range map[string]struct{ media, body, want string }{
		"ProblemJSON": {"application/problem+json", `{"a":1}`, `{"a":1}`},
		"MarkedJSON":  {"application/json", "\ufeff{\"a\":1}", `{"a":1}`},
		"NullJSON":    {"application/json", `null`, `null`},
		"HTML":        {"text/html", `<p>`, `"\u003cp\u003e"`},
		"XML":         {"application/xml", `<a/>`, `"\u003ca/\u003e"`},
		"EmptyJSON":   {"application/json", ``, `null`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, _ := echo(t, typed(test.media, test.body))
			response, err := do(t, map[string]any{"url": url})
			require.NoError(t, err)
			require.Equal(t, test.want, string(response.Body))
			require.Empty(t, response.Base64)
		})
	}

	t.Run("Binary", func(t *testing.T) {
		t.Parallel()
		url, _ := echo(t, typed("application/octet-stream", "\x00\xff\xfe"))
		response, err := do(t, map[string]any{"url": url})
		require.NoError(t, err)
		require.Equal(t, "null", string(response.Body))
		require.Equal(t, "AP/+", response.Base64)
	})
	t.Run("FalseJSON", func(t *testing.T) {
		t.Parallel()
		url, _ := echo(t, typed("application/json", `{"a":`))
		_, err := do(t, map[string]any{"url": url})
		failure(t, err, ErrTypeUnusable, false)
	})
	t.Run("AsLargeAsAllowed", func(t *testing.T) {
		t.Parallel()
		url, _ := echo(t, typed("text/plain", strings.Repeat("a", maxResponseBody)))
		response, err := do(t, map[string]any{"url": url})
		require.NoError(t, err)
		require.Len(t, response.Body, maxResponseBody+2)
	})
	t.Run("TooLarge", func(t *testing.T) {
		t.Parallel()
		url, _ := echo(t, typed("text/plain", strings.Repeat("a", maxResponseBody+1)))
		_, err := do(t, map[string]any{"url": url})
		failure(t, err, ErrTypeUnusable, false)
	})
	t.Run("HalfWritten", func(t *testing.T) {
		t.Parallel()
		url, _ := echo(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{"half":`)
		})
		_, err := do(t, map[string]any{"url": url})
		failure(t, err, ErrTypeUnavailable, true)
	})
	t.Run("HugeHeaders", func(t *testing.T) {
		t.Parallel()
		url, _ := echo(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("a", 100<<10)) })
		_, err := do(t, map[string]any{"url": url})
		failure(t, err, ErrTypeUnavailable, true)
	})
}

func TestHTTPConnection(t *testing.T) {
	t.Parallel()

	t.Run("SlowServerTimesOut", func(t *testing.T) {
		t.Parallel()
		url, _ := echo(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		_, err := do(t, map[string]any{"url": url + "/?name=Ada", "timeout": 0.05})
		fault := failure(t, err, ErrTypeUnavailable, true)
		require.Contains(t, fault.Message(), "no answer in time")
		require.NotContains(t, fault.Message(), "Ada")
	})
	t.Run("Refused", func(t *testing.T) {
		t.Parallel()
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		address := listener.Addr().String()
		require.NoError(t, listener.Close())
		_, err = do(t, map[string]any{"url": "http://" + address + "/?name=Ada"})
		fault := failure(t, err, ErrTypeUnavailable, true)
		require.NotContains(t, fault.Message(), "Ada")
	})
	t.Run("Dropped", func(t *testing.T) {
		t.Parallel()
		url, _ := echo(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		_, err := do(t, map[string]any{"url": url, "method": "POST", "body": 1})
		failure(t, err, ErrTypeUnavailable, true)
	})
	t.Run("Cancelled", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		url, _ := echo(t, func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() })
		_, err := NewHTTP(HTTPOptions{}).Do(ctx, json.RawMessage(`{"url":"`+url+`"}`))
		require.ErrorIs(t, err, context.Canceled)
	})
}

// runHTTP runs the http activity as a worker does.
func runHTTP(t *testing.T, env *testsuite.TestActivityEnvironment, url string) error {
	t.Helper()
	env.RegisterActivityWithOptions(NewHTTP(HTTPOptions{}).Do, activity.RegisterOptions{Name: HTTPName})
	_, err := env.ExecuteActivity(HTTPName, map[string]any{"url": url})
	return err
}

func TestHTTPGivesUp(t *testing.T) {
	t.Parallel()
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

	t.Run("WhenTheWorkerStops", func(t *testing.T) {
		t.Parallel()
		url, _ := echo(t, hang)
		var suite testsuite.WorkflowTestSuite
		env := suite.NewTestActivityEnvironment()
		stopping := make(chan struct{})
		close(stopping)
		env.SetWorkerStopChannel(stopping)
		fault := failure(t, runHTTP(t, env, url), ErrTypeUnavailable, true)
		require.Contains(t, fault.Message(), errStopping.Error())
	})
	t.Run("ButFinishesWhatIsNearlyDone", func(t *testing.T) {
		t.Parallel()
		stopping := make(chan struct{})
		url, _ := echo(t, func(w http.ResponseWriter, r *http.Request) {
			close(stopping)
			answerJSON(200, `{}`)(w, r)
		})
		var suite testsuite.WorkflowTestSuite
		env := suite.NewTestActivityEnvironment()
		env.SetWorkerStopChannel(stopping)
		require.NoError(t, runHTTP(t, env, url))
	})
	t.Run("WhenAHeartbeatIsAnsweredSo", func(t *testing.T) {
		t.Parallel()
		gone := make(chan struct{})
		var suite testsuite.WorkflowTestSuite
		env := suite.NewTestWorkflowEnvironment()
		url, _ := echo(t, func(_ http.ResponseWriter, r *http.Request) {
			env.SignalWorkflow("arrived", nil)
			<-r.Context().Done()
			close(gone)
		})
		env.RegisterActivityWithOptions(NewHTTP(HTTPOptions{}).Do, activity.RegisterOptions{Name: HTTPName})
		env.ExecuteWorkflow(func(ctx workflow.Context) error {
			ctx, cancel := workflow.WithCancel(workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
				StartToCloseTimeout: time.Minute, HeartbeatTimeout: time.Second,
			}))
			call := workflow.ExecuteActivity(ctx, HTTPName, map[string]any{"url": url})
			workflow.GetSignalChannel(ctx, "arrived").Receive(ctx, nil)
			cancel()
			return call.Get(ctx, nil)
		})
		var canceled *temporal.CanceledError
		require.ErrorAs(t, env.GetWorkflowError(), &canceled)
		select {
		case <-gone:
		case <-time.After(20 * time.Second):
			require.Fail(t, "the request went on")
		}
	})
}

func TestHTTPLastAttempt(t *testing.T) {
	t.Parallel()
	for attempt, want := range map[int32]bool{1: false, 2: false, 3: true} {
		require.Equal(t, want, isLast(activity.Info{Attempt: attempt, RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 3}}))
	}
	require.False(t, isLast(activity.Info{Attempt: 3, RetryPolicy: &temporal.RetryPolicy{}}), "without end")
	require.False(t, isLast(activity.Info{Attempt: 3}))
}

// A service that closes a connection which it has kept open, as it reads the
// second request on it, sees one request for each attempt all the same.
func TestHTTPSendsOneRequestForEachAttempt(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	var requests atomic.Int32
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				reader := bufio.NewReader(conn)
				for n := 1; ; n++ {
					request, err := http.ReadRequest(reader)
					if err != nil {
						return
					}
					_, _ = io.Copy(io.Discard, request.Body)
					requests.Add(1)
					if n == 2 {
						return
					}
					_, _ = io.WriteString(conn, "HTTP/1.1 204 No Content\r\n\r\n")
				}
			}()
		}
	}()
	http := NewHTTP(HTTPOptions{})
	ctx := WithTask(t.Context(), protocol.TaskInfo{Key: "i-1/pay/1"})
	for attempt := range int32(4) {
		_, err := http.Do(ctx, json.RawMessage(`{"url":"http://`+listener.Addr().String()+`","method":"POST","body":{"amount":1}}`))
		require.NoError(t, err)
		require.Equal(t, attempt+1, requests.Load())
	}
}

func TestHTTPUsesNoProxyOfTheEnvironment(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("http_proxy", "http://127.0.0.1:1")
	require.Nil(t, NewHTTP(HTTPOptions{}).client.Transport.(*http.Transport).Proxy)
}
