package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// gate is the HTTP handler of a process from its first moment to its last: it
// answers for a service that is not there yet, hands over to it once it is,
// and says that it is leaving when the process drains.
//
// /healthz never depends on another service: a process that waits for its
// database must not be restarted for it.
type gate struct {
	mu       sync.Mutex
	service  http.Handler
	waiting  map[string]string // component -> why it is not ready
	draining bool
}

// waitFor records why a component is not ready; an empty reason means it is.
func (g *gate) waitFor(component, reason string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.waiting == nil {
		g.waiting = map[string]string{}
	}
	if reason == "" {
		delete(g.waiting, component)
		return
	}
	g.waiting[component] = reason
}

// noting records whether a component is there each time that its check is
// tried. Why it is not is for the log: whoever reaches /readyz need not know.
func (g *gate) noting(component string, check func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		err := check(ctx)
		if err != nil {
			g.waitFor(component, "not answering")
			return err
		}
		g.waitFor(component, "")
		return nil
	}
}

// open hands all requests over to the service.
func (g *gate) open(service http.Handler) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.service = service
}

// drain makes the process not ready; requests are still served.
func (g *gate) drain() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.draining = true
}

func (g *gate) state() (service http.Handler, waiting map[string]string, draining bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	waiting = map[string]string{}
	maps.Copy(waiting, g.waiting)
	return g.service, waiting, g.draining
}

// ServeHTTP implements http.Handler.
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	service, waiting, draining := g.state()
	switch {
	case r.URL.Path == "/healthz" && service == nil:
		writeHealth(w, nil)
	case r.URL.Path == "/readyz" && draining:
		writeHealth(w, map[string]string{"process": "draining"})
	case r.URL.Path == "/readyz" && (service == nil || len(waiting) > 0):
		writeHealth(w, waiting)
	case service == nil:
		writeUnavailable(w, r, waiting)
	default:
		service.ServeHTTP(w, r)
	}
}

// health is the answer of /healthz and /readyz, as package api gives it.
type health struct {
	Status     string            `json:"status"` // pass or fail
	Components map[string]health `json:"components,omitempty"`
	Output     string            `json:"output,omitempty"` // why it fails
}

// writeHealth answers whether all is well: it is while nothing is away.
func writeHealth(w http.ResponseWriter, away map[string]string) {
	answer, status := health{Status: "pass"}, http.StatusOK
	if away != nil {
		answer, status = health{Status: "fail", Components: map[string]health{}}, http.StatusServiceUnavailable
	}
	for component, reason := range away {
		answer.Components[component] = health{Status: "fail", Output: reason}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) // the caller has gone
}

// writeUnavailable answers a request for a service that is not there yet, as
// a problem document (RFC 9457).
func writeUnavailable(w http.ResponseWriter, r *http.Request, waiting map[string]string) {
	var reasons []string
	for _, component := range slices.Sorted(maps.Keys(waiting)) {
		reasons = append(reasons, fmt.Sprintf("%s: %s", component, waiting[component]))
	}
	detail := "The server is starting."
	if len(reasons) > 0 {
		detail = "The server waits for " + strings.Join(reasons, "; ") + "."
	}
	w.Header().Set("Retry-After", "5")
	writeProblem(w, r, http.StatusServiceUnavailable, detail)
}

// writeForbidden refuses what may not be done from where it comes.
func writeForbidden(w http.ResponseWriter, r *http.Request, detail string) {
	writeProblem(w, r, http.StatusForbidden, detail)
}

func writeProblem(w http.ResponseWriter, r *http.Request, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{ // the caller has gone
		"type":     "about:blank",
		"title":    http.StatusText(status),
		"status":   status,
		"detail":   detail,
		"instance": r.URL.Path,
	})
}
