package visitcounselor

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// ask sends one request to s and returns the status and the decoded answer.
func ask(t *testing.T, s http.Handler, method, path, key, body string) (int, map[string]any) {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	var answer map[string]any
	if w.Body.Len() > 0 && strings.Contains(w.Header().Get("Content-Type"), "json") {
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer))
	}
	return w.Code, answer
}

func TestRegistry(t *testing.T) {
	t.Parallel()
	s := New()
	for id, age := range map[string]int{"p-child": 9, "p-teen": 17, "p-adult": 41} {
		status, patient := ask(t, s, "GET", "/registry/patients/"+id, "", "")
		require.Equal(t, 200, status)
		born, err := time.Parse(time.DateOnly, patient["date_of_birth"].(string))
		require.NoError(t, err)
		now := time.Now().UTC()
		require.False(t, born.AddDate(age, 0, 0).After(now), id)
		require.True(t, born.AddDate(age+1, 0, 0).After(now), id)
	}
	status, problem := ask(t, s, "GET", "/registry/patients/nobody", "", "")
	require.Equal(t, 404, status)
	require.Equal(t, "Not Found", problem["title"])
}

func TestRepeatedKeysAreAnsweredOnce(t *testing.T) {
	t.Parallel()
	s := New()
	status, first := ask(t, s, "POST", "/insurance/visits", "i-1/report#3", `{"visitId":"v-1"}`)
	require.Equal(t, 201, status)
	status, again := ask(t, s, "POST", "/insurance/visits", "i-1/report#3", `{"visitId":"v-1"}`)
	require.Equal(t, 201, status)
	require.Equal(t, first, again)
	_, other := ask(t, s, "POST", "/insurance/visits", "i-2/report#3", `{"visitId":"v-2"}`)
	require.Equal(t, map[string]any{"id": "claim-2"}, other)
	_, keyless := ask(t, s, "POST", "/insurance/visits", "", `{}`)
	require.Equal(t, map[string]any{"id": "claim-3"}, keyless)

	var seen []string
	for _, c := range s.Ledger() {
		seen = append(seen, fmt.Sprintf("%d %s %q attempt %d: %d %t", c.Number, c.Path, c.Key, c.Attempt, c.Status, c.Repeated))
	}
	require.Equal(t, []string{
		`1 /insurance/visits "i-1/report#3" attempt 1: 201 false`,
		`2 /insurance/visits "i-1/report#3" attempt 2: 201 true`,
		`3 /insurance/visits "i-2/report#3" attempt 1: 201 false`,
		`4 /insurance/visits "" attempt 1: 201 false`,
	}, seen)
}

func TestLedgerShowsBodies(t *testing.T) {
	t.Parallel()
	s := New()
	ask(t, s, "POST", "/messaging/sms", "k", `{"to":"+1","text":"hello"}`)
	ask(t, s, "POST", "/messaging/email", "k", `no JSON`)
	ask(t, s, "POST", "/clinic/visits/v-1/completed", "k", ``)
	status, ledger := ask(t, s, "GET", "/ledger", "", "")
	require.Equal(t, 200, status)
	calls := ledger["calls"].([]any)
	require.Len(t, calls, 3)
	require.Equal(t, map[string]any{"to": "+1", "text": "hello"}, calls[0].(map[string]any)["body"])
	require.Equal(t, "no JSON", calls[1].(map[string]any)["body"])
	require.Equal(t, "clinic", calls[2].(map[string]any)["service"])
	require.Equal(t, "/clinic/visits/v-1/completed", calls[2].(map[string]any)["path"])
}

func TestTrouble(t *testing.T) {
	t.Parallel()
	s := New()
	status, _ := ask(t, s, "POST", "/trouble?service=messaging&failures=2", "", "")
	require.Equal(t, 204, status)
	for _, want := range []int{503, 503, 202, 202} {
		status, _ := ask(t, s, "POST", "/messaging/sms", "k", `{}`)
		require.Equal(t, want, status)
	}
	calls := s.Ledger()
	require.Equal(t, 4, calls[3].Attempt)
	require.False(t, calls[2].Repeated, "a failure is no answer to be repeated")
	require.True(t, calls[3].Repeated)

	for _, query := range []string{"", "service=bank", "service=clinic&failures=x", "service=clinic&failures=-1", "service=clinic&delay=1", "service=clinic&delay=2h"} {
		status, _ := ask(t, s, "POST", "/trouble?"+query, "", "")
		require.Equal(t, 400, status, query)
	}
	status, _ = ask(t, s, "POST", "/trouble?service=clinic&delay=1ms", "", "")
	require.Equal(t, 204, status)
	status, _ = ask(t, s, "POST", "/clinic/visits/v-1/completed", "", "")
	require.Equal(t, 200, status)
}

func TestServicesAreBounded(t *testing.T) {
	t.Parallel()
	s := New()
	status, _ := ask(t, s, "POST", "/messaging/sms", "", strings.Repeat("a", maxBody+1))
	require.Equal(t, 413, status)
	require.Empty(t, s.Ledger())
	for i := range maxCalls + 10 {
		s.ledger.begin(&Call{Method: "GET", Path: "/", Key: fmt.Sprint(i)})
	}
	require.Len(t, s.Ledger(), maxCalls)
	require.Equal(t, 11, s.Ledger()[0].Number)
	require.Len(t, s.ledger.attempts, maxCalls)
}

func TestServicesServeManyAtOnce(t *testing.T) {
	t.Parallel()
	s := New()
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			w := httptest.NewRecorder()
			s.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/messaging/email", strings.NewReader(`{}`)))
		})
	}
	all.Wait()
	require.Len(t, s.Ledger(), 50)
}

func TestServe(t *testing.T) {
	t.Parallel()
	s := New()
	stop, err := Serve(t.Context(), "127.0.0.1:0", s)
	require.NoError(t, err)
	stop()

	taken := httptest.NewServer(s)
	t.Cleanup(taken.Close)
	_, err = Serve(t.Context(), strings.TrimPrefix(taken.URL, "http://"), s)
	require.ErrorContains(t, err, "address already in use")
	answer, err := http.Get(taken.URL + "/ledger")
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, 200, answer.StatusCode)
}
