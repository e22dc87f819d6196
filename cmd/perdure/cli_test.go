package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/stretchr/testify/require"
)

// TestCommandLine runs command lines as a person would and records what they
// print. The scripts in testdata know these directives:
//
//	run                 execute the command line in the input, in words without quotes
//	file NAME           write the input to a file; $DIR in a command line is its folder
//	answer METHOD PATH  let the server answer requests like this with the input;
//	                    status=N is the status (default 200), once removes it after use
//
// The output of run shows the requests that the server got (>), standard
// output, standard error (!), and the exit code.
func TestCommandLine(t *testing.T) {
	t.Setenv("COLUMNS", "100")
	datadriven.Walk(t, "testdata/cli", func(t *testing.T, path string) {
		server := newScriptedServer(t)
		t.Setenv("PERDURE_SERVER", server.URL)
		dir := t.TempDir()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			t.Helper()
			switch d.Cmd {
			case "run":
				return server.run(t, dir, d.Input)
			case "file":
				require.NoError(t, os.WriteFile(filepath.Join(dir, d.CmdArgs[0].Key), []byte(d.Input), 0o600))
				return ""
			case "answer":
				server.answer(t, d)
				return ""
			default:
				d.Fatalf(t, "unknown directive %q", d.Cmd)
				return ""
			}
		})
	})
}

// scriptedServer answers as it is told and notes what it was asked.
type scriptedServer struct {
	*httptest.Server

	mu       sync.Mutex
	answers  []scriptedAnswer
	requests []string
}

type scriptedAnswer struct {
	method, path string
	status       int
	body         string
	once         bool
}

func newScriptedServer(t *testing.T) *scriptedServer {
	t.Helper()
	s := &scriptedServer{}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

// answer adds an answer; the newest that fits a request is given.
func (s *scriptedServer) answer(t *testing.T, d *datadriven.TestData) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	a := scriptedAnswer{method: d.CmdArgs[0].Key, path: d.CmdArgs[1].Key, status: http.StatusOK, body: d.Input}
	d.MaybeScanArgs(t, "status", &a.status)
	a.once = d.HasArg("once")
	s.answers = append([]scriptedAnswer{a}, s.answers...)
}

// ServeHTTP implements http.Handler.
func (s *scriptedServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	line := r.Method + " " + r.URL.RequestURI()
	for _, name := range []string{"Content-Type", "Prefer", "Idempotency-Key"} {
		if value := r.Header.Get(name); value != "" {
			line += fmt.Sprintf(" %s: %s", name, value)
		}
	}
	if len(body) > 0 && len(body) < 200 {
		line += " " + string(body)
	}
	s.requests = append(s.requests, line)
	for i, a := range s.answers {
		if a.method == r.Method && a.path == r.URL.Path {
			if a.once {
				s.answers = append(s.answers[:i], s.answers[i+1:]...)
			}
			w.WriteHeader(a.status)
			_, _ = io.WriteString(w, a.body)
			return
		}
	}
	w.WriteHeader(http.StatusNotFound)
	_, _ = io.WriteString(w, `{"status":404,"title":"There is no such thing","code":"not-found"}`)
}

// run runs a command line and tells what happened.
func (s *scriptedServer) run(t *testing.T, dir, line string) string {
	t.Helper()
	args := strings.Fields(strings.ReplaceAll(line, "$DIR", dir))
	require.Equal(t, "perdure", args[0], "a command line begins with perdure")
	var out, errs bytes.Buffer
	code := run(t.Context(), args[1:], console{in: strings.NewReader(""), out: &out, err: &errs})

	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for _, r := range s.requests {
		fmt.Fprintf(&b, "> %s\n", r)
	}
	s.requests = nil
	b.WriteString(out.String())
	for line := range strings.Lines(errs.String()) {
		b.WriteString("! " + line)
	}
	fmt.Fprintf(&b, "exit %d\n", code)
	text := strings.NewReplacer(dir, "$DIR", s.URL, "$SERVER").Replace(b.String())
	return text
}
