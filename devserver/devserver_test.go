package devserver

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

const (
	taskQueue = "devserver-test"
	// folderVariable makes the test binary the process that is killed: it
	// holds the data folder to serve.
	folderVariable = "PERDURE_TEST_DATA_FOLDER"
	waitingID      = "waits-for-go"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(folderVariable); dir != "" {
		serveUntilKilled(dir)
	}
	os.Exit(m.Run())
}

// twoSteps takes one step, waits for a signal, and takes another.
func twoSteps(ctx workflow.Context) (string, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	var first, second string
	if err := workflow.ExecuteActivity(ctx, "step", "first").Get(ctx, &first); err != nil {
		return "", err
	}
	workflow.GetSignalChannel(ctx, "go").Receive(ctx, nil)
	err := workflow.ExecuteActivity(ctx, "step", "second").Get(ctx, &second)
	return first + " " + second, err
}

// steps is the activity "step" of one process.
type steps struct {
	process string
	started chan string
}

func (s steps) step(_ context.Context, name string) (string, error) {
	s.started <- name
	return name + "@" + s.process, nil
}

func serveUntilKilled(dir string) {
	err := func() error {
		server, err := Start(context.Background(), Options{DataDir: dir})
		if err != nil {
			return err
		}
		c, err := dial(server)
		if err != nil {
			return err
		}
		w := newWorker(c, steps{process: "killed", started: make(chan string, 2)})
		if err := w.Start(); err != nil {
			return err
		}
		run, err := c.ExecuteWorkflow(context.Background(), client.StartWorkflowOptions{ID: waitingID, TaskQueue: taskQueue}, "twoSteps")
		if err != nil {
			return err
		}
		if err := awaitSignalWait(c, run); err != nil {
			return err
		}
		// Nothing refers to the server any more: that must not cost it the
		// lock on its folder. The second round waits for the first's finalizers.
		runtime.GC()
		runtime.GC()
		fmt.Println("waiting")
		// Ends with the test if that is killed before it can kill.
		_, err = io.Copy(io.Discard, os.Stdin)
		return err
	}()
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// awaitSignalWait follows the history until the first step's result has been
// taken by a workflow task.
func awaitSignalWait(c client.Client, run client.WorkflowRun) error {
	events := c.GetWorkflowHistory(context.Background(), run.GetID(), run.GetRunID(), true, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	completed := 0
	for completed < 2 && events.HasNext() {
		event, err := events.Next()
		if err != nil {
			return err
		}
		if event.GetEventType() == enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
			completed++
		}
	}
	return nil
}

func dial(s *Server) (client.Client, error) {
	return client.Dial(client.Options{HostPort: s.HostPort(), Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))})
}

func newWorker(c client.Client, s steps) worker.Worker {
	w := worker.New(c, taskQueue, worker.Options{})
	w.RegisterWorkflowWithOptions(twoSteps, workflow.RegisterOptions{Name: "twoSteps"})
	w.RegisterActivityWithOptions(s.step, activity.RegisterOptions{Name: "step"})
	return w
}

// start starts a server that stops with the test. What it warns of fails the
// test: a healthy server has nothing that a reader must be told to ignore.
func start(t *testing.T, o Options) *Server {
	t.Helper()
	warnings := &lockedBuilder{}
	o.Logger = slog.New(slog.NewTextHandler(warnings, &slog.HandlerOptions{Level: slog.LevelWarn}))
	server, err := Start(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		require.NoError(t, server.Stop(ctx))
		require.NoError(t, server.Stop(ctx), "stopping twice does nothing")
		require.Empty(t, warnings.String())
	})
	return server
}

