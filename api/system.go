package api

import (
	"context"
	"log/slog"
	"net/http"
	"runtime"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

const tagSystem = "System"

// healthWait bounds the probe of one component.
const healthWait = 2 * time.Second

// Health says whether the platform works.
type Health struct {
	Status     string               `json:"status" enum:"pass,fail"`
	Components map[string]Component `json:"components,omitempty"`
}

// Component says whether one part works.
type Component struct {
	Status string `json:"status" enum:"pass,fail"`
	Output string `json:"output,omitempty" doc:"Why not."`
}

type healthAnswer struct {
	Status int
	Body   Health
}

// Version says what runs.
type Version struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Mode    string `json:"mode" enum:"dev,server"`
	Go      string `json:"go"`
}

type versionAnswer struct{ Body Version }

func (s *server) system(a huma.API) {
	handle(a, operation{
		id: "healthz", method: http.MethodGet, path: "/healthz", tag: tagSystem, summary: "Whether the process lives; no dependency is asked",
	}, s.healthz)
	handle(a, operation{
		id: "readyz", method: http.MethodGet, path: "/readyz", tag: tagSystem, summary: "Whether every component works",
		about: "503 when one of them does not.",
	}, s.readyz)
	handle(a, operation{
		id: "version", method: http.MethodGet, path: "/version", tag: tagSystem, summary: "What runs",
	}, s.version)
}

func (s *server) healthz(context.Context, *none) (*healthAnswer, error) {
	return &healthAnswer{Status: http.StatusOK, Body: Health{Status: "pass"}}, nil
}

func (s *server) readyz(ctx context.Context, _ *none) (*healthAnswer, error) {
	probes := []struct {
		name  string
		probe func(context.Context) error
		why   string
	}{
		{"repository", s.options.Repository.Ping, "the database does not answer"},
		{"temporal", s.service.Available, "Temporal does not answer"},
		{"worker", s.options.Worker, "the worker is not ready"},
	}
	answer := &healthAnswer{Status: http.StatusOK, Body: Health{Status: "pass", Components: map[string]Component{}}}
	for _, p := range probes {
		if p.probe == nil {
			continue
		}
		component := Component{Status: "pass"}
		err := probed(ctx, p.probe)
		s.noteReadiness(ctx, p.name, err)
		if err != nil {
			component = Component{Status: "fail", Output: p.why}
			answer.Status, answer.Body.Status = http.StatusServiceUnavailable, "fail"
		}
		answer.Body.Components[p.name] = component
	}
	return answer, nil
}

// noteReadiness logs that a component went away or came back: who polls
// /readyz would else fill the log.
func (s *server) noteReadiness(ctx context.Context, component string, err error) {
	if ctx.Err() != nil {
		return // whoever asks has gone, and that says nothing
	}
	if err != nil {
		if _, noted := s.away.LoadOrStore(component, true); !noted {
			s.logger.WarnContext(ctx, "not ready", slog.String("component", component), slog.Any("error", err))
		}
		return
	}
	if _, noted := s.away.LoadAndDelete(component); noted {
		s.logger.InfoContext(ctx, "ready again", slog.String("component", component))
	}
}

func probed(ctx context.Context, probe func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, healthWait)
	defer cancel()
	return probe(ctx)
}

func (s *server) version(context.Context, *none) (*versionAnswer, error) {
	return &versionAnswer{Body: Version{Name: "perdure", Version: s.options.Version, Mode: s.options.Mode, Go: runtime.Version()}}, nil
}
