package activities

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// maxResponseBody is the largest body that becomes a result.
const maxResponseBody = 1 << 20

// maxRetryAfter bounds how long the other side may put a task off.
const maxRetryAfter = time.Hour

// errUnusable is the cause of a response that would be as bad a second time.
var errUnusable = errors.New("the answer cannot be used")

// Response is the result of the http activity.
type Response struct {
	Status int `json:"status"`
	// Headers have names in lower case; several values of one name are joined
	// by a comma (RFC 9110, 5.3). Set-Cookie is left out: a credential is no
	// variable.
	Headers map[string]string `json:"headers"`
	// Body is the JSON value if the media type is JSON, else a text, and null
	// if there is none.
	Body json.RawMessage `json:"body"`
	// Base64 holds a body that is no text in UTF-8; Body is null then.
	Base64 string `json:"base64,omitempty"`
}

// readResponse reads the whole answer.
func readResponse(answer *http.Response) (*Response, error) {
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxResponseBody+1))
	if err != nil {
		return nil, fmt.Errorf("read the body: %w", err)
	}
	if len(body) > maxResponseBody {
		return nil, fmt.Errorf("%w: its body is larger than %d bytes", errUnusable, maxResponseBody)
	}
	response := &Response{Status: answer.StatusCode, Headers: headers(answer.Header), Body: json.RawMessage("null")}
	switch {
	case len(body) == 0:
	case !utf8.Valid(body):
		response.Base64 = base64.StdEncoding.EncodeToString(body)
	case isJSON(answer.Header.Get("Content-Type")):
		return response, response.setJSON(body)
	default:
		return response, response.setText(body)
	}
	return response, nil
}

// setJSON takes body over digit for digit. Where a result was promised, text
// that is no JSON would mislead the model; beside an error status it is only
// carelessly labelled.
func (r *Response) setJSON(body []byte) error {
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	if json.Valid(body) {
		r.Body = body
		return nil
	}
	if r.Status < 400 {
		return fmt.Errorf("%w: its media type is JSON and its body is not", errUnusable)
	}
	return r.setText(body)
}

func (r *Response) setText(body []byte) error {
	encoded, err := json.Marshal(string(body))
	if err != nil {
		return fmt.Errorf("encode the body: %w", err)
	}
	r.Body = encoded
	return nil
}

func headers(header http.Header) map[string]string {
	joined := make(map[string]string, len(header))
	for name, values := range header {
		if name == "Set-Cookie" {
			continue
		}
		joined[strings.ToLower(name)] = strings.ToValidUTF8(strings.Join(values, ", "), "\ufffd")
	}
	return joined
}

// retryAfter reads Retry-After (RFC 9110, 10.2.3): seconds, or a date. It is
// zero if there is none to be read.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return min(time.Duration(seconds)*time.Second, maxRetryAfter)
	}
	if date, err := http.ParseTime(value); err == nil && date.After(now) {
		return min(date.Sub(now), maxRetryAfter)
	}
	return 0
}
