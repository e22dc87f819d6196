package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/perdure/perdure/repository"
)

// Process is a deployed version of a process.
type Process struct {
	ID           string    `json:"id" doc:"key:version:uuid"`
	Key          string    `json:"key"`
	Version      int       `json:"version"`
	Name         string    `json:"name"`
	Type         string    `json:"type" enum:"None,Private,Public"`
	Description  string    `json:"description"`
	Category     string    `json:"category"`
	Executable   bool      `json:"executable"`
	Closed       bool      `json:"closed"`
	Enabled      bool      `json:"enabled"`
	HasNoneStart bool      `json:"hasNoneStart" doc:"Whether it can be started without naming a start event."`
	SHA256       string    `json:"sha256" doc:"Of the compiled graph."`
	DeployedAt   time.Time `json:"deployedAt"`
	DeployedBy   Actor     `json:"deployedBy"`
}

func processView(p repository.Process) Process {
	return Process{
		ID: p.ID, Key: p.Key, Version: p.Version, Name: p.Name, Type: p.Type, Description: p.Description,
		Category: p.Category, Executable: p.Executable, Closed: p.Closed, Enabled: p.Enabled,
		HasNoneStart: p.HasNoneStart, SHA256: p.SHA256, DeployedAt: utc(p.DeployedAt), DeployedBy: actorView(p.DeployedBy),
	}
}

type processRef struct {
	ID string `path:"id" maxLength:"600" doc:"A full id, key:version, a uuid, or a key for the latest enabled version."`
}

type processQuery struct {
	Key     string `query:"key" maxLength:"255" doc:"Only versions of this process."`
	Search  string `query:"search" maxLength:"255" doc:"Only processes with this in their key or name."`
	Enabled bool   `query:"enabled" doc:"Only enabled versions."`
	Latest  bool   `query:"latest" doc:"Only the latest version of each process."`
	Paged
}

type processAnswer struct{ Body Process }

func (s *server) processes(a huma.API) {
	handle(a, operation{
		id: "listProcesses", method: http.MethodGet, path: "/api/v1/processes", tag: tagProcesses,
		summary: "List all versions of all processes, newest first",
	}, s.listProcesses)
	handle(a, operation{
		id: "showProcess", method: http.MethodGet, path: "/api/v1/processes/{id}", tag: tagProcesses,
		summary: "Show a process", errors: []int{404},
	}, s.showProcess)
	handle(a, operation{
		id: "processBPMN", method: http.MethodGet, path: "/api/v1/processes/{id}/bpmn", tag: tagProcesses,
		summary: "The BPMN XML, byte for byte as it was deployed", errors: []int{404},
	}, s.processBPMN)
	handle(a, operation{
		id: "processDefinition", method: http.MethodGet, path: "/api/v1/processes/{id}/definition", tag: tagProcesses,
		summary: "The definition as JSON (GS-6.1.1)", errors: []int{404},
	}, s.processDefinition)
	handleBody(a, operation{
		id: "enableProcess", method: http.MethodPut, path: "/api/v1/processes/{id}/enabled", tag: tagProcesses,
		summary: "Allow or forbid new instances (GS-6.4.1)", errors: []int{404},
		about: "Instances that run go on. A disabled version is named by its full id, by key:version or by uuid.",
	}, s.enableProcess)
}

func (s *server) listProcesses(ctx context.Context, in *processQuery) (*list[Process], error) {
	filter := repository.ProcessFilter{Key: in.Key, Search: in.Search, EnabledOnly: in.Enabled, LatestOnly: in.Latest}
	rows, next, err := s.service.Processes(ctx, filter, in.page())
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return listOf(ctx, rows, next, processView), nil
}

func (s *server) showProcess(ctx context.Context, in *processRef) (*processAnswer, error) {
	p, err := s.service.Process(ctx, in.ID)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &processAnswer{Body: processView(p)}, nil
}

type bytesAnswer struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func (s *server) processBPMN(ctx context.Context, in *processRef) (*bytesAnswer, error) {
	_, xml, err := s.service.Source(ctx, in.ID)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &bytesAnswer{ContentType: "application/xml", Disposition: `attachment; filename="process.bpmn"`, Body: xml}, nil
}

type objectAnswer struct{ Body Object }

func (s *server) processDefinition(ctx context.Context, in *processRef) (*objectAnswer, error) {
	definition, err := s.service.Definition(ctx, in.ID)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &objectAnswer{Body: Object(definition)}, nil
}

// EnabledBody switches a process on or off.
type EnabledBody struct {
	Enabled bool `json:"enabled"`
}

func (s *server) enableProcess(ctx context.Context, in *processRef, body *EnabledBody) (*processAnswer, error) {
	p, err := s.service.SetEnabled(ctx, actorOf(ctx), in.ID, body.Enabled)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &processAnswer{Body: processView(p)}, nil
}
