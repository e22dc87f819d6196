package api

import (
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"unicode"
)

// Problem is the body of every error, on both surfaces (RFC 9457).
type Problem struct {
	Type     string         `json:"type" format:"uri-reference" doc:"Where this kind of problem is explained."`
	Title    string         `json:"title" doc:"The kind of problem in a few words."`
	Status   int            `json:"status" doc:"The HTTP status."`
	Detail   string         `json:"detail,omitempty" doc:"What is wrong this time."`
	Instance string         `json:"instance,omitempty" doc:"Names this occurrence."`
	Code     string         `json:"code" doc:"The kind of problem for programs: the last part of type."`
	Errors   []ProblemError `json:"errors,omitempty" doc:"Every single fault that was found, at most 100."`
	TraceID  string         `json:"traceId,omitempty" doc:"The W3C trace id under which the server logged the request."`

	headers http.Header
}

// ProblemError is one of several faults behind a Problem.
type ProblemError struct {
	Pointer   string `json:"pointer,omitempty" doc:"Where in the JSON body (RFC 6901)."`
	Parameter string `json:"parameter,omitempty" doc:"Which parameter or header."`
	ElementID string `json:"elementId,omitempty" doc:"Which element of the diagram."`
	Line      int    `json:"line,omitempty" doc:"Counts from 1."`
	Column    int    `json:"column,omitempty" doc:"Counts from 1."`
	Code      string `json:"code,omitempty" doc:"The rule that is broken."`
	Detail    string `json:"detail" doc:"What is wrong."`
	Hint      string `json:"hint,omitempty" doc:"What to do about it."`
}

const (
	problemMedia     = "application/problem+json"
	maxProblemDetail = 500
	maxProblemErrors = 100
)

// newProblem makes a Problem of a kind. The detail is for the caller's eyes.
func newProblem(k kind, detail string, errors ...ProblemError) *Problem {
	p := &Problem{
		Type: "/problems/" + k.slug, Title: k.title, Status: k.status, Code: k.slug,
		Detail: presentable(detail), Errors: errors[:min(len(errors), maxProblemErrors)],
	}
	if k.retryAfter > 0 {
		p = p.with("Retry-After", strconv.Itoa(k.retryAfter))
	}
	return p
}

// with adds a header of the answer.
func (p *Problem) with(name, value string) *Problem {
	if p.headers == nil {
		p.headers = http.Header{}
	}
	p.headers.Set(name, value)
	return p
}

// Error answers the detail, or the title where there is none.
func (p *Problem) Error() string {
	if p.Detail == "" {
		return p.Title
	}
	return p.Detail
}

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header { return p.headers }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return problemMedia }

// of marks p as what happened to one request.
func (p *Problem) of(r *http.Request) *Problem {
	if id := traceID(r.Context()); id != "" {
		p.TraceID = id
		p.Instance = "urn:perdure:request:" + id
	}
	return p
}

// writeProblem answers where no operation is involved.
func writeProblem(w http.ResponseWriter, r *http.Request, p *Problem) {
	body, err := json.Marshal(p.of(r))
	if err != nil {
		body = []byte(`{"status":500}`)
	}
	maps.Copy(w.Header(), p.headers)
	w.Header().Set("Content-Type", problemMedia)
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(body, '\n'))
}

// presentable cuts a detail to what a person reads, without control
// characters.
func presentable(detail string) string {
	detail = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, detail)
	if runes := []rune(detail); len(runes) > maxProblemDetail {
		return string(runes[:maxProblemDetail-1]) + "…"
	}
	return detail
}
