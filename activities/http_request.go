package activities

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/textproto"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/perdure/perdure/protocol"
)

// Bounds of one request.
const (
	defaultTimeout = 30 * time.Second
	maxTimeout     = 5 * time.Minute
	maxURL         = 8 << 10
	maxHeaders     = 100
	maxHeaderBytes = 32 << 10
	maxRequestBody = 1 << 20
)

const (
	jsonType = "application/json"
	formType = "application/x-www-form-urlencoded"
	textType = "text/plain; charset=utf-8"
)

// request is the input of the http activity, checked.
type request struct {
	method        string
	url           *url.URL
	header        http.Header
	body          []byte
	timeout       time.Duration
	incidentOn4xx bool
}

// readRequest reads and checks the input. Its errors are final.
func readRequest(input json.RawMessage) (*request, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(input, &fields); err != nil {
		return nil, invalid("http: the input is no JSON object")
	}
	r := &request{}
	for _, read := range []func(map[string]json.RawMessage) error{
		r.readMethod, r.readURL, r.readHeaders, r.readBody, r.readTimeout, r.readFailOn4xx,
	} {
		if err := read(fields); err != nil {
			return nil, invalid("http: %w", err)
		}
	}
	return r, nil
}

func (r *request) readMethod(fields map[string]json.RawMessage) error {
	method, err := text(fields, "method")
	if err != nil {
		return err
	}
	switch method = strings.ToUpper(method); method {
	case "":
		r.method = http.MethodGet
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		r.method = method
	default:
		return fmt.Errorf("method %q is none of GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS", clip(method, 32))
	}
	return nil
}

func (r *request) readURL(fields map[string]json.RawMessage) error {
	raw, err := text(fields, "url")
	if err != nil {
		return err
	}
	query, err := object(fields, "query")
	if err != nil {
		return err
	}
	u, err := url.Parse(raw)
	switch {
	case raw == "":
		return errors.New("the input has no url")
	case err != nil:
		return errors.New("url cannot be read")
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("url begins with %q: only http:// and https:// are served", clip(u.Scheme, 32))
	case u.Hostname() == "":
		return errors.New("url has no host")
	case u.User != nil:
		return errors.New("url holds a user name: send credentials in a header")
	}
	u.RawQuery = escapeQuery(u.RawQuery)
	if len(query) > 0 {
		if u.RawQuery != "" {
			u.RawQuery += "&"
		}
		u.RawQuery += query.Encode()
	}
	u.Fragment, u.RawFragment = "", ""
	if len(u.String()) > maxURL {
		return fmt.Errorf("url and query are longer than %d bytes", maxURL)
	}
	r.url = u
	return nil
}

// escapeQuery percent-encodes what cannot stand in a request line. net/url does
// so in a path and leaves a query as it is, so that a space in a name would end
// the line.
func escapeQuery(query string) string {
	var escaped strings.Builder
	for i := range len(query) {
		if c := query[i]; c <= ' ' || c >= 0x7f {
			fmt.Fprintf(&escaped, "%%%02X", c)
		} else {
			escaped.WriteByte(c)
		}
	}
	return escaped.String()
}

// place is the URL without its query: what a log and an incident may show.
func (r *request) place() string {
	u := *r.url
	u.RawQuery = ""
	return clip(u.String(), 200)
}

func (r *request) readHeaders(fields map[string]json.RawMessage) error {
	headers, err := object(fields, "headers")
	if err != nil {
		return err
	}
	r.header = http.Header{}
	size := 0
	for name, values := range headers {
		name = textproto.CanonicalMIMEHeaderKey(name)
		if !headerName.MatchString(name) {
			return fmt.Errorf("header name %q is not valid", clip(name, 64))
		}
		if isReserved(name) {
			return fmt.Errorf("header %s is not the model's to set", name)
		}
		for _, value := range values {
			if !isHeaderValue(value) {
				return fmt.Errorf("header %s has a control character in its value", name)
			}
			r.header.Add(name, value)
			size += len(name) + len(value)
		}
	}
	if len(r.header) > maxHeaders || size > maxHeaderBytes {
		return fmt.Errorf("more than %d headers or %d bytes of them", maxHeaders, maxHeaderBytes)
	}
	return nil
}

// headerName is a token (RFC 9110, 5.6.2).
var headerName = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$")

// isHeaderValue reports whether value is free of control characters, which
// could end the header and begin another one (RFC 9110, 5.5).
func isHeaderValue(value string) bool {
	return !strings.ContainsFunc(value, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f })
}

// isReserved reports whether a header says how the message itself travels
// (RFC 9110, 7.2 and 7.6.1), which is for the HTTP client to say.
func isReserved(name string) bool {
	switch name {
	case "Host", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive",
		"Te", "Trailer", "Upgrade", "Expect", "Accept-Encoding", "Http2-Settings":
		return true
	default:
		return strings.HasPrefix(name, "Proxy-")
	}
}

func (r *request) readBody(fields map[string]json.RawMessage) error {
	form, err := object(fields, "form")
	if err != nil {
		return err
	}
	body := fields["body"]
	hasBody := len(body) > 0 && string(body) != "null"
	var contentType string
	switch {
	case form != nil && hasBody:
		return errors.New("the input has both a body and a form")
	case form != nil:
		r.body, contentType = []byte(form.Encode()), formType
	case hasBody && body[0] == '"':
		text, err := text(fields, "body")
		if err != nil {
			return err
		}
		r.body, contentType = []byte(text), textType
	case hasBody:
		r.body, contentType = body, jsonType
	}
	if len(r.body) > maxRequestBody {
		return fmt.Errorf("the body is larger than %d bytes", maxRequestBody)
	}
	if contentType != "" && r.header.Get("Content-Type") == "" {
		r.header.Set("Content-Type", contentType)
	}
	return nil
}

