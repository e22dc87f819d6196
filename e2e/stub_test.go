package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// service is what service tasks call: it outlives the platform that calls it.
// Each call is POST /{instance}/{step}, answered with the body that it brought.
type service struct {
	url string

	mu    sync.Mutex
	calls []call
	// hold keeps the calls of a step until the channel is closed.
	hold map[string]chan struct{}
	// refuse answers the calls of a step with a status.
	refuse map[string]int
}

// call is one call that the service has seen.
type call struct {
	instance, step, key string
	body                object
}

func newService(t testing.TB) *service {
	t.Helper()
	s := &service{hold: map[string]chan struct{}{}, refuse: map[string]int{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// ServeHTTP implements http.Handler.
func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	data, _ := io.ReadAll(r.Body)
	instance, step, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	c := call{instance: instance, step: step, key: r.Header.Get("Idempotency-Key")}
	_ = json.Unmarshal(data, &c.body)
	s.mu.Lock()
	s.calls = append(s.calls, c)
	hold, status := s.hold[step], s.refuse[step]
	s.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-r.Context().Done():
			return
		}
	}
	w.Header().Set("Content-Type", "application/json")
	if status != 0 {
		w.WriteHeader(status)
	}
	_, _ = w.Write(data)
}

// holding keeps the calls of a step until it is let go.
func (s *service) holding(step string) (let func()) {
	hold := make(chan struct{})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hold[step] = hold
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.hold, step)
		close(hold)
	}
}

// refusing answers the calls of a step with a status; 0 ends that.
func (s *service) refusing(step string, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse[step] = status
}

// seen answers the calls so far.
func (s *service) seen() []call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]call(nil), s.calls...)
}

// keys answers the distinct keys of the calls of each step of an instance.
func (s *service) keys(instance string) map[string][]string {
	keys := map[string][]string{}
	known := map[[2]string]bool{}
	for _, c := range s.seen() {
		one := [2]string{c.step, c.key}
		if c.instance != instance || known[one] {
			continue
		}
		known[one] = true
		keys[c.step] = append(keys[c.step], c.key)
	}
	return keys
}
