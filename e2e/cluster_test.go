package e2e

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/devserver"
)

// postgresVariable names the PostgreSQL server that tests may use.
const postgresVariable = "TEST_POSTGRES_URL"

// TestServerAndWorker runs server and worker as processes of their own.
func TestServerAndWorker(t *testing.T) {
	t.Parallel()
	postgres := os.Getenv(postgresVariable)
	if postgres == "" {
		t.Skip("needs " + postgresVariable)
	}
	database, gate := gatedDatabase(t, postgres)
	temporal, data := freeAddress(t), t.TempDir()
	address, health := freeAddress(t), freeAddress(t)
	services := newService(t)
	allowed := newService(t)
	host := strings.TrimPrefix(allowed.url, "http://")
	server := newProgram("http://"+address, t.TempDir(), "server", "--listen", address, "--database", database, "--temporal", temporal, "--drain-delay", "0s")
	worker := newProgram("http://"+health, t.TempDir(), "worker", "--health-listen", health, "--database", database, "--temporal", temporal, "--allow-private-network", host)
	both := []*program{server, worker}
	for _, p := range both {
		p.during(t)
		p.launch(t)
	}
	awaitNotReady := func(what string) {
		t.Helper()
		for _, p := range both {
			await(t, p.arguments[0]+" is not ready "+what, func() bool { return p.status(p.ready) == http.StatusServiceUnavailable })
			require.Equal(t, http.StatusOK, p.status(p.url+"/healthz"), "%s is alive %s", p.arguments[0], what)
			require.True(t, p.running())
		}
	}
	awaitNotReady("without both")
	gate.open(t)
	awaitNotReady("without Temporal")
	start := func() (stop func()) { return startTemporal(t, temporal, data) }
	stop := start()
	for _, p := range both {
		p.awaitReady(t)
	}

	server.deploy(t, "one_task.bpmn")
	server.deploy(t, "review.bpmn")
	t.Run("RunsInstances", func(t *testing.T) {
		for n := range 5 {
			in := server.run(t, "one-task", object{"n": n, "service": allowed.url})
			require.Equal(t, "completed", in.State)
			require.InDelta(t, n, in.Output["echo"], 0)
		}
	})
	t.Run("GuardsPrivateNetworks", func(t *testing.T) {
		in := server.start(t, "one-task", object{"n": 1, "service": services.url})
		raised := server.awaitIncident(t, in.ID)
		require.Equal(t, "work", raised.Element)
		require.Contains(t, raised.Message, "not public")
		require.Empty(t, services.seen())
		server.post(t, "/api/v1/incidents/"+raised.ID+"/retry", object{"variables": object{"service": allowed.url}}).want(t, http.StatusOK)
		require.Equal(t, "completed", server.awaitEnd(t, in.ID).State)
	})
	t.Run("SurvivesARestartOfTemporal", func(t *testing.T) {
		waiting := server.start(t, "review", object{"subject": "x"})
		first := server.awaitTask(t, waiting.ID)
		stop()
		awaitNotReady("while Temporal is away")
		// The start is kept and carried out later.
		started := server.start(t, "one-task", object{"n": 7, "service": allowed.url})
		require.Equal(t, "running", server.instance(t, started.ID).State)
		start()
		for _, p := range both {
			p.awaitReady(t)
		}
		require.Equal(t, "completed", server.awaitEnd(t, started.ID).State)
		require.Len(t, allowed.keys(started.ID)["work"], 1)
		server.complete(t, first.ID, nil).want(t, http.StatusOK)
		server.complete(t, server.awaitTask(t, waiting.ID).ID, nil).want(t, http.StatusOK)
		require.Equal(t, "completed", server.instance(t, waiting.ID).State)
	})
	t.Run("SurvivesARestartOfPostgreSQL", func(t *testing.T) {
		gate.shut()
		awaitNotReady("while PostgreSQL is away")
		gate.open(t)
		for _, p := range both {
			p.awaitReady(t)
		}
		require.Equal(t, "completed", server.run(t, "one-task", object{"n": 1, "service": allowed.url}).State)
	})
	require.Equal(t, 0, worker.interrupt(t))
	require.Equal(t, 0, server.interrupt(t))
}

// startTemporal starts Temporal with what it has in a folder.
func startTemporal(t testing.TB, address, data string) (stop func()) {
	t.Helper()
	number, err := strconv.Atoi(port(t, address))
	require.NoError(t, err)
	s, err := devserver.Start(t.Context(), devserver.Options{DataDir: data, FrontendPort: number})
	require.NoError(t, err)
	stop = func() { require.NoError(t, s.Stop(context.WithoutCancel(t.Context()))) }
	t.Cleanup(stop)
	return stop
}

// gatedDatabase makes a database of the test's own, and answers its URL behind a
// gate, which is shut.
func gatedDatabase(t testing.TB, server string) (string, *gate) {
	t.Helper()
	admin, err := pgx.Connect(t.Context(), server)
	require.NoError(t, err)
	name := "e2e_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	_, err = admin.Exec(t.Context(), "CREATE DATABASE "+name)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		_, err := admin.Exec(ctx, "DROP DATABASE "+name+" WITH (FORCE)")
		require.NoError(t, err)
		require.NoError(t, admin.Close(ctx))
	})
	g := &gate{address: freeAddress(t), to: net.JoinHostPort(admin.Config().Host, strconv.Itoa(int(admin.Config().Port)))}
	t.Cleanup(g.shut)
	u, err := url.Parse(server)
	require.NoError(t, err)
	u.Host, u.Path = g.address, "/"+name
	return u.String(), g
}

// gate is a port that leads to another one while it is open.
type gate struct {
	address, to string

	mu    sync.Mutex
	ports []io.Closer // of this opening: the listener and the connections
}

func (g *gate) open(t testing.TB) {
	t.Helper()
	l, err := net.Listen("tcp", g.address)
	require.NoError(t, err)
	g.mu.Lock()
	g.ports = append(g.ports, l)
	g.mu.Unlock()
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			go g.pass(in)
		}
	}()
}

// pass carries one connection.
func (g *gate) pass(in net.Conn) {
	out, err := net.Dial("tcp", g.to)
	if err != nil {
		_ = in.Close()
		return
	}
	g.mu.Lock()
	g.ports = append(g.ports, in, out)
	g.mu.Unlock()
	go func() {
		_, _ = io.Copy(out, in)
		_ = out.Close()
	}()
	_, _ = io.Copy(in, out)
	_ = in.Close()
}

// shut closes the port and all connections.
func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, p := range g.ports {
		_ = p.Close()
	}
	g.ports = nil
}
