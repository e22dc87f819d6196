package devserver

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io/fs"
	"net/http"
	"regexp"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"github.com/temporalio/ui-server/v2/server/api"
	"github.com/temporalio/ui-server/v2/server/config"
	"github.com/temporalio/ui-server/v2/server/csrf"
	"github.com/temporalio/ui-server/v2/server/headers"
	"github.com/temporalio/ui-server/v2/server/route"
	"github.com/temporalio/ui-server/v2/ui"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
)

// webUI is Temporal's web UI as a handler.
//
// It is put together from the routes of ui-server. The server type there does
// not give out its handler, wants a port of its own, and ends the process when
// it cannot have it.
type webUI struct {
	handler http.Handler
	conn    *grpc.ClientConn
}

func newWebUI(hostPort, namespace, publicPath string) (*webUI, error) {
	provider, err := config.NewConfigProviderWithRefresh(&config.Config{
		TemporalGRPCAddress: hostPort,
		EnableUI:            true,
		PublicPath:          publicPath,
		DefaultNamespace:    namespace,
		// The page is served over plain HTTP on the loopback interface.
		CORS:             config.CORS{CookieInsecure: true},
		HideLogs:         true,
		DisableNewsFetch: true,
	})
	if err != nil {
		return nil, fmt.Errorf("web UI: %w", err)
	}
	pages, err := uiAssets(publicPath)
	if err != nil {
		return nil, fmt.Errorf("web UI: %w", err)
	}
	conn, err := api.CreateGRPCConnection(provider)
	if err != nil {
		return nil, fmt.Errorf("web UI: %w", err)
	}
	e := echo.New()
	e.Use(middleware.Recover(), middleware.Gzip(), middleware.Secure(),
		csrf.EnsureTokenCookie(false), middleware.CSRFWithConfig(csrf.MiddlewareConfig(provider, false)))
	if publicPath != "" {
		e.Pre(route.PublicPath(publicPath))
	}
	setAPIRoutes(e, provider, conn)
	route.SetRenderRoute(e, "/")
	// The public path is in the pages already.
	if err := route.SetUIRoutes(e, "", pages, provider); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("web UI: %w", err)
	}
	return &webUI{handler: e, conn: conn}, nil
}

// setAPIRoutes is ui-server's route.SetAPIRoutes without the look-up of new
// releases, and with a connection that can be closed.
func setAPIRoutes(e *echo.Echo, provider *config.ConfigProviderWithRefresh, conn *grpc.ClientConn) {
	forward := []api.Middleware{headers.WithForwardHeaders([]string{"Caller-Type"})}
	routes := e.Group("/api/v1")
	routes.GET("/settings", api.GetSettings(provider))
	routes.GET("/ui-extensions", api.GetUIExtensions(provider, api.TemporalAccessCheck(conn, forward)))
	routes.GET(api.WorkflowRawHistoryUrl, api.WorkflowRawHistoryHandler(workflowservice.NewWorkflowServiceClient(conn)))
	routes.Match([]string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}, "/*",
		api.TemporalAPIHandler(provider, forward, conn))
}

func (u *webUI) close() {
	_ = u.conn.Close()
}

// uiPages are the UI's files with an index page of its own.
type uiPages struct {
	fs.FS
	index []byte
}

// ReadFile implements fs.ReadFileFS.
func (p uiPages) ReadFile(name string) ([]byte, error) {
	if name == "index.html" {
		return p.index, nil
	}
	return fs.ReadFile(p.FS, name)
}

func uiAssets(publicPath string) (fs.FS, error) {
	assets, err := ui.Assets()
	if err != nil {
		return nil, err
	}
	local, err := fs.Sub(assets, "local")
	if err != nil {
		return nil, err
	}
	index, err := fs.ReadFile(local, "index.html")
	if err != nil {
		return nil, err
	}
	return uiPages{FS: local, index: []byte(indexUnder(publicPath, string(index)))}, nil
}

var inlineScript = regexp.MustCompile(`(?s)<script>(.*?)</script>`)

// indexUnder moves the index page under a public path. ui-server does the
// same, but then drops the page's content security policy, whose hash of the
// inline script no longer fits; here the hash is renewed instead.
func indexUnder(publicPath, page string) string {
	if publicPath == "" {
		return page
	}
	before := scriptHash(page)
	page = strings.ReplaceAll(page, `base: ""`, fmt.Sprintf("base: %q", publicPath))
	page = strings.ReplaceAll(page, `"/_app/`, fmt.Sprintf(`"%s/_app/`, publicPath))
	return strings.ReplaceAll(page, before, scriptHash(page))
}

// scriptHash is the page's inline script as its policy names it.
func scriptHash(page string) string {
	script := inlineScript.FindStringSubmatch(page)
	if script == nil {
		script = []string{"", ""}
	}
	sum := sha256.Sum256([]byte(script[1]))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
