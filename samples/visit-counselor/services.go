package visitcounselor

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// maxBody is the largest request body that a service reads.
const maxBody = 64 << 10

// The services.
const (
	Registry  = "registry"
	Insurance = "insurance"
	Messaging = "messaging"
	Clinic    = "clinic"
)

// Services are the four parties of the process, under one path each:
//
//	GET  /registry/patients/{id}
//	POST /insurance/visits
//	POST /messaging/sms, /messaging/email
//	POST /clinic/visits/{id}/completed
//
// GET /ledger shows what they were asked, and POST /trouble makes one of them
// slow or fail.
type Services struct {
	ledger   *ledger
	mux      *http.ServeMux
	patients map[string]patient

	mu       sync.Mutex
	ids      map[string]int // of the last thing made, by kind
	troubles map[string]Trouble
}

// Trouble is what a service can be made to suffer from.
type Trouble struct {
	// Failures is how many of the next requests are answered 503.
	Failures int
	// Delay is how long an answer takes from now on.
	Delay time.Duration
}

type patient struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	DateOfBirth string `json:"date_of_birth"`
	Phone       string `json:"phone"`
}

// New returns services with an empty ledger. The registry knows the patients
// p-child, who is 9 years old, p-teen, who turns 18 tomorrow, and p-adult.
func New() *Services {
	today := time.Now().UTC()
	born := func(years, days int) string { return today.AddDate(-years, 0, days).Format(time.DateOnly) }
	s := &Services{
		ledger:   newLedger(),
		mux:      http.NewServeMux(),
		ids:      map[string]int{},
		troubles: map[string]Trouble{},
		patients: map[string]patient{
			"p-child": {"p-child", "Amina Diallo", born(9, -100), "+221000000001"},
			"p-teen":  {"p-teen", "Noah Okoye", born(18, 1), "+221000000002"},
			"p-adult": {"p-adult", "Maria Santos", born(41, -100), "+221000000003"},
		},
	}
	s.handle(Registry, "GET /registry/patients/{id}", s.patient)
	s.handle(Insurance, "POST /insurance/visits", s.make("claim", http.StatusCreated))
	s.handle(Messaging, "POST /messaging/sms", s.make("sms", http.StatusAccepted))
	s.handle(Messaging, "POST /messaging/email", s.make("email", http.StatusAccepted))
	s.handle(Clinic, "POST /clinic/visits/{id}/completed", s.make("receipt", http.StatusOK))
	s.mux.HandleFunc("GET /ledger", func(w http.ResponseWriter, _ *http.Request) {
		write(w, answer{http.StatusOK, map[string]any{"calls": s.Ledger()}})
	})
	s.mux.HandleFunc("POST /trouble", s.acceptTrouble)
	return s
}

// ServeHTTP implements http.Handler.
func (s *Services) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Ledger returns what the services were asked so far, oldest first.
func (s *Services) Ledger() []Call { return s.ledger.all() }

// Trouble makes a service suffer from t. The zero Trouble ends it.
func (s *Services) Trouble(service string, t Trouble) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.troubles[service] = t
}

// An operation of a service works out an answer.
type operation func(*http.Request) answer

// handle serves an operation with what all of them have: the ledger, answers
// that are repeated, and trouble.
func (s *Services) handle(service, pattern string, do operation) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			write(w, refusal(http.StatusRequestEntityTooLarge, fmt.Sprintf("the body cannot be read or is larger than %d bytes", maxBody)))
			return
		}
		call := &Call{
			Time: time.Now().UTC(), Service: service, Method: r.Method, Path: r.URL.Path,
			Key: r.Header.Get("Idempotency-Key"), Body: rawBody(body),
		}
		s.ledger.begin(call)
		if !s.suffer(r.Context(), service) {
			a := refusal(http.StatusServiceUnavailable, service+" is out of order for a moment")
			s.ledger.fail(call, a.status)
			write(w, a)
			return
		}
		write(w, s.ledger.settle(call, func() answer { return do(r) }))
	})
}

// rawBody is a body as the ledger shows it: JSON as it is, else as a text.
func rawBody(body []byte) json.RawMessage {
	if len(body) == 0 || json.Valid(body) {
		return body
	}
	text, _ := json.Marshal(string(body)) //nolint:errchkjson // a string always encodes
	return text
}

// suffer waits out a delay and reports whether the service works this time.
func (s *Services) suffer(ctx context.Context, service string) bool {
	s.mu.Lock()
	t := s.troubles[service]
	works := t.Failures == 0
	if !works {
		s.troubles[service] = Trouble{Failures: t.Failures - 1, Delay: t.Delay}
	}
	s.mu.Unlock()
	if t.Delay > 0 {
		timer := time.NewTimer(t.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return false
		}
	}
	return works
}

func (s *Services) patient(r *http.Request) answer {
	p, ok := s.patients[r.PathValue("id")]
	if !ok {
		return refusal(http.StatusNotFound, "the registry knows no such patient")
	}
	return answer{http.StatusOK, p}
}

// make answers with the id of something new, and remembers nothing more: the
// ledger has the rest.
func (s *Services) make(kind string, status int) operation {
	return func(*http.Request) answer {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.ids[kind]++
		return answer{status, map[string]string{"id": fmt.Sprintf("%s-%d", kind, s.ids[kind])}}
	}
}

// acceptTrouble serves POST /trouble?service=insurance&failures=2&delay=5s.
func (s *Services) acceptTrouble(w http.ResponseWriter, r *http.Request) {
	t, err := readTrouble(r)
	if err != nil {
		write(w, refusal(http.StatusBadRequest, err.Error()))
		return
	}
	s.Trouble(r.FormValue("service"), t)
	w.WriteHeader(http.StatusNoContent)
}

func refusal(status int, detail string) answer {
	return answer{status, map[string]any{"title": http.StatusText(status), "status": status, "detail": detail}}
}

func write(w http.ResponseWriter, a answer) {
	media := "application/json"
	if a.status >= 400 {
		media = "application/problem+json"
	}
	w.Header().Set("Content-Type", media)
	w.WriteHeader(a.status)
	_ = json.NewEncoder(w).Encode(a.body) // the client is gone
}
