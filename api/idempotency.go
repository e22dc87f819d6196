package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/google/uuid"

	"github.com/perdure/perdure/repository"
)

// A request with an Idempotency-Key (draft-ietf-httpapi-idempotency-key-header)
// is carried out once: its first answer is stored and given again to whoever
// sends the same request with the same key. Twins that come while the first is
// being worked on wait for its answer.

const (
	maxIdempotencyKey = 255
	inFlightWait      = 10 * time.Second
	inFlightPoll      = 20 * time.Millisecond
	maxInFlightPoll   = 250 * time.Millisecond
	keepWait          = 5 * time.Second
	renewEvery        = 5 * time.Second
)

// idempotencyNamespace makes the ids of what a request creates from its key.
var idempotencyNamespace = uuid.MustParse("5a4f3f0c-6f0e-5b43-9a3a-0d4f3c1c7a10")

type idempotencyScope struct{}

// operationID names what a request creates: the same for every request with
// the same Idempotency-Key, else a new one.
func operationID(ctx context.Context) string {
	if scope, ok := ctx.Value(idempotencyScope{}).(string); ok {
		return uuid.NewSHA1(idempotencyNamespace, []byte(scope)).String()
	}
	return uuid.NewString()
}

func idempotencyParameter() *huma.Param {
	return &huma.Param{
		Name: "Idempotency-Key", In: "header",
		Description: "Makes the request safe to repeat: a structured string or a bare token. The first answer is kept for 24 hours.",
		Schema:      &huma.Schema{Type: huma.TypeString},
	}
}

func (s *server) idempotent(ctx huma.Context, next func(huma.Context)) {
	header := ctx.Header("Idempotency-Key")
	op := operationOf(ctx)
	if header == "" || !op.acts {
		next(ctx)
		return
	}
	r, w := humachi.Unwrap(ctx)
	key, problem := idempotencyKey(header)
	if problem != nil {
		writeProblem(w, r, problem)
		return
	}
	scope := strings.Join([]string{actorOf(ctx.Context()).User, op.method, r.URL.Path}, " ")
	stored := repository.IdempotencyKey{Scope: scope, Key: key, Fingerprint: fingerprint(r, bodyOf(ctx.Context()))}
	state, err := s.begin(ctx.Context(), stored)
	if err != nil {
		writeProblem(w, r, s.problem(ctx.Context(), err))
		return
	}
	switch state.Outcome {
	case repository.IdempotencyMismatch:
		writeProblem(w, r, newProblem(kindReused, "this Idempotency-Key belongs to a request with another body"))
	case repository.IdempotencyDone:
		replay(w, state)
	case repository.IdempotencyInFlight:
		writeProblem(w, r, newProblem(kindInFlight, "the first request with this Idempotency-Key has no answer yet"))
	default:
		s.first(ctx, stored, next)
	}
}

// begin waits while a twin of the request is being worked on, which takes as
// long as that waits for the end of an instance.
func (s *server) begin(ctx context.Context, key repository.IdempotencyKey) (repository.IdempotencyState, error) {
	deadline := time.Now().Add(inFlightWait + preferenceFrom(ctx).wait)
	for pause := inFlightPoll; ; pause = min(2*pause, maxInFlightPoll) {
		state, err := s.options.Repository.BeginIdempotent(ctx, key)
		if err != nil || state.Outcome != repository.IdempotencyInFlight || time.Now().After(deadline) {
			return state, err
		}
		select {
		case <-ctx.Done():
			return state, ctx.Err()
		case <-time.After(pause):
		}
	}
}

