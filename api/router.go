package api

import (
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
)

func (s *server) router() (http.Handler, error) {
	r := chi.NewRouter()
	s.routes = r
	r.Use(traced, s.acting, s.logged, secured, s.recovered, located, middleware.GetHead)
	r.NotFound(func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, r, newProblem(kindNotFound, "nothing is served at this path"))
	})
	r.MethodNotAllowed(s.methodNotAllowed)

	a := humachi.New(r, humaConfig(s.options.Version))
	a.UseMiddleware(s.boundBody, preferring, s.boundTime, s.idempotent, exchanging)
	s.govstack(a)
	s.own(a)
	s.system(a)
	if err := s.documents(r, a.OpenAPI()); err != nil {
		return nil, err
	}
	if s.options.TemporalUI != nil {
		r.Handle("/temporal", http.RedirectHandler("/temporal/", http.StatusTemporaryRedirect))
		r.Handle("/temporal/*", s.options.TemporalUI)
	}
	return r, nil
}

// govstack registers the surface of the GovStack specification.
func (s *server) govstack(a huma.API) {
	s.govProcesses(a)
	s.govInstances(a)
}

// own registers /api/v1.
func (s *server) own(a huma.API) {
	s.deployments(a)
	s.processes(a)
	s.instances(a)
	s.tasks(a)
	s.messages(a)
	s.incidents(a)
	s.audit(a)
}

func humaConfig(version string) huma.Config {
	schemas := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	schemas.RegisterTypeAlias(reflect.TypeFor[huma.ErrorModel](), reflect.TypeFor[Problem]())
	return huma.Config{
		OpenAPI:      openAPI(version, schemas),
		Formats:      map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		Transformers: []huma.Transformer{asProblem},
	}
}

func (s *server) methodNotAllowed(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if s.routes.Match(chi.NewRouteContext(), method, r.URL.Path) {
			allowed = append(allowed, method)
		}
	}
	p := newProblem(kindMethod, r.Method+" is not one of "+strings.Join(allowed, ", "))
	writeProblem(w, r, p.with("Allow", strings.Join(allowed, ", ")))
}

func operationOf(ctx huma.Context) operation {
	op, _ := ctx.Operation().Metadata[metadataOperation].(operation)
	return op
}

func statusKey(status int) string { return strconv.Itoa(status) }

// exchange is the context of one request, with the status that asProblem may
// choose for what huma refuses by itself.
type exchange struct {
	humaContext

	status int
}

// humaContext lets a context be embedded, whose type has a method Context.
type humaContext huma.Context

// exchanging must be the innermost middleware: the transformer sees its
// context.
func exchanging(ctx huma.Context, next func(huma.Context)) {
	next(&exchange{humaContext: ctx})
}

// SetStatus prefers the status of the problem.
func (e *exchange) SetStatus(status int) {
	if e.status != 0 {
		status = e.status
	}
	e.humaContext.SetStatus(status)
}

// Unwrap lets humachi find the request.
func (e *exchange) Unwrap() huma.Context { return e.humaContext }

// asProblem completes every error. What huma found wrong with the parameters
// of a request is a bad request, in our words.
func asProblem(ctx huma.Context, _ string, answer any) (any, error) {
	r, _ := humachi.Unwrap(ctx)
	switch answer := answer.(type) {
	case *Problem:
		return answer.of(r), nil
	case *huma.ErrorModel:
		p := newProblem(kindParameter, "the parameters are not valid", parameterErrors(answer.Errors)...)
		if answer.Status >= http.StatusInternalServerError {
			p = newProblem(kindInternal, "")
		}
		if e, ok := ctx.(*exchange); ok {
			e.status = p.Status
		}
		return p.of(r), nil
	}
	return answer, nil
}

func parameterErrors(details []*huma.ErrorDetail) []ProblemError {
	errors := make([]ProblemError, 0, len(details))
	for _, d := range details {
		_, name, _ := strings.Cut(d.Location, ".")
		errors = append(errors, ProblemError{Parameter: name, Detail: d.Message})
	}
	return errors
}
