package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// HTTPClientError is the code of the BPMN error that the http activity throws
// when it is answered with a status of 400 to 499.
const HTTPClientError = "http-4xx"

// HTTPOptions configure the http activity.
type HTTPOptions struct {
	// Guard keeps requests out of private networks; nil lets them through.
	Guard *Guard
	// Version is told to the other side as "User-Agent: perdure/<version>".
	// Default dev.
	Version string
}

// HTTP makes one HTTP request for a task.
//
// It sends at most one request in each attempt, and follows no redirect: a
// status of 300 to 399 is a result. It uses no proxy of the environment. Only
// http and https are served.
type HTTP struct {
	client    *http.Client
	userAgent string
}

// NewHTTP returns an http activity.
func NewHTTP(o HTTPOptions) *HTTP {
	if o.Version == "" {
		o.Version = "dev"
	}
	return &HTTP{
		userAgent: "perdure/" + o.Version,
		client: &http.Client{
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Transport: &http.Transport{
				DialContext: o.Guard.dial,
				// The transport sends a request again by itself when a connection
				// that it has used before turns out to be closed, although the
				// other side may have carried the request out. A connection for
				// each attempt makes every request one that Temporal has counted.
				DisableKeepAlives:   true,
				ForceAttemptHTTP2:   true,
				TLSHandshakeTimeout: 10 * time.Second,
				// A few kilobytes of gzip can become any number of megabytes.
				DisableCompression:     true,
				MaxResponseHeaderBytes: 64 << 10,
			},
		},
	}
}

// Do makes the request that input describes:
//
//   - method: GET if left out
//   - url: absolute, http or https
//   - headers, query, form: objects whose values are texts, numbers, truth
//     values, or lists of these; null leaves an entry out
//   - body: a text is sent as it is, every other value as JSON
//   - timeout: seconds, or an ISO 8601 duration of at most PT5M. Default PT30S
//   - failOn4xx: "error" (default) throws the BPMN error http-4xx with the
//     fields of the Response, "incident" raises an incident at once
//
// Other fields are ignored: without input mappings a task is given every
// variable in scope. The answers 408, 425, 429 and 5xx, a time-out and a lost
// connection are technical failures that are tried again, after Retry-After
// (RFC 9110, 10.2.3) if the answer has one.
//
// A request ends early when the instance no longer wants its answer, if the
// task has a heartbeat, and shortly after the worker was told to stop: another
// worker then makes it again with the same idempotency key. The last attempt of
// a task is given the time that a stopping worker has.
func (h *HTTP) Do(ctx context.Context, input json.RawMessage) (*Response, error) {
	r, err := readRequest(input)
	if err != nil {
		return nil, err
	}
	attended, release := attend(ctx)
	defer release()
	attempt, cancel := context.WithTimeout(attended, r.timeout)
	defer cancel()
	request, err := h.newRequest(attempt, r, Task(ctx))
	if err != nil {
		return nil, err
	}
	what := r.method + " " + r.place()

	answer, err := h.client.Do(request)
	if err != nil {
		return nil, connectionFault(attended, what, err)
	}
	defer answer.Body.Close()
	response, err := readResponse(answer)
	if err != nil {
		if errors.Is(err, errUnusable) {
			return nil, final(ErrTypeUnusable, fmt.Errorf("%s: %w", what, err))
		}
		return nil, connectionFault(attended, what, err)
	}
	return h.judge(r, what, answer, response)
}

// judge tells a result from a failure by the status code.
func (*HTTP) judge(r *request, what string, answer *http.Response, response *Response) (*Response, error) {
	status := response.Status
	fault := fmt.Errorf("%s was answered %s", what, statusText(status))
	switch {
	case status < 400:
		return response, nil
	case isTemporary(status):
		return nil, unavailable(fault, retryAfter(answer.Header.Get("Retry-After"), time.Now()))
	case r.incidentOn4xx:
		return nil, final(ErrTypeUnusable, fault)
	default:
		return nil, NewBPMNError(HTTPClientError, fault.Error(), response)
	}
}

// isTemporary reports whether the same request may succeed later (RFC 9110,
// 15.5.9 and 15.6; RFC 8470; RFC 6585).
func isTemporary(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	default:
		return status >= 500
	}
}

func statusText(status int) string {
	if text := http.StatusText(status); text != "" {
		return fmt.Sprintf("%d %s", status, text)
	}
	return fmt.Sprint(status)
}

// connectionFault tells a stopping worker, a cancelled activity and a refused
// address from a fault that may be over at the next attempt. The cause is stripped of the
// URL, whose query may hold personal data.
func connectionFault(ctx context.Context, what string, err error) error {
	if errors.Is(context.Cause(ctx), errStopping) {
		return unavailable(fmt.Errorf("%s: %w", what, errStopping), 0)
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", what, ctx.Err())
	}
	if errors.Is(err, errForbidden) {
		return final(ErrTypeForbidden, fmt.Errorf("%s: %w", what, errForbidden))
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return unavailable(fmt.Errorf("%s: no answer in time", what), 0)
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return unavailable(fmt.Errorf("%s: the host name cannot be resolved", what), 0)
	}
	if operation, ok := errors.AsType[*net.OpError](err); ok {
		return unavailable(fmt.Errorf("%s: connection: %w", what, operation.Err), 0)
	}
	return unavailable(fmt.Errorf("%s: %w", what, withoutURL(err)), 0)
}
