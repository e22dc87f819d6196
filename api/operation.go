package api

import (
	"context"
	"net/http"
	"reflect"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/perdure/perdure/api/strictjson"
	"github.com/perdure/perdure/bpmn"
)

// Sizes of bodies.
const (
	maxJSONBody = 1 << 20 // 1 MiB
	maxBPMNBody = 4 << 20 // 4 MiB
)

// operation describes one method of one path, for the router and for the
// OpenAPI document alike.
type operation struct {
	id      string
	method  string
	path    string
	summary string
	about   string
	tag     string
	status  int   // of success, default 200
	also    []int // other statuses of success
	errors  []int // besides those that every operation can answer
	// acts makes the operation honour Idempotency-Key.
	acts bool
	// waits makes it honour Prefer.
	waits bool
	// media lists the media types of the body, default JSON.
	media []string
	// lenient lets a JSON body have fields that we do not know.
	lenient bool
	// optional lets the body be absent.
	optional bool
	// maxBody bounds the body, default 1 MiB.
	maxBody int
}

const metadataOperation = "operation"

// none stands for an operation without parameters.
type none struct{}

// handle registers an operation without a body.
func handle[P, O any](a huma.API, op operation, handler func(context.Context, *P) (*O, error)) {
	register(a, op, nil, handler)
}

// handleBody registers an operation that reads its body into a B.
func handleBody[P, B, O any](a huma.API, op operation, handler func(context.Context, *P, *B) (*O, error)) {
	read := func(ctx context.Context, p *P) (*O, error) {
		var body B
		raw := bodyOf(ctx)
		if op.optional && len(raw.data) == 0 {
			return handler(ctx, p, &body)
		}
		if err := readJSON(raw, &body, strictjson.Options{AllowUnknown: op.lenient}); err != nil {
			return nil, problemOf(err)
		}
		return handler(ctx, p, &body)
	}
	register(a, op, reflect.TypeFor[B](), read)
}

// handleRaw registers an operation that reads its body itself; B only
// documents the JSON form of it.
func handleRaw[P, B, O any](a huma.API, op operation, handler func(context.Context, *P, rawBody) (*O, error)) {
	register(a, op, reflect.TypeFor[B](), func(ctx context.Context, p *P) (*O, error) {
		return handler(ctx, p, bodyOf(ctx))
	})
}

func register[P, O any](a huma.API, op operation, body reflect.Type, handler func(context.Context, *P) (*O, error)) {
	if op.maxBody == 0 {
		op.maxBody = maxJSONBody
	}
	if body != nil && op.media == nil {
		op.media = []string{"application/json"}
	}
	huma.Register(a, huma.Operation{
		OperationID: op.id, Method: op.method, Path: op.path, Summary: op.summary, Description: op.about,
		Tags: []string{op.tag}, DefaultStatus: op.status, Errors: errorsOf(op, body != nil),
		RejectUnknownQueryParameters: true, Metadata: map[string]any{metadataOperation: op},
	}, handler)
	documentBody(a.OpenAPI(), op, body)
}

// errorsOf lists what an operation can answer when it fails.
func errorsOf(op operation, hasBody bool) []int {
	statuses := append([]int{http.StatusBadRequest, http.StatusInternalServerError, http.StatusServiceUnavailable}, op.errors...)
	if hasBody {
		statuses = append(statuses, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	if op.acts {
		statuses = append(statuses, http.StatusConflict, http.StatusUnprocessableEntity)
	}
	slices.Sort(statuses)
	return slices.Compact(statuses)
}

// readJSON reads a JSON body strictly.
func readJSON(raw rawBody, target any, o strictjson.Options) error {
	if problem := raw.requireMedia("application/json"); problem != nil {
		return problem
	}
	return strictjson.Read(raw.data, target, o)
}

// definitionJSON are the limits of a body that may hold the JSON form of a
// definition: two levels and a few values for each element.
func definitionJSON(lenient bool) strictjson.Options {
	return strictjson.Options{Depth: 2*bpmn.MaxDepth + 16, Values: 1_000_000, AllowUnknown: lenient}
}

// documentBody adds what huma is not told: that the operation reads a body,
// and by which headers it can be steered.
func documentBody(document *huma.OpenAPI, op operation, body reflect.Type) {
	documented := operationIn(document.Paths[op.path], op.method)
	for _, status := range op.also {
		key := statusKey(status)
		if documented.Responses[key] == nil {
			documented.Responses[key] = &huma.Response{Description: http.StatusText(status)}
			if success := documented.Responses[statusKey(max(op.status, http.StatusOK))]; success != nil {
				documented.Responses[key].Content = success.Content
			}
		}
	}
	if op.acts {
		documented.Parameters = append(documented.Parameters, idempotencyParameter())
	}
	if op.waits {
		documented.Parameters = append(documented.Parameters, preferParameter())
	}
	if body == nil {
		return
	}
	documented.RequestBody = &huma.RequestBody{Required: !op.optional, Content: map[string]*huma.MediaType{}}
	for _, media := range op.media {
		documented.RequestBody.Content[media] = &huma.MediaType{Schema: schemaOfMedia(document, media, body, op.id)}
	}
}

func schemaOfMedia(document *huma.OpenAPI, media string, body reflect.Type, id string) *huma.Schema {
	switch media {
	case "application/json":
		return document.Components.Schemas.Schema(body, true, id+"Body")
	case "multipart/form-data":
		file := &huma.Schema{Type: huma.TypeString}
		return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: file, Description: "One file or several, under any names."}
	default:
		return &huma.Schema{Type: huma.TypeString, Description: "BPMN 2.0.2 XML."}
	}
}

func operationIn(item *huma.PathItem, method string) *huma.Operation {
	switch method {
	case http.MethodGet:
		return item.Get
	case http.MethodPost:
		return item.Post
	case http.MethodPut:
		return item.Put
	case http.MethodPatch:
		return item.Patch
	default:
		return item.Delete
	}
}
