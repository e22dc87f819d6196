package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/samples"
)

func TestDevGuard(t *testing.T) {
	t.Parallel()
	service := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	local := (&devCommand{}).guard(service)
	open := (&devCommand{InsecureListen: true}).guard(service)
	tests := []struct {
		name    string
		handler http.Handler
		method  string
		host    string
		header  http.Header
		want    int
	}{
		{name: "Curl", handler: local, method: http.MethodPost, host: "localhost:8080", want: http.StatusNoContent},
		{name: "Address", handler: local, method: http.MethodPost, host: "127.0.0.1:8080", want: http.StatusNoContent},
		{name: "AddressOfVersion6", handler: local, method: http.MethodPost, host: "[::1]:8080", want: http.StatusNoContent},
		{name: "RebindingName", handler: local, method: http.MethodGet, host: "attacker.example:8080", want: http.StatusForbidden},
		{name: "RebindingNameWithoutPort", handler: local, method: http.MethodGet, host: "attacker.example", want: http.StatusForbidden},
		{name: "OtherNameWhereThatIsWanted", handler: open, method: http.MethodGet, host: "box.example:8080", want: http.StatusNoContent},
		{
			name: "PageOfAnotherOrigin", handler: local, method: http.MethodPost, host: "localhost:8080",
			header: http.Header{"Sec-Fetch-Site": {"cross-site"}}, want: http.StatusForbidden,
		},
		{
			name: "PageOfAnotherOriginInOldBrowser", handler: open, method: http.MethodPost, host: "box.example:8080",
			header: http.Header{"Origin": {"http://attacker.example"}}, want: http.StatusForbidden,
		},
		{
			name: "OwnPage", handler: local, method: http.MethodPost, host: "localhost:8080",
			header: http.Header{"Sec-Fetch-Site": {"same-origin"}, "Origin": {"http://localhost:8080"}}, want: http.StatusNoContent,
		},
		{
			name: "LinkFromAnotherPage", handler: local, method: http.MethodGet, host: "localhost:8080",
			header: http.Header{"Sec-Fetch-Site": {"cross-site"}}, want: http.StatusNoContent,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(test.method, "/processes", nil)
			r.Host = test.host
			r.Header = test.header.Clone()
			w := httptest.NewRecorder()
			test.handler.ServeHTTP(w, r)
			require.Equal(t, test.want, w.Code, w.Body)
		})
	}
}

func TestDevListen(t *testing.T) {
	t.Parallel()
	for address, allowed := range map[string]bool{
		"127.0.0.1:8080": true,
		"127.8.8.8:0":    true,
		"localhost:8080": true,
		"[::1]:8080":     true,
		":8080":          false,
		"0.0.0.0:8080":   false,
		"[::]:8080":      false,
		"192.0.2.1:8080": false,
		"box:8080":       false,
		"8080":           false,
	} {
		t.Run(address, func(t *testing.T) {
			t.Parallel()
			err := (&devCommand{Listen: address}).check()
			if allowed {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, "--listen")
		})
	}
}

func TestDevSamples(t *testing.T) {
	t.Parallel()
	require.NoError(t, (&devCommand{Listen: "127.0.0.1:8080", Sample: samples.Names()}).check())
	err := (&devCommand{Listen: "127.0.0.1:8080", Sample: []string{"nothing"}}).check()
	require.ErrorContains(t, err, `there is no sample "nothing"`)
}
