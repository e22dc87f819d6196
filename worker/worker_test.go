package worker

import (
	"context"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/protocol"
)

const patience = 30 * time.Second

// signals is a log handler that tells a test what was said.
type signals struct {
	slog.Handler
	messages chan string
}

func (s signals) Handle(_ context.Context, r slog.Record) error {
	select {
	case s.messages <- r.Message:
	default:
	}
	return nil
}

func (signals) Enabled(context.Context, slog.Level) bool { return true }
func (s signals) WithAttrs([]slog.Attr) slog.Handler     { return s }
func (s signals) WithGroup(string) slog.Handler          { return s }

// start runs a worker of the queue "scoring" against address. Stop waits
// until it has stopped.
func start(t *testing.T, address string) (w *Worker, messages chan string, stop func()) {
	t.Helper()
	messages = make(chan string, 1024)
	w = newWorker(t, Options{TaskQueue: "scoring", Address: address, Logger: slog.New(signals{messages: messages})})
	w.pace = pace{first: 10 * time.Millisecond, longest: 50 * time.Millisecond, check: 20 * time.Millisecond}
	w.RegisterActivity("score-applicant", func(ctx context.Context, in applicant) (score, error) {
		if in.Name == "" {
			return score{}, Error("nobody", "the applicant has no name", map[string]any{"key": Task(ctx).Key})
		}
		return score{Points: len(in.Name) + len(in.Income)}, nil
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	stop = func() {
		cancel()
		require.NoError(t, receive(t, done))
	}
	return w, messages, stop
}

func receive[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		require.FailNow(t, "nothing came")
		panic("unreachable")
	}
}

// vacant returns an address where nobody listens.
func vacant(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return listener.Addr().String()
}

func becomes(t *testing.T, w *Worker, ready bool) {
	t.Helper()
	require.Eventually(t, func() bool { return w.Ready() == ready }, patience, 5*time.Millisecond)
}

func TestWorkerServesItsQueue(t *testing.T) {
	t.Parallel()
	address := vacant(t)
	temporal := newFrontend()
	temporal.serve(t, address)
	w, _, stop := start(t, address)

	require.Equal(t, "scoring", receive(t, temporal.queues))
	becomes(t, w, true)
	temporal.offer("score-applicant", headerOf(t, task), `{"name":"Ada","income":1200.10}`)
	payload := receive(t, temporal.completed).GetResult().GetPayloads()[0]
	require.Equal(t, `{"points":10}`, string(payload.GetData()))
	require.Equal(t, "json/plain", string(payload.GetMetadata()["encoding"]))
	require.Equal(t, task.Trace, string(payload.GetMetadata()[protocol.TraceMetadata]))

	temporal.offer("score-applicant", headerOf(t, task), `{}`)
	fault := receive(t, temporal.failed).GetFailure().GetApplicationFailureInfo()
	require.Equal(t, "bpmn:error:nobody", fault.GetType())
	require.True(t, fault.GetNonRetryable())
	require.JSONEq(t, `{"key":"i-1/score#2"}`, string(fault.GetDetails().GetPayloads()[0].GetData()))

	stop()
	require.False(t, w.Ready())
	require.ErrorContains(t, w.Run(t.Context()), "twice")
	require.Panics(t, func() { w.RegisterActivity("late", func(context.Context, applicant) error { return nil }) })
}

func TestWorkerWaitsForTemporal(t *testing.T) {
	t.Parallel()
	address := vacant(t)
	w, messages, stop := start(t, address)
	for range 3 {
		require.Equal(t, "the worker waits for Temporal", receive(t, messages))
	}
	require.False(t, w.Ready())

	// It comes, goes away, and comes back: the worker stays.
	temporal := newFrontend()
	leave := temporal.serve(t, address)
	becomes(t, w, true)
	leave()
	becomes(t, w, false)
	temporal.serve(t, address)
	becomes(t, w, true)
	temporal.offer("score-applicant", nil, `{"name":"Ada"}`)
	require.Equal(t, `{"points":3}`, string(receive(t, temporal.completed).GetResult().GetPayloads()[0].GetData()))
	stop()
}

func TestWorkerStopsWhileItWaits(t *testing.T) {
	t.Parallel()
	w, messages, stop := start(t, vacant(t))
	require.Equal(t, "the worker waits for Temporal", receive(t, messages))
	stop()
	require.False(t, w.Ready())
}
