package repository

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/protocol"
)

// fixture is a repository of its own for one test, with a clock that only the
// test moves and a witness to every change.
type fixture struct {
	*Repository
	url   string
	clock *clock
}

// clock stands still but for a microsecond at each look, so that no two rows
// have one time.
type clock struct{ micros atomic.Int64 }

func (c *clock) now() time.Time          { return time.UnixMicro(c.micros.Add(1)).UTC() }
func (c *clock) advance(d time.Duration) { c.micros.Add(d.Microseconds()) }

var (
	ana = protocol.Actor{User: "ana", Affiliation: "clinic"}
	bob = protocol.Actor{User: "bob", Affiliation: "ministry", OnBehalfOf: "carla"}
)

// onEachEngine runs a test on SQLite, in a file and in memory, and on PostgreSQL
// if TEST_POSTGRES_URL names a server.
func onEachEngine(t *testing.T, test func(t *testing.T, f *fixture)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		test(t, newFixture(t, sqliteURL(t)))
	})
	t.Run("SQLiteInMemory", func(t *testing.T) {
		t.Parallel()
		test(t, newFixture(t, "sqlite::memory:"))
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		test(t, newFixture(t, postgresURL(t)))
	})
}

func sqliteURL(t testing.TB) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "with a space?.db")
}

// postgresURL is that of a schema of its own.
func postgresURL(t testing.TB) string {
	t.Helper()
	server := os.Getenv("TEST_POSTGRES_URL")
	if server == "" {
		t.Skip("TEST_POSTGRES_URL is not set: see .ci/postgres")
	}
	schema := "test_" + uuid.NewString()
	admin, err := sql.Open("pgx", server)
	require.NoError(t, err)
	_, err = admin.ExecContext(context.Background(), `CREATE SCHEMA "`+schema+`"`)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := admin.ExecContext(context.Background(), `DROP SCHEMA "`+schema+`" CASCADE`)
		require.NoError(t, errors.Join(err, admin.Close()))
	})
	u, err := url.Parse(server)
	require.NoError(t, err)
	q := u.Query()
	q.Set("search_path", `"`+schema+`"`)
	u.RawQuery = q.Encode()
	return u.String()
}

func newFixture(t testing.TB, url string) *fixture {
	t.Helper()
	f := &fixture{url: url, clock: &clock{}}
	f.clock.micros.Store(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro())
	f.Repository = openTest(t, url)
	f.now = f.clock.now
	watchChanges(t, f.Repository)
	t.Cleanup(func() { requireAudited(t, f.Repository) }) // before it is closed
	return f
}

func openTest(t testing.TB, url string) *Repository {
	t.Helper()
	r, err := Open(context.Background(), url, Options{Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	return r
}

// another opens the same repository as another process would.
func (f *fixture) another(t testing.TB) *Repository {
	t.Helper()
	if f.url == "sqlite::memory:" {
		t.Skip("a database in memory is open once")
	}
	r := openTest(t, f.url)
	r.now, r.begun, r.committing = f.clock.now, f.begun, f.committing
	return r
}

// atOnce runs fn n times, all released together.
func atOnce(n int, fn func(i int) error) error {
	var group sync.WaitGroup
	start := make(chan struct{})
	errs := make([]error, n)
	for i := range n {
		group.Go(func() {
			<-start
			errs[i] = fn(i)
		})
	}
	close(start)
	group.Wait()
	return errors.Join(errs...)
}

// deploy deploys one process, unlike any other.
func (f *fixture) deploy(t testing.TB, key string, starts ...StartTrigger) Process {
	t.Helper()
	source := uuid.NewString()
	processes, created, err := f.Deploy(t.Context(), ana, Deployment{
		Source: []byte(source), Media: "application/xml",
		Processes: []NewProcess{{Key: key, Name: "Name of " + key, Graph: []byte(source), SHA256: "sha of " + source, HasNoneStart: true, Starts: starts}},
	})
	require.NoError(t, err)
	require.True(t, created)
	return processes[0]
}

// start creates an instance of a process.
func (f *fixture) start(t testing.TB, p Process, id string) Instance {
	t.Helper()
	inst, existed, err := f.CreateInstance(t.Context(), ana, NewInstance{ID: id, ProcessID: p.ID, Variables: []byte(`{"n":1}`)})
	require.NoError(t, err)
	require.False(t, existed)
	return inst
}

// project applies a batch with the next sequence.
func (f *fixture) project(t testing.TB, instance string, effects ...protocol.Effect) protocol.BatchResult {
	t.Helper()
	inst, err := f.Instance(t.Context(), instance)
	require.NoError(t, err)
	result, err := f.Project(t.Context(), protocol.Batch{
		Instance: instance, Sequence: inst.Sequence + 1, Time: f.clock.now(), Trace: fmt.Sprintf("trace-%d", inst.Sequence+1), Effects: effects,
	})
	require.NoError(t, err)
	return result
}

func awaitMessage(id, name, key string) protocol.Effect {
	return protocol.Effect{Subscribe: &protocol.Subscribe{ID: id, Element: "catch", Kind: SubscriptionMessage, Name: name, Key: key}}
}

func awaitSignal(id, name string) protocol.Effect {
	return protocol.Effect{Subscribe: &protocol.Subscribe{ID: id, Element: "catch", Kind: SubscriptionSignal, Name: name}}
}

func ended(outcome protocol.Outcome) protocol.Effect {
	return protocol.Effect{End: &protocol.End{Result: protocol.Result{Outcome: outcome, Variables: []byte(`{"out":2}`)}}}
}

// query answers one number.
func (f *fixture) query(t testing.TB, query string, args ...any) int64 {
	t.Helper()
	n, err := first(context.Background(), f.db.reader(), scanInt, query, args...)
	require.NoError(t, err)
	return n
}