func TestServer(t *testing.T) {
	t.Parallel()

	server := start(t, Options{
		UI:           true,
		UIPublicPath: "/temporal",
		SearchAttributes: map[string]enums.IndexedValueType{
			"BpmnProcess": enums.INDEXED_VALUE_TYPE_KEYWORD, "BpmnBusinessKey": enums.INDEXED_VALUE_TYPE_KEYWORD,
			"BpmnVersion": enums.INDEXED_VALUE_TYPE_INT,
		},
	})
	c, err := dial(server)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	w := newWorker(c, steps{process: "test", started: make(chan string, 2)})
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)

	attributes := temporal.NewSearchAttributes(
		temporal.NewSearchAttributeKeyKeyword("BpmnProcess").ValueSet("visit"),
		temporal.NewSearchAttributeKeyKeyword("BpmnBusinessKey").ValueSet("case-7"),
		temporal.NewSearchAttributeKeyInt64("BpmnVersion").ValueSet(3),
	)
	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: "order-7", TaskQueue: taskQueue, TypedSearchAttributes: attributes, EnableEagerStart: true,
	}, "twoSteps")
	require.NoError(t, err)
	require.NoError(t, c.SignalWorkflow(t.Context(), run.GetID(), run.GetRunID(), "go", nil))
	var result string
	require.NoError(t, run.Get(t.Context(), &result))
	require.Equal(t, "first@test second@test", result)

	t.Run("ListsAndCounts", func(t *testing.T) {
		t.Parallel()

		for _, query := range []string{
			`BpmnProcess = "visit"`,
			`BpmnBusinessKey = "case-7"`,
			`BpmnBusinessKey STARTS_WITH "case-"`,
			`BpmnVersion > 2`,
			`WorkflowType = "twoSteps"`,
			`ExecutionStatus = "Completed"`,
			`WorkflowId = "order-7"`,
			`StartTime > "2020-01-01T00:00:00Z" AND CloseTime < "2999-01-01T00:00:00Z"`,
		} {
			require.Eventually(t, func() bool {
				count, err := c.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{Query: query})
				require.NoError(t, err)
				list, err := c.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{Query: query})
				require.NoError(t, err)
				return count.GetCount() == 1 && len(list.GetExecutions()) == 1 && list.GetExecutions()[0].GetExecution().GetWorkflowId() == "order-7"
			}, 10*time.Second, 20*time.Millisecond, query)
		}
	})

	t.Run("SearchAttributesAreRegistered", func(t *testing.T) {
		t.Parallel()

		known, err := c.OperatorService().ListSearchAttributes(t.Context(), &operatorservice.ListSearchAttributesRequest{Namespace: "default"})
		require.NoError(t, err)
		require.Equal(t, map[string]enums.IndexedValueType{
			"BpmnProcess": enums.INDEXED_VALUE_TYPE_KEYWORD, "BpmnBusinessKey": enums.INDEXED_VALUE_TYPE_KEYWORD,
			"BpmnVersion": enums.INDEXED_VALUE_TYPE_INT,
		}, known.GetCustomAttributes())
	})

	t.Run("WebUI", func(t *testing.T) {
		t.Parallel()

		mux := http.NewServeMux()
		mux.Handle("/temporal/", server.UIHandler())
		site := httptest.NewServer(mux)
		defer site.Close()

		page := get(t, site.URL+"/temporal/")
		asset := regexp.MustCompile(`/temporal/_app/immutable/entry/start\.[^"]+\.js`).FindString(page)
		require.NotEmpty(t, asset)
		require.Contains(t, page, `base: "/temporal"`)
		require.Contains(t, page, scriptHash(page), "the policy allows the inline script")
		require.NotContains(t, page, `"/_app/`)
		require.NotEmpty(t, get(t, site.URL+asset))
		require.Equal(t, page, get(t, site.URL+"/temporal/namespaces/default/workflows"))
		require.Contains(t, get(t, site.URL+"/temporal/api/v1/namespaces"), `"default"`)
		require.Contains(t, get(t, site.URL+"/temporal/api/v1/settings"), `"DefaultNamespace":"default"`)
		require.Contains(t, get(t, site.URL+"/temporal/api/v1/namespaces/default/workflows/order-7"), "WORKFLOW_EXECUTION_STATUS_COMPLETED")
	})

	t.Run("WebUIRefusesForgedRequests", func(t *testing.T) {
		t.Parallel()

		request := httptest.NewRequest(http.MethodPost, "/temporal/api/v1/namespaces/default/workflows/order-7/terminate", strings.NewReader("{}"))
		request.Header.Set("Sec-Fetch-Site", "cross-site")
		response := httptest.NewRecorder()
		server.UIHandler().ServeHTTP(response, request)
		require.Equal(t, http.StatusForbidden, response.Code)
	})

	t.Run("PortInUse", func(t *testing.T) {
		t.Parallel()

		var port int
		_, err := fmt.Sscanf(server.HostPort(), "127.0.0.1:%d", &port)
		require.NoError(t, err)
		require.Less(t, port, 32768, "below the ephemeral ports")
		_, err = Start(t.Context(), Options{FrontendPort: port})
		require.ErrorContains(t, err, fmt.Sprintf("port %d", port))
	})
}

