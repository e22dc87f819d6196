package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGate(t *testing.T) {
	t.Parallel()
	get := func(g *gate, path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		g.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w
	}
	service := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte("service " + r.URL.Path))
	})

	t.Run("BeforeTheService", func(t *testing.T) {
		t.Parallel()
		g := &gate{}
		g.waitFor(componentRepository, "not answering")
		require.Equal(t, http.StatusOK, get(g, "/healthz").Code, "a process that waits must not be restarted")
		ready := get(g, "/readyz")
		require.Equal(t, http.StatusServiceUnavailable, ready.Code)
		require.JSONEq(t, `{"status":"fail","components":{"repository":{"status":"fail","output":"not answering"}}}`, ready.Body.String())
		other := get(g, "/processes")
		require.Equal(t, http.StatusServiceUnavailable, other.Code)
		require.Equal(t, "application/problem+json", other.Header().Get("Content-Type"))
		require.Equal(t, "5", other.Header().Get("Retry-After"))
		require.Contains(t, other.Body.String(), "repository: not answering")
	})

	t.Run("WithTheService", func(t *testing.T) {
		t.Parallel()
		g := &gate{}
		g.open(service)
		for _, path := range []string{"/healthz", "/readyz", "/processes"} {
			require.Equal(t, "service "+path, get(g, path).Body.String())
		}
	})

	t.Run("ServesWhileAComponentIsAway", func(t *testing.T) {
		t.Parallel()
		g := &gate{}
		g.open(service)
		g.waitFor(componentTemporal, "not answering")
		require.Equal(t, http.StatusServiceUnavailable, get(g, "/readyz").Code)
		require.Equal(t, "service /processes", get(g, "/processes").Body.String())
		g.waitFor(componentTemporal, "")
		require.Equal(t, http.StatusOK, get(g, "/readyz").Code)
	})

	t.Run("Draining", func(t *testing.T) {
		t.Parallel()
		g := &gate{}
		g.open(service)
		g.drain()
		require.Equal(t, http.StatusServiceUnavailable, get(g, "/readyz").Code)
		require.Equal(t, http.StatusOK, get(g, "/healthz").Code)
		require.Equal(t, "service /processes", get(g, "/processes").Body.String())
	})
}