// first carries the request out and keeps its answer. What may go better the
// next time is not kept.
func (s *server) first(ctx huma.Context, key repository.IdempotencyKey, next func(huma.Context)) {
	r, w := humachi.Unwrap(ctx)
	answer := &answer{header: w.Header(), status: http.StatusOK}
	// The caller may hang up; what was begun is kept all the same.
	kept, cancel := context.WithTimeout(context.WithoutCancel(ctx.Context()), keepWait+preferenceFrom(ctx.Context()).wait+s.options.Timeout)
	defer cancel()
	finished := false
	defer func() {
		if !finished { // a panic
			_ = s.options.Repository.AbandonIdempotent(kept, key)
		}
	}()
	stop := repeat(kept, renewEvery, func(ctx context.Context) {
		if err := s.options.Repository.RenewIdempotent(ctx, key); err != nil && ctx.Err() == nil {
			s.logger.WarnContext(ctx, "an idempotent request was not renewed", slog.Any("error", err), slog.String("trace_id", traceID(ctx)))
		}
	})
	defer stop()
	scoped := r.WithContext(context.WithValue(ctx.Context(), idempotencyScope{}, key.Scope+" "+key.Key))
	next(humachi.NewContext(ctx.Operation(), scoped, answer))
	finished = true
	stop()

	var err error
	if answer.status >= http.StatusInternalServerError || answer.status == http.StatusTooManyRequests {
		err = s.options.Repository.AbandonIdempotent(kept, key)
	} else {
		err = s.options.Repository.FinishIdempotent(kept, key, answer.status, answer.kept(), answer.body.Bytes())
	}
	if err != nil {
		s.logger.ErrorContext(kept, "the answer of an idempotent request was not kept",
			slog.Any("error", err), slog.String("trace_id", traceID(kept)))
	}
	w.WriteHeader(answer.status)
	_, _ = w.Write(answer.body.Bytes())
}

// repeat calls do after each interval until stop is called, which waits for a
// call that is under way, or ctx is done.
func repeat(ctx context.Context, interval time.Duration, do func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				do(ctx)
			}
		}
	}()
	return func() { cancel(); <-done }
}

// answer collects what a handler answers.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header            { return a.header }
func (a *answer) WriteHeader(status int)         { a.status = status }
func (a *answer) Write(data []byte) (int, error) { a.body.Write(data); return len(data), nil }

// kept picks the headers that belong to the answer and not to the request.
func (a *answer) kept() http.Header {
	headers := http.Header{}
	for _, name := range []string{"Content-Type", "Location", "Link", "Preference-Applied", "Vary"} {
		if values := a.header.Values(name); len(values) > 0 {
			headers[name] = values
		}
	}
	return headers
}

func replay(w http.ResponseWriter, done repository.IdempotencyState) {
	maps.Copy(w.Header(), done.Header)
	w.Header().Set("Idempotency-Replayed", "true")
	w.WriteHeader(done.Status)
	_, _ = w.Write(done.Body)
}

// idempotencyKey reads a structured string (RFC 8941, 3.3.3) or a bare token.
func idempotencyKey(header string) (string, *Problem) {
	key, err := unquoted(strings.TrimSpace(header))
	if err == nil && (key == "" || len(key) > maxIdempotencyKey) {
		err = errors.New("it must have 1 to 255 characters")
	}
	if err != nil {
		return "", newProblem(kindParameter, "the Idempotency-Key is not valid",
			ProblemError{Parameter: "Idempotency-Key", Detail: err.Error()})
	}
	return key, nil
}

func unquoted(header string) (string, error) {
	inner, quoted := strings.CutPrefix(header, `"`)
	if !quoted {
		if strings.ContainsFunc(header, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`",;\`, r) }) {
			return "", errors.New("it must be a token or a text in quotation marks")
		}
		return header, nil
	}
	var key []byte
	for i := 0; i < len(inner); i++ {
		c := inner[i]
		switch {
		case c == '"' && i == len(inner)-1:
			return string(key), nil
		case c == '\\' && i+1 < len(inner) && (inner[i+1] == '"' || inner[i+1] == '\\'):
			i++
			key = append(key, inner[i])
		case c < ' ' || c > '~' || c == '"' || c == '\\':
			return "", errors.New("the text in quotation marks is not well-formed")
		default:
			key = append(key, c)
		}
	}
	return "", errors.New("the closing quotation mark is missing")
}

// fingerprint tells two requests with the same key apart. The boundary of a
// multipart body is a new one in each attempt and does not count.
func fingerprint(r *http.Request, body rawBody) string {
	data := body.data
	if _, parameters, err := mime.ParseMediaType(body.header); err == nil && parameters["boundary"] != "" {
		data = bytes.ReplaceAll(data, []byte(parameters["boundary"]), []byte("boundary"))
	}
	sum := sha256.Sum256(slices.Concat([]byte(r.URL.RawQuery+"\n"+body.media+"\n"), data))
	return hex.EncodeToString(sum[:])
}