func (r *request) readTimeout(fields map[string]json.RawMessage) error {
	raw, ok := fields["timeout"]
	if !ok || string(raw) == "null" {
		r.timeout = defaultTimeout
		return nil
	}
	value, err := scalar(raw)
	if err != nil {
		return fmt.Errorf("timeout: %w", err)
	}
	timeout, ok := parseTimeout(value)
	if !ok || timeout <= 0 || timeout > maxTimeout {
		return fmt.Errorf("timeout %q is no number of seconds or ISO 8601 duration of at most PT5M", clip(value, 32))
	}
	r.timeout = timeout
	return nil
}

var isoTime = regexp.MustCompile(`^PT(?:(\d{1,3})M)?(?:(\d{1,3}(?:\.\d{1,9})?)S)?$`)

// parseTimeout reads seconds, or the minutes and seconds of an ISO 8601
// duration: longer units are beyond the longest time-out.
func parseTimeout(value string) (time.Duration, bool) {
	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		return time.Duration(min(seconds, maxTimeout.Seconds()+1) * float64(time.Second)), true
	}
	parts := isoTime.FindStringSubmatch(value)
	if parts == nil {
		return 0, false
	}
	minutes, _ := strconv.ParseFloat("0"+parts[1], 64)
	seconds, _ := strconv.ParseFloat("0"+parts[2], 64)
	return time.Duration((minutes*60 + seconds) * float64(time.Second)), true
}

func (r *request) readFailOn4xx(fields map[string]json.RawMessage) error {
	mode, err := text(fields, "failOn4xx")
	if err != nil {
		return err
	}
	switch mode {
	case "", "error":
	case "incident":
		r.incidentOn4xx = true
	default:
		return fmt.Errorf(`failOn4xx %q is neither "error" nor "incident"`, clip(mode, 32))
	}
	return nil
}

// newRequest adds what every request carries: the idempotency key of the task,
// the same for each attempt, and its trace context.
func (h *HTTP) newRequest(ctx context.Context, r *request, task protocol.TaskInfo) (*http.Request, error) {
	var body io.Reader
	if r.body != nil {
		body = bytes.NewReader(r.body)
	}
	request, err := http.NewRequestWithContext(ctx, r.method, r.url.String(), body)
	if err != nil {
		return nil, invalid("http: %w", withoutURL(err))
	}
	request.Header = r.header
	for name, value := range map[string]string{
		"User-Agent":      h.userAgent,
		"Accept":          "application/json, text/*;q=0.9, */*;q=0.5",
		"Idempotency-Key": task.Key,
		"Traceparent":     task.Headers["traceparent"],
		"Tracestate":      task.Headers["tracestate"],
	} {
		if _, set := request.Header[name]; !set && value != "" && isHeaderValue(value) {
			request.Header.Set(name, value)
		}
	}
	return request, nil
}

// withoutURL drops the URL from an error of net/http.
func withoutURL(err error) error {
	if fault, ok := errors.AsType[*url.Error](err); ok {
		return fault.Err
	}
	return err
}

// isJSON reports whether a media type holds JSON (RFC 6839, 3.1).
func isJSON(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		return false
	}
	return media == jsonType || media == "text/json" || strings.HasSuffix(media, "+json")
}

// text reads a field that must be a text; it is empty if it is left out or null.
func text(fields map[string]json.RawMessage, name string) (string, error) {
	raw, ok := fields[name]
	if !ok || string(raw) == "null" {
		return "", nil
	}
	var value string
	if err := json.Unmarshal(raw, &value); err != nil {
		return "", fmt.Errorf("%s is not a text", name)
	}
	return value, nil
}

// object reads a field that must be an object of scalars or lists of scalars;
// it is nil if it is left out or null.
func object(fields map[string]json.RawMessage, name string) (url.Values, error) {
	raw, ok := fields[name]
	if !ok || string(raw) == "null" {
		return nil, nil
	}
	var entries map[string]json.RawMessage
	if err := json.Unmarshal(raw, &entries); err != nil {
		return nil, fmt.Errorf("%s is not an object", name)
	}
	values := url.Values{}
	for key, entry := range entries {
		list, err := scalars(entry)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", name, clip(key, 64), err)
		}
		if len(list) > 0 {
			values[key] = list
		}
	}
	return values, nil
}

// scalars reads a scalar or a list of them; null gives none.
func scalars(raw json.RawMessage) ([]string, error) {
	if string(raw) == "null" {
		return nil, nil
	}
	if raw[0] != '[' {
		value, err := scalar(raw)
		return []string{value}, err
	}
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, fmt.Errorf("it cannot be read: %w", err)
	}
	values := make([]string, 0, len(list))
	for _, item := range list {
		value, err := scalar(item)
		if err != nil {
			return nil, err
		}
		values = append(values, value)
	}
	return values, nil
}

// scalar renders a text, number or truth value; a number keeps its digits.
func scalar(raw json.RawMessage) (string, error) {
	switch raw[0] {
	case '"':
		var value string
		err := json.Unmarshal(raw, &value)
		return value, err //nolint:wrapcheck // the decoder has read this text before
	case '{', '[', 'n':
		return "", errors.New("it is no text, number or truth value")
	default:
		return string(raw), nil
	}
}
