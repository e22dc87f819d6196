package api

import (
	"html/template"
	"net/http"

	"github.com/go-chi/chi/v5"
)

// kind is a kind of problem: one sentence that stays the same for ever.
type kind struct {
	slug       string
	status     int
	title      string
	about      string
	retryAfter int // seconds, 0 for none
}

// The kinds of problems.
var (
	kindJSON        = kind{slug: "json-invalid", status: 400, title: "The body is not JSON", about: "The body is not JSON (RFC 8259) in UTF-8; errors[] says where."}
	kindParameter   = kind{slug: "parameter-invalid", status: 400, title: "A parameter or header is not valid", about: "A path, query or header value cannot be read, or the operation has no such query parameter."}
	kindBody        = kind{slug: "body-invalid", status: 400, title: "The body is not valid", about: "The body is JSON but lacks something, contradicts itself or breaks a rule; errors[].pointer says where. Keys count in exact case and may occur once."}
	kindNotFound    = kind{slug: "not-found", status: 404, title: "There is no such thing", about: "The path names nothing that exists."}
	kindMethod      = kind{slug: "method-not-allowed", status: 405, title: "The path has no such method", about: "The header Allow lists the methods that it has."}
	kindTimeout     = kind{slug: "body-timeout", status: 408, title: "The body did not arrive in time", about: "The body was sent too slowly."}
	kindConflict    = kind{slug: "conflict", status: 409, title: "The state does not allow it", about: "Something else came first; read the object again."}
	kindEnded       = kind{slug: "instance-ended", status: 409, title: "The instance has ended", about: "An instance that has ended takes nothing more."}
	kindTaskClosed  = kind{slug: "task-closed", status: 409, title: "The task is closed", about: "The task was completed or withdrawn before; detail says when and by whom."}
	kindNotOpen     = kind{slug: "not-open", status: 409, title: "Nothing is open there", about: "The task, subscription or incident was closed before the request reached its instance."}
	kindDisabled    = kind{slug: "process-disabled", status: 409, title: "The process is disabled", about: "A disabled process takes no new instances until an administrator enables it."}
	kindInFlight    = kind{slug: "idempotency-in-flight", status: 409, title: "The same request is still being worked on", about: "A request with this Idempotency-Key has no answer yet; send it again in a moment.", retryAfter: 1}
	kindTooLarge    = kind{slug: "body-too-large", status: 413, title: "The body is too large", about: "Definitions may have 4 MiB, every other body 1 MiB."}
	kindMedia       = kind{slug: "media-type", status: 415, title: "The body's media type or encoding is not supported", about: "The operation's description lists what it takes. Compressed bodies are not taken."}
	kindUnprocessed = kind{slug: "not-valid", status: 422, title: "The request is well-formed but not valid", about: "The request can be read, but what it asks for makes no sense; errors[] says why."}
	kindBPMN        = kind{slug: "bpmn-invalid", status: 422, title: "The process definition is not valid", about: "errors[] holds every fault with its rule, element, line and what to do."}
	kindNoStart     = kind{slug: "no-start-event", status: 422, title: "The process cannot be started like this", about: "The process has no none start event; name one of its start events in start."}
	kindReused      = kind{slug: "idempotency-key-reused", status: 422, title: "The Idempotency-Key was used for another request", about: "A key belongs to one request: use a new one for another body."}
	kindInternal    = kind{slug: "internal", status: 500, title: "Internal server error, please contact administrator", about: "A fault of the server. traceId finds it in the logs."}
	kindUnavailable = kind{slug: "unavailable", status: 503, title: "A part of the platform is away", about: "The database, Temporal or the worker cannot be reached; send the request again after Retry-After.", retryAfter: 5}
)

// kinds lists them for the pages that explain them.
func kinds() []kind {
	return []kind{
		kindJSON, kindParameter, kindBody, kindNotFound, kindMethod, kindTimeout, kindConflict, kindEnded,
		kindTaskClosed, kindNotOpen, kindDisabled, kindInFlight, kindTooLarge, kindMedia, kindUnprocessed,
		kindBPMN, kindNoStart, kindReused, kindInternal, kindUnavailable,
	}
}

var problemPage = template.Must(template.New("problem").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{{.Title}}</title>
<h1>{{.Title}}</h1><p>{{.About}}</p><p>Status {{.Status}}, code <code>{{.Slug}}</code>.</p></html>
`))

// explainProblem answers GET /problems/{slug}: what a problem's type points at.
func explainProblem(w http.ResponseWriter, r *http.Request) {
	slug := chi.URLParam(r, "slug")
	for _, k := range kinds() {
		if k.slug == slug {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_ = problemPage.Execute(w, struct {
				Slug, Title, About string
				Status             int
			}{k.slug, k.title, k.about, k.status})
			return
		}
	}
	writeProblem(w, r, newProblem(kindNotFound, "there is no problem of this name"))
}
