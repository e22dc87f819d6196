package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// serverFlags say which server a command talks to.
type serverFlags struct {
	Server string `env:"PERDURE_SERVER" default:"http://127.0.0.1:8080" placeholder:"URL" help:"The server to talk to (default ${default})."`
}

const (
	// requestTimeout bounds one request that waits for nothing.
	requestTimeout = 30 * time.Second
	// maxAnswer bounds what is read of an answer.
	maxAnswer = 64 << 20
)

// client returns a client of the API of the server.
func (f serverFlags) client() (*apiClient, error) {
	base, err := url.Parse(f.Server)
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") {
		return nil, usagef("--server %q is not a URL like http://127.0.0.1:8080", f.Server)
	}
	return &apiClient{base: base, http: &http.Client{}}, nil
}

// apiClient makes requests to the API of a server.
type apiClient struct {
	base *url.URL
	http *http.Client
}

// request is one request: method, path below the server's URL, and what goes
// with it.
type request struct {
	method  string
	path    []string // elements, escaped one by one
	query   url.Values
	header  http.Header
	body    []byte
	timeout time.Duration // requestTimeout if zero
}

// do makes a request, decodes the JSON answer into out unless that is nil, and
// returns the status. It fails with a *problem when the server says what is
// wrong, and with an *unavailableError when it does not answer.
func (c *apiClient) do(ctx context.Context, r request, out any) (status int, err error) {
	timeout := r.timeout
	if timeout == 0 {
		timeout = requestTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	status, answer, err := c.roundTrip(ctx, r)
	switch {
	case err != nil:
		return 0, err
	case status >= http.StatusBadRequest:
		return status, readProblem(status, answer)
	case out == nil:
		return status, nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return status, fmt.Errorf("%s does not answer as a Perdure server does: %w", c.base, err)
	}
	return status, nil
}

// get fetches JSON.
func (c *apiClient) get(ctx context.Context, out any, query url.Values, path ...string) error {
	_, err := c.do(ctx, request{method: http.MethodGet, path: path, query: query}, out)
	return err
}

// jsonHeader is the header of a request with a JSON body.
func jsonHeader() http.Header {
	return http.Header{"Content-Type": {"application/json"}}
}

func (c *apiClient) roundTrip(ctx context.Context, r request) (status int, answer []byte, err error) {
	u, err := c.url(r.path)
	if err != nil {
		return 0, nil, err
	}
	u.RawQuery = r.query.Encode()
	req, err := http.NewRequestWithContext(ctx, r.method, u.String(), bytes.NewReader(r.body))
	if err != nil {
		return 0, nil, usageError{err}
	}
	maps.Copy(req.Header, r.header)
	req.Header.Set("User-Agent", "perdure-cli/"+readVersions().Version)
	if req.Header.Get("Accept") == "" {
		req.Header.Set("Accept", "application/json, application/problem+json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, nil, c.explain(err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return 0, nil, c.explain(err)
	}
	if len(answer) > maxAnswer {
		return 0, nil, fmt.Errorf("the answer of %s is longer than %d bytes", c.base, maxAnswer)
	}
	return resp.StatusCode, answer, nil
}

// url is the URL of a path. What a person has typed stays one element of it.
func (c *apiClient) url(path []string) (*url.URL, error) {
	escaped := make([]string, len(path))
	for i, element := range path {
		if element == "" || element == "." || element == ".." {
			return nil, usagef("%q is no id", element)
		}
		escaped[i] = url.PathEscape(element)
	}
	return c.base.JoinPath(escaped...), nil
}

// explain turns a failure of the transport into an unavailableError, and leaves
// an interrupt what it is.
func (c *apiClient) explain(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	return &unavailableError{server: c.base.String(), cause: err}
}

// unavailableError says that a server does not answer.
type unavailableError struct {
	server string
	cause  error
}

// Error names the server and what to do.
func (e *unavailableError) Error() string {
	return fmt.Sprintf("no answer from %s: %v (is it running? --server or PERDURE_SERVER names another)", e.server, e.cause)
}

// Unwrap returns the cause.
func (e *unavailableError) Unwrap() error { return e.cause }

// ExitCode implements kong.ExitCoder.
func (*unavailableError) ExitCode() int { return exitUnavailable }

// problem is an error answer (RFC 9457).
type problem struct {
	Status  int            `json:"status"`
	Title   string         `json:"title"`
	Detail  string         `json:"detail"`
	Code    string         `json:"code"`
	Errors  []problemError `json:"errors"`
	TraceID string         `json:"traceId"`
}

// problemError is one of several things that are wrong with a request.
type problemError struct {
	Pointer   string `json:"pointer"`
	Parameter string `json:"parameter"`
	ElementID string `json:"elementId"`
	Line      int    `json:"line"`
	Column    int    `json:"column"`
	Code      string `json:"code"`
	Detail    string `json:"detail"`
	Hint      string `json:"hint"`
}

// codeBPMN is the code of the problem that lists the faults of a definition.
const codeBPMN = "bpmn-invalid"

// Error gives the problem, and each of its parts on a line.
func (p *problem) Error() string {
	var b strings.Builder
	text := cmp.Or(p.Detail, p.Title, http.StatusText(p.Status))
	fmt.Fprintf(&b, "%s (HTTP %d)", strings.TrimRight(text, "."), p.Status)
	for _, e := range p.Errors {
		if where := cmp.Or(e.Pointer, e.Parameter, e.ElementID); where != "" {
			fmt.Fprintf(&b, "\n  %s: %s", where, e.Detail)
		} else {
			b.WriteString("\n  " + e.Detail)
		}
	}
	if p.Status >= http.StatusInternalServerError && p.TraceID != "" {
		b.WriteString("\n  trace " + p.TraceID)
	}
	return b.String()
}

// ExitCode implements kong.ExitCoder.
func (p *problem) ExitCode() int {
	if p.Code == codeBPMN {
		return exitFailed
	}
	switch p.Status {
	case http.StatusNotFound, http.StatusGone:
		return exitNotFound
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusConflict, http.StatusPreconditionFailed,
		http.StatusUnprocessableEntity, http.StatusLocked, http.StatusPreconditionRequired:
		return exitRefused
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return exitUnavailable
	default:
		return exitFailed
	}
}

// readProblem reads an error answer, also one of a proxy that is no problem
// document.
func readProblem(status int, answer []byte) *problem {
	p := &problem{}
	if err := json.Unmarshal(answer, p); err != nil {
		p = &problem{Detail: oneLine(string(answer))}
	}
	p.Status = status
	return p
}
