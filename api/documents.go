package api

import (
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// assets are the GovStack document, unchanged, and the pages for browsers.
// They load nothing from elsewhere.
//
//go:embed assets
var assets embed.FS

func openAPI(version string, schemas huma.Registry) *huma.OpenAPI {
	if version == "" {
		version = "0.0.0"
	}
	return &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "Perdure", Version: version,
			Description: "BPMN 2.0.2 processes on Temporal. The GovStack Workflow Building Block's own surface, and everything else under /api/v1. " +
				"Every error is a problem of RFC 9457.",
			License: &huma.License{Name: "Apache-2.0", URL: "https://www.apache.org/licenses/LICENSE-2.0"},
		},
		Components: &huma.Components{Schemas: schemas},
		Tags: []*huma.Tag{
			{Name: tagGovStack, Description: "The surface of the GovStack Workflow Building Block 1.0."},
			{Name: tagProcesses},
			{Name: tagInstances},
			{Name: tagTasks},
			{Name: tagMessages},
			{Name: tagSystem},
		},
	}
}

// page is a document that is served as it is.
type page struct {
	id, path, summary, media string
	handler                  http.HandlerFunc
}

// documents serves what is not an operation: documents and pages. They come
// last, because the OpenAPI document holds everything.
func (s *server) documents(r chi.Router, document *huma.OpenAPI) error {
	pages := []page{
		{"openapi", "/openapi.json", "This document, OpenAPI 3.1", "application/json", nil},
		{"openapi30", "/openapi-3.0.json", "This document, OpenAPI 3.0", "application/json", nil},
		{"govstackDocument", "/openapi/govstack.yaml", "The GovStack specification's own document, unchanged", "application/yaml", nil},
		{"docs", "/docs", "The documentation of the API for browsers", "text/html", nil},
		{"index", "/", "What is served where", "application/json", s.index},
		{"metrics", "/metrics", "Metrics in the text format of Prometheus", "text/plain", promhttp.HandlerFor(s.options.Metrics, promhttp.HandlerOpts{}).ServeHTTP},
		{"explainProblem", "/problems/{slug}", "What a kind of problem means", "text/html", explainProblem},
	}
	for _, p := range pages {
		document.AddOperation(documentedPage(p))
	}
	full, err := json.Marshal(document)
	if err != nil {
		return fmt.Errorf("api: OpenAPI 3.1: %w", err)
	}
	downgraded, err := document.Downgrade()
	if err != nil {
		return fmt.Errorf("api: OpenAPI 3.0: %w", err)
	}
	govstack, err := assets.ReadFile("assets/govstack.yaml")
	if err != nil {
		return fmt.Errorf("api: %w", err)
	}
	docs, err := renderDocs(full)
	if err != nil {
		return err
	}
	pages[0].handler = static("application/json", full)
	pages[1].handler = static("application/json", downgraded)
	pages[2].handler = static("application/yaml", govstack)
	pages[3].handler = static("text/html; charset=utf-8", docs)
	for _, p := range pages {
		r.Get(p.path, p.handler)
	}
	return nil
}

func documentedPage(p page) *huma.Operation {
	op := &huma.Operation{
		Method: http.MethodGet, Path: p.path, OperationID: p.id, Summary: p.summary, Tags: []string{tagSystem},
		Responses: map[string]*huma.Response{"200": {
			Description: "OK", Content: map[string]*huma.MediaType{p.media: {Schema: &huma.Schema{}}},
		}},
	}
	if strings.Contains(p.path, "{slug}") {
		op.Parameters = []*huma.Param{{Name: "slug", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}}}
	}
	return op
}

// pageSecurity lets a page of ours use its own style and script, and nothing
// from elsewhere.
const pageSecurity = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func static(media string, data []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", media)
		if strings.HasPrefix(media, "text/html") {
			w.Header().Set("Content-Security-Policy", pageSecurity)
		}
		_, _ = w.Write(data)
	}
}

// link is one line of the index.
type link struct {
	Path  string `json:"path"`
	About string `json:"about"`
}

func (s *server) links() []link {
	links := []link{
		{"/docs", "documentation of the API"},
		{"/openapi.json", "OpenAPI 3.1 document; /openapi-3.0.json for older tools"},
		{"/openapi/govstack.yaml", "the GovStack document"},
		{"/processes", "GovStack surface: processes"},
		{"/instances", "GovStack surface: instances"},
		{"/api/v1/processes", "everything else, under /api/v1"},
		{"/api/v1/tasks", "user tasks"},
		{"/api/v1/incidents", "incidents"},
		{"/readyz", "health by component"},
		{"/metrics", "metrics"},
	}
	if s.options.TemporalUI != nil {
		links = append(links, link{"/temporal/", "Temporal's web UI"})
	}
	return links
}

// index tells what is served where, in HTML for browsers.
func (s *server) index(w http.ResponseWriter, r *http.Request) {
	content := struct {
		Name    string `json:"name"`
		Version string `json:"version"`
		Mode    string `json:"mode"`
		Links   []link `json:"links"`
	}{"Perdure", s.options.Version, s.options.Mode, s.links()}
	if !strings.Contains(r.Header.Get("Accept"), "text/html") {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(content)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", pageSecurity)
	_ = indexPage.Execute(w, content)
}

var indexPage = template.Must(template.ParseFS(assets, "assets/index.html"))
