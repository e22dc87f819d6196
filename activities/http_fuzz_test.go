package activities

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httputil"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/protocol"
)

// FuzzReadRequest looks for an input that panics, or that is accepted and then
// does not travel as it was read: in one request, to the host of its URL.
func FuzzReadRequest(f *testing.F) {
	for _, seed := range []string{
		`{}`, `null`, `[]`, `{"url":null}`,
		`{"url":"http://a/?b=c#d","query":{"e":[1,null]}}`,
		`{"url":"http://a:80/","method":"post","body":{"n":1.10},"timeout":"PT1M"}`,
		`{"url":"https://[::1]/","headers":{"x-a":["b",true]},"form":{"a":"b"}}`,
		`{"url":"http://a/","headers":{"X-A":"v\r\nHost: evil"}}`,
		`{"url":"http://a/","headers":{"X-A":[{}]},"failOn4xx":"incident"}`,
		`{"url":"http://a\u0000/","timeout":-1e400,"body":""}`,
	} {
		f.Add([]byte(seed))
	}
	activity := NewHTTP(HTTPOptions{})
	f.Fuzz(func(t *testing.T, input []byte) {
		r, err := readRequest(input)
		if err != nil {
			failure(t, err, ErrTypeInput, false)
			return
		}
		require.Positive(t, r.timeout)
		require.LessOrEqual(t, r.timeout, maxTimeout)
		require.LessOrEqual(t, len(r.body), maxRequestBody)
		request, err := activity.newRequest(context.Background(), r, protocol.TaskInfo{Key: "k"})
		if err != nil {
			failure(t, err, ErrTypeInput, false)
			return
		}
		require.Equal(t, strings.TrimSuffix(r.url.Host, ":"), request.Host)
		sent, err := httputil.DumpRequestOut(request, true)
		if err != nil {
			return // net/http refuses what it cannot send
		}
		received, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(sent)))
		require.NoError(t, err)
		defer received.Body.Close()
		require.Equal(t, r.method, received.Method)
		for name, values := range received.Header {
			if name != "Accept-Encoding" && name != "Content-Length" { // DumpRequestOut's own
				require.Len(t, values, len(request.Header.Values(name)), name)
			}
		}
		body, err := io.ReadAll(received.Body)
		require.NoError(t, err)
		require.Equal(t, string(r.body), string(body))
	})
}