func TestSurvivesKill(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	killed := exec.CommandContext(t.Context(), os.Args[0])
	killed.Env = append(os.Environ(), folderVariable+"="+dir)
	killed.Stderr = os.Stderr
	_, err := killed.StdinPipe()
	require.NoError(t, err)
	out, err := killed.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, killed.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "waiting\n", line)

	_, err = Start(t.Context(), Options{DataDir: dir})
	require.ErrorIs(t, err, ErrInUse)
	require.ErrorContains(t, err, fmt.Sprintf("process %d", killed.Process.Pid))

	require.NoError(t, killed.Process.Kill())
	require.ErrorContains(t, killed.Wait(), "killed")

	server := start(t, Options{DataDir: dir})
	require.Contains(t, strings.Join(server.Tuning(), "\n"), "write-ahead log")
	c, err := dial(server)
	require.NoError(t, err)
	defer c.Close()
	started := make(chan string, 2)
	w := newWorker(c, steps{process: "survivor", started: started})
	require.NoError(t, w.Start())
	defer w.Stop()
	require.NoError(t, c.SignalWorkflow(t.Context(), waitingID, "", "go", nil))
	var result string
	require.NoError(t, c.GetWorkflow(t.Context(), waitingID, "").Get(t.Context(), &result))
	require.Equal(t, "first@killed second@survivor", result)
	require.Equal(t, "second", <-started)
	require.Empty(t, started, "the first step is not repeated")
}

// A port that is taken between the probe and its use makes Temporal call
// Fatal, which must not end the process.
func TestPortLost(t *testing.T) {
	t.Parallel()

	taken, err := net.Listen("tcp", loopback(0))
	require.NoError(t, err)
	defer func() { require.NoError(t, taken.Close()) }()
	o, err := Options{}.normalized()
	require.NoError(t, err)
	s, err := openStore(t.Context(), o)
	require.NoError(t, err)
	defer s.close()
	server, _, err := buildTemporal(t.Context(), taken.Addr().(*net.TCPAddr).Port, s.sql, newServerLogger(o.Logger))
	require.ErrorContains(t, err, "address already in use")
	require.Nil(t, server)
}

func TestOptions(t *testing.T) {
	t.Parallel()

	for name, o := range map[string]Options{
		"PortTooHigh":         {FrontendPort: 65536},
		"PortNegative":        {FrontendPort: -1},
		"PublicPathRelative":  {UIPublicPath: "temporal"},
		"PublicPathWithSlash": {UIPublicPath: "/temporal/"},
		"PublicPathWithQuote": {UIPublicPath: `/a"b`},
		"ReservedAttribute":   {SearchAttributes: map[string]enums.IndexedValueType{"WorkflowId": enums.INDEXED_VALUE_TYPE_KEYWORD}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Start(t.Context(), o)
			require.Error(t, err)
		})
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode, "%s: %s", url, body)
	return string(body)
}

// lockedBuilder is a strings.Builder for several goroutines.
type lockedBuilder struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *lockedBuilder) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuilder) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
