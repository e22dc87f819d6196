package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/perdure/perdure/protocol"
)

// logged writes one structured record for each request and counts it.
func (s *server) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		recorder := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		next.ServeHTTP(recorder, r)
		status := max(recorder.Status(), http.StatusOK)
		route := routeOf(r)
		s.metrics.request(r.Method, route, status, time.Since(began))
		level := slog.LevelInfo
		switch {
		case status >= http.StatusInternalServerError && status != http.StatusServiceUnavailable:
			level = slog.LevelError
		case route == "/healthz" || route == "/readyz" || route == "/metrics" || route == "/temporal/*":
			level = slog.LevelDebug
		}
		s.logger.LogAttrs(r.Context(), level, "request",
			slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.String("route", route),
			slog.Int("status", status), slog.Int("bytes", recorder.BytesWritten()),
			slog.Duration("took", time.Since(began)), slog.String("user", actorOf(r.Context()).User),
			slog.String("trace_id", traceID(r.Context())))
	})
}

// routeOf is the pattern that a request matched, so that metrics have few
// labels.
func routeOf(r *http.Request) string {
	if route := chi.RouteContext(r.Context()); route != nil && route.RoutePattern() != "" {
		return route.RoutePattern()
	}
	return "none"
}

// secured sets the headers that keep browsers from guessing and framing.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		if !strings.HasPrefix(r.URL.Path, "/temporal/") { // its files say themselves how long they are good
			h.Set("Cache-Control", "no-store")
		}
		if r.TLS != nil {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// recovered turns a panic into GovStack's answer for faults of the server
// (GS-8.9), with the details in the log only.
func (s *server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if fault := recover(); fault != nil {
				s.panicked(w, r, fault)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

func (s *server) panicked(w http.ResponseWriter, r *http.Request, fault any) {
	if err, ok := fault.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(fault) // net/http's own way to hang up
	}
	s.logger.ErrorContext(r.Context(), "panic", slog.String("fault", fmt.Sprint(fault)),
		slog.String("path", r.URL.Path), slog.String("trace_id", traceID(r.Context())), slog.String("stack", string(debug.Stack())))
	writeProblem(w, r, newProblem(kindInternal, ""))
}

type actorKey struct{}

// acting says who makes the request. Nobody signs in yet, so that it is who
// the options say; a body never says it.
func (s *server) acting(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), actorKey{}, s.options.Actor)))
	})
}

func actorOf(ctx context.Context) protocol.Actor {
	actor, _ := ctx.Value(actorKey{}).(protocol.Actor)
	return actor
}

// preferring reads Prefer and says that answers vary by it.
func preferring(ctx huma.Context, next func(huma.Context)) {
	if !operationOf(ctx).waits {
		next(ctx)
		return
	}
	ctx.AppendHeader("Vary", "Prefer")
	r, _ := humachi.Unwrap(ctx)
	next(huma.WithContext(ctx, withPreference(ctx.Context(), preferenceOf(r.Header))))
}

// boundTime ends the work for a request that nobody would wait for any more.
func (s *server) boundTime(ctx huma.Context, next func(huma.Context)) {
	bound, cancel := context.WithTimeout(ctx.Context(), s.options.Timeout+preferenceFrom(ctx.Context()).wait)
	defer cancel()
	next(huma.WithContext(ctx, bound))
}
