package api_test

import (
	"net/http"
	"os"
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-chi/chi/v5"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/apitest"
)

func TestOpenAPI31IsValid(t *testing.T) {
	t.Parallel()
	response := apitest.New(t, &apitest.Temporal{}).Get(t, "/openapi.json").Want(t, 200)
	document, err := openapi3.NewLoader().LoadFromData(response.Body)
	require.NoError(t, err)
	require.Equal(t, "3.1.0", document.OpenAPI)
	require.NoError(t, document.Validate(t.Context(), openapi3.DisableExamplesValidation()))
}

func TestOpenAPI30IsValid(t *testing.T) {
	t.Parallel()
	document := loadDocument(t)
	require.NoError(t, document.Validate(t.Context(), openapi3.DisableExamplesValidation()))
	require.Equal(t, "3.0.3", document.OpenAPI)
	require.NotContains(t, document.Components.Schemas, "ErrorModel", "there is one shape of errors")
	for path, item := range document.Paths.Map() {
		for method, op := range item.Operations() {
			require.NotEmpty(t, op.OperationID, "%s %s", method, path)
			require.NotEmpty(t, op.Summary, "%s %s", method, path)
			require.NotEmpty(t, op.Tags, "%s %s", method, path)
		}
	}
}

func TestOpenAPIDescribesExactlyWhatIsRouted(t *testing.T) {
	t.Parallel()
	var routed, described []string
	routes, ok := apitest.Handler(t, &apitest.Temporal{}).(chi.Routes)
	require.True(t, ok)
	require.NoError(t, chi.Walk(routes, func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		routed = append(routed, method+" "+route)
		return nil
	}))
	for path, item := range loadDocument(t).Paths.Map() {
		for method := range item.Operations() {
			described = append(described, method+" "+path)
		}
	}
	slices.Sort(routed)
	slices.Sort(described)
	require.Equal(t, routed, described)
	require.Greater(t, len(routed), 45)
}

func TestOpenAPIDocumentsWhatSteersRequests(t *testing.T) {
	t.Parallel()
	document := loadDocument(t)
	start := document.Paths.Value("/processes/{processId}/start").Post
	require.NotNil(t, start.Parameters.GetByInAndName("header", "Idempotency-Key"))
	require.NotNil(t, start.Parameters.GetByInAndName("header", "Prefer"))
	for _, status := range []string{"201", "202", "400", "404", "409", "413", "415", "422", "500", "503"} {
		require.NotNil(t, start.Responses.Value(status), status)
	}
	media := document.Paths.Value("/api/v1/deployments").Post.RequestBody.Value.Content
	require.Len(t, media, 6)
	list := document.Paths.Value("/api/v1/tasks").Get
	require.NotNil(t, list.Parameters.GetByInAndName("query", "cursor"))
	problem := list.Responses.Value("400").Value.Content["application/problem+json"]
	require.Equal(t, "#/components/schemas/Problem", problem.Schema.Ref)
}

func TestGovStackDocumentIsServedUnchanged(t *testing.T) {
	t.Parallel()
	want, err := os.ReadFile("assets/govstack.yaml")
	require.NoError(t, err)
	response := apitest.New(t, &apitest.Temporal{}).Get(t, "/openapi/govstack.yaml").Want(t, 200)
	require.Equal(t, string(want), string(response.Body))
	require.Equal(t, "application/yaml", response.Header.Get("Content-Type"))
}

func TestDocsWorkWithoutNetwork(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, &apitest.Temporal{})
	for _, path := range []string{"/docs", "/"} {
		response := a.Call(t, http.MethodGet, path, nil, "Accept", "text/html").Want(t, 200)
		page := string(response.Body)
		require.Contains(t, response.Header.Get("Content-Type"), "text/html")
		require.Contains(t, response.Header.Get("Content-Security-Policy"), "default-src 'none'")
		for _, outside := range []string{"http://", "https://", "//cdn", "<script"} {
			require.NotContains(t, page, outside, path)
		}
	}
	page := string(a.Get(t, "/docs").Body)
	for _, expected := range []string{"/processes/{processId}/start", "/api/v1/tasks/{id}/complete", "Idempotency-Key", "GovInstanceDetail"} {
		require.Contains(t, page, expected)
	}
}

func TestEveryProblemIsExplained(t *testing.T) {
	t.Parallel()
	a := apitest.New(t, &apitest.Temporal{})
	problem := a.Get(t, "/nowhere").Problem(t, 404, "not-found")
	page := a.Get(t, problem.Type).Want(t, 200)
	require.Contains(t, string(page.Body), problem.Title)
	twice := a.Post(t, "/processes/order/start", `{"processStartedBy":"a","processStartedBy":"b"}`).Problem(t, 400, "body-invalid")
	require.Contains(t, string(a.Get(t, twice.Type).Want(t, 200).Body), "may occur once")
	a.Get(t, "/problems/unheard-of").Problem(t, 404, "not-found")
}

func TestNewNeedsItsParts(t *testing.T) {
	t.Parallel()
	_, err := api.New(api.Options{})
	require.ErrorContains(t, err, "needed")
}

func loadDocument(t *testing.T) *openapi3.T {
	t.Helper()
	response := apitest.New(t, &apitest.Temporal{}).Get(t, "/openapi-3.0.json").Want(t, 200)
	document, err := openapi3.NewLoader().LoadFromData(response.Body)
	require.NoError(t, err)
	return document
}
