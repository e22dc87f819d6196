package apitest

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/stretchr/testify/require"
)

// CheckGovStack deploys Order, calls every operation of the GovStack surface,
// and holds the answers against the specification's own document. A worker, or
// a Platform, must carry out what is started.
func CheckGovStack(t *testing.T, a *API) {
	t.Helper()
	router := govStackRouter(t, a)
	definition := map[string]any{
		"name": "Order", "type": "Private", "version": "1",
		"processBody": []any{map[string]any{"code": "bpmn", "value": Order}},
	}
	process := a.Post(t, "/processes", definition).Want(t, http.StatusCreated).id(t)
	instance := a.Post(t, "/processes/"+process+"/start", `{"processStartedBy":"Ada"}`).Want(t, http.StatusCreated).id(t)

	calls := []struct {
		name, method, path string
		body               any
		status             int
	}{
		{"List", http.MethodGet, "/processes", nil, 200},
		{"Add", http.MethodPost, "/processes", definition, 201},
		{"Show", http.MethodGet, "/processes/" + process, nil, 200},
		{"Update", http.MethodPut, "/processes/" + process, map[string]any{"name": "Orders"}, 204},
		{"Start", http.MethodPost, "/processes/" + process + "/start", map[string]any{"processStartedBy": "Ada"}, 201},
		{"Instances", http.MethodGet, "/instances/", nil, 200},
		{"InstancesOfAProcess", http.MethodGet, "/instances/?processId=" + process, nil, 200},
		{"Instance", http.MethodGet, "/instances/" + instance, nil, 200},
		{"Stop", http.MethodPost, "/instances/" + instance + "/stop", nil, 201},
		{"Delete", http.MethodDelete, "/processes/" + process, nil, 200},
		{"NoProcess", http.MethodGet, "/processes/" + process, nil, 404},
		{"NoInstance", http.MethodGet, "/instances/none", nil, 404},
	}
	for _, call := range calls {
		t.Run(call.name, func(t *testing.T) {
			response := a.Call(t, call.method, call.path, call.body).Want(t, call.status)
			request, err := http.NewRequestWithContext(t.Context(), call.method, a.URL+call.path, nil)
			require.NoError(t, err)
			route, parameters, err := router.FindRoute(request)
			require.NoError(t, err)
			require.NoError(t, openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
				RequestValidationInput: &openapi3filter.RequestValidationInput{Request: request, PathParams: parameters, Route: route},
				Status:                 response.Status, Header: response.Header, Body: io.NopCloser(bytes.NewReader(response.Body)),
			}))
		})
	}
}

func (r Response) id(t testing.TB) string {
	t.Helper()
	id, ok := r.Object(t)["id"].(string)
	require.True(t, ok)
	return id
}

// govStackRouter reads the specification's document as it is meant: ids, which
// it types as integers but exemplifies as UUIDs, are texts, and 204, which it
// gives a body, has none.
func govStackRouter(t testing.TB, a *API) routers.Router {
	t.Helper()
	document, err := openapi3.NewLoader().LoadFromData(a.Get(t, "/openapi/govstack.yaml").Want(t, http.StatusOK).Body)
	require.NoError(t, err)
	text := &openapi3.Types{"string"}
	document.Components.Schemas["ProcessInstance"].Value.Properties["id"].Value.Type = text
	for path, item := range document.Paths.Map() {
		if !strings.Contains(path, "{instanceId}") {
			continue
		}
		for _, op := range item.Operations() {
			op.Parameters.GetByInAndName("path", "instanceId").Schema.Value.Type = text
		}
	}
	document.Paths.Value("/processes/{processId}").Put.Responses.Value("204").Value.Content = nil
	document.Servers = openapi3.Servers{{URL: a.URL}}
	router, err := gorillamux.NewRouter(document)
	require.NoError(t, err)
	return router
}
