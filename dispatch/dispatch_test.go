package dispatch_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/temporal"

	"github.com/perdure/perdure/api/apitest"
	"github.com/perdure/perdure/dispatch"
	"github.com/perdure/perdure/protocol"
	"github.com/perdure/perdure/repository"
)

var ada = protocol.Actor{User: "ada", Affiliation: "test"}

// create commits an instance as the API does, without starting it.
func create(t *testing.T, p *apitest.Platform, process string) repository.Instance {
	t.Helper()
	in, _, err := p.Repository.CreateInstance(t.Context(), ada, repository.NewInstance{
		ProcessID: process, BusinessKey: "o-1", Variables: []byte(`{"a":1}`),
	})
	require.NoError(t, err)
	return in
}

// run runs the dispatcher until the test is over.
func run(t *testing.T, p *apitest.Platform) {
	t.Helper()
	d := dispatch.New(p.Repository, p.Temporal, dispatch.Options{
		TaskQueue: "perdure", Interval: 10 * time.Millisecond, Logger: slog.New(slog.DiscardHandler),
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
}

func eventually(t *testing.T, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, 20*time.Second, 5*time.Millisecond)
}

func TestStartCarriesTheWholeInput(t *testing.T) {
	t.Parallel()
	p := apitest.NewPlatform(t)
	in := create(t, p, p.Deploy(t, apitest.Order))
	for range 3 {
		require.NoError(t, p.Dispatcher.Start(t.Context(), in), "it may be repeated")
	}
	starts := p.Temporal.Starts()
	require.Len(t, starts, 1)
	require.Equal(t, in.ID, starts[0].Instance)
	require.Equal(t, in.ProcessID, starts[0].Definition.ID)
	require.Len(t, starts[0].Definition.SHA256, 64)
	require.Equal(t, "o-1", starts[0].BusinessKey)
	require.Equal(t, ada, starts[0].StartedBy)
	require.JSONEq(t, `{"a":1}`, string(starts[0].Variables))
	run(t, p)
	eventually(t, func() bool {
		row, err := p.Repository.Instance(t.Context(), in.ID)
		return err == nil && row.Dispatched
	})
}

// What was accepted before a process was deleted is started all the same.
func TestStartOfADeletedProcess(t *testing.T) {
	t.Parallel()
	p := apitest.NewPlatform(t)
	id := p.Deploy(t, apitest.Order)
	in := create(t, p, id)
	require.NoError(t, p.Repository.DeleteProcess(t.Context(), ada, id))
	require.NoError(t, p.Dispatcher.Start(t.Context(), in))
	require.Len(t, p.Temporal.Starts(), 1)
}

func TestRunStartsWhatWasLeftBehind(t *testing.T) {
	t.Parallel()
	p := apitest.NewPlatform(t)
	process := p.Deploy(t, apitest.Order)
	p.Temporal.GoAway(true)
	in := create(t, p, process)
	require.ErrorIs(t, p.Dispatcher.Start(t.Context(), in), dispatch.ErrUnavailable)
	p.Temporal.GoAway(false)
	run(t, p)
	run(t, p) // a second one disturbs nothing
	eventually(t, func() bool { return len(p.Temporal.Starts()) == 1 })
	eventually(t, func() bool {
		row, err := p.Repository.Instance(t.Context(), in.ID)
		return err == nil && row.Dispatched
	})
}

func TestRunCarriesOutStops(t *testing.T) {
	t.Parallel()
	p := apitest.NewPlatform(t)
	in := create(t, p, p.Deploy(t, apitest.Order))
	require.NoError(t, p.Dispatcher.Start(t.Context(), in))
	_, err := p.Repository.RequestStop(t.Context(), ada, in.ID, "enough")
	require.NoError(t, err)
	run(t, p)
	ended, err := p.Dispatcher.AwaitEnd(t.Context(), in.ID)
	require.NoError(t, err)
	require.Equal(t, "stopped", ended.State)
	require.Equal(t, "enough", ended.Message)
}

func TestRunFiresTimers(t *testing.T) {
	t.Parallel()
	p := apitest.NewPlatform(t)
	p.Deploy(t, strings.Replace(apitest.Order, `<startEvent id="start"/>`,
		`<startEvent id="start"><timerEventDefinition><timeDate>2001-01-01T00:00:00Z</timeDate></timerEventDefinition></startEvent>`, 1))
	run(t, p)
	run(t, p)
	eventually(t, func() bool { return len(p.Temporal.Starts()) == 1 })
	require.Equal(t, "start", p.Temporal.Starts()[0].Start)
	due, err := p.Repository.DueTimerStarts(t.Context(), time.Now(), 10)
	require.NoError(t, err)
	require.Empty(t, due, "once")
}

// Run may look after the second firing of a fast cycle: both are done.
func TestRunCatchesUpWithACycle(t *testing.T) {
	t.Parallel()
	p := apitest.NewPlatform(t)
	p.Deploy(t, strings.Replace(apitest.Order, `<startEvent id="start"/>`,
		`<startEvent id="start"><timerEventDefinition><timeCycle>R2/PT1S</timeCycle></timerEventDefinition></startEvent>`, 1))
	eventually(t, func() bool {
		due, err := p.Repository.DueTimerStarts(t.Context(), time.Now().Add(-time.Second), 1)
		return err == nil && len(due) == 1
	})
	run(t, p)
	eventually(t, func() bool { return len(p.Temporal.Starts()) == 2 })
	rest, err := p.Repository.DueTimerStarts(t.Context(), time.Now().Add(time.Hour), 1)
	require.NoError(t, err)
	require.Empty(t, rest, "twice")
}

// A message whose receiver is gone goes to the next one.
func TestDeliverMatchesAgain(t *testing.T) {
	t.Parallel()
	p := apitest.NewPlatform(t)
	process := p.Deploy(t, apitest.Order)
	var instances []string
	for range 3 {
		in := create(t, p, process)
		require.NoError(t, p.Dispatcher.Start(t.Context(), in))
		p.Await(t, in.ID, "paid", "k")
		instances = append(instances, in.ID)
	}
	var mu sync.Mutex
	var asked []string
	p.Temporal.OnEvent = func(instance, _ string, _ protocol.Incoming) (protocol.EventResult, error) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, instance)
		switch instance {
		case instances[0]:
			return protocol.EventResult{}, temporal.NewApplicationError("not open", protocol.ErrTypeNotOpen)
		case instances[1]:
			return protocol.EventResult{}, serviceerror.NewNotFound("workflow execution already completed")
		}
		return protocol.EventResult{}, nil
	}
	publication, err := p.Repository.Publish(t.Context(), ada, repository.NewMessage{Name: "paid", Key: "k"})
	require.NoError(t, err)
	require.Len(t, publication.Deliveries, 1)
	require.NoError(t, p.Dispatcher.Deliver(t.Context(), publication.Deliveries[0]))
	require.Equal(t, instances, asked)
	counts := p.Dispatcher.Counts()
	require.EqualValues(t, 1, counts.Deliveries)
	require.EqualValues(t, 2, counts.Refused)
}

func TestRunDeliversAfterAnOutage(t *testing.T) {
	t.Parallel()
	p := apitest.NewPlatform(t)
	in := create(t, p, p.Deploy(t, apitest.Order))
	require.NoError(t, p.Dispatcher.Start(t.Context(), in))
	p.Await(t, in.ID, "paid", "k")
	delivered := make(chan string, 10)
	p.Temporal.OnEvent = func(_, update string, _ protocol.Incoming) (protocol.EventResult, error) {
		delivered <- update
		return protocol.EventResult{}, nil
	}
	p.Temporal.GoAway(true)
	publication, err := p.Repository.Publish(t.Context(), ada, repository.NewMessage{Name: "paid", Key: "k"})
	require.NoError(t, err)
	require.ErrorIs(t, p.Dispatcher.Deliver(t.Context(), publication.Deliveries[0]), dispatch.ErrUnavailable)
	p.Temporal.GoAway(false)
	run(t, p)
	require.Equal(t, publication.Deliveries[0].ID, <-delivered, "the update id is that of the delivery")
}

func TestBroadcastReachesAll(t *testing.T) {
	t.Parallel()
	p := apitest.NewPlatform(t)
	process := p.Deploy(t, apitest.Order)
	want := map[string]bool{}
	for range 250 {
		in := create(t, p, process)
		require.NoError(t, p.Dispatcher.Start(t.Context(), in))
		p.AwaitSignal(t, in.ID, "alarm")
		want[in.ID] = true
	}
	var mu sync.Mutex
	got := map[string]bool{}
	p.Temporal.OnEvent = func(instance, _ string, in protocol.Incoming) (protocol.EventResult, error) {
		mu.Lock()
		defer mu.Unlock()
		got[instance] = in.Signal.Name == "alarm" && in.Actor == ada
		return protocol.EventResult{}, nil
	}
	b, err := p.Repository.Broadcast(t.Context(), ada, repository.NewBroadcast{Name: "alarm", Variables: []byte(`{"a":1}`)})
	require.NoError(t, err)
	require.Equal(t, 250, b.Targets)
	require.NoError(t, p.Dispatcher.Broadcast(t.Context(), b.ID))
	require.Equal(t, want, got)
	require.NoError(t, p.Dispatcher.Broadcast(t.Context(), b.ID))
	require.EqualValues(t, 250, p.Dispatcher.Counts().Broadcasts, "a second time nobody is reached")
}

func TestEventRefusals(t *testing.T) {
	t.Parallel()
	p := apitest.NewPlatform(t)
	in := create(t, p, p.Deploy(t, apitest.Order))
	require.NoError(t, p.Dispatcher.Start(t.Context(), in))
	tests := map[string]struct {
		err  error
		kind string
	}{
		"NotOpen":  {temporal.NewApplicationError("x", protocol.ErrTypeNotOpen), protocol.ErrTypeNotOpen},
		"Conflict": {temporal.NewApplicationError("x", protocol.ErrTypeConflict), protocol.ErrTypeConflict},
		"Invalid":  {temporal.NewApplicationError("x", protocol.ErrTypeInvalid), protocol.ErrTypeInvalid},
		"Ended":    {temporal.NewApplicationError("x", protocol.ErrTypeEnded), protocol.ErrTypeEnded},
		"Closed":   {serviceerror.NewNotFound("workflow execution already completed"), protocol.ErrTypeEnded},
		"Late":     {temporal.NewApplicationError("x", "AcceptedUpdateCompletedWorkflow"), protocol.ErrTypeEnded},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p.Temporal.OnEvent = func(string, string, protocol.Incoming) (protocol.EventResult, error) {
				return protocol.EventResult{}, tt.err
			}
			_, err := p.Dispatcher.Event(t.Context(), in.ID, "u", protocol.Incoming{})
			var refused *dispatch.RefusedError
			require.ErrorAs(t, err, &refused)
			require.Equal(t, tt.kind, refused.Type)
		})
	}
}

func TestEventWaitsWhenTooManyAreInFlight(t *testing.T) {
	t.Parallel()
	p := apitest.NewPlatform(t)
	in := create(t, p, p.Deploy(t, apitest.Order))
	require.NoError(t, p.Dispatcher.Start(t.Context(), in))
	attempts := 0
	p.Temporal.OnEvent = func(string, string, protocol.Incoming) (protocol.EventResult, error) {
		if attempts++; attempts < 4 {
			return protocol.EventResult{}, &serviceerror.ResourceExhausted{Message: "too many updates"}
		}
		return protocol.EventResult{}, nil
	}
	_, err := p.Dispatcher.Event(t.Context(), in.ID, "u", protocol.Incoming{})
	require.NoError(t, err)
	require.Equal(t, 4, attempts)
}

// An event for an instance whose start is still outstanding starts it first.
func TestEventStartsWhatIsOutstanding(t *testing.T) {
	t.Parallel()
	p := apitest.NewPlatform(t)
	in := create(t, p, p.Deploy(t, apitest.Order))
	take := p.Temporal.OnEvent
	p.Temporal.OnEvent = func(instance, update string, event protocol.Incoming) (protocol.EventResult, error) {
		if len(p.Temporal.Starts()) == 0 {
			return protocol.EventResult{}, serviceerror.NewNotFound("workflow not found")
		}
		return take(instance, update, event)
	}
	result, err := p.Dispatcher.Event(t.Context(), in.ID, "u", protocol.Incoming{Stop: &protocol.Stop{}})
	require.NoError(t, err)
	require.Equal(t, protocol.Stopped, result.Ended.Outcome)
}

func TestAwaitEnd(t *testing.T) {
	t.Parallel()
	p := apitest.NewPlatform(t)
	in := create(t, p, p.Deploy(t, apitest.Order))
	require.NoError(t, p.Dispatcher.Start(t.Context(), in))

	short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err := p.Dispatcher.AwaitEnd(short, in.ID)
	require.ErrorIs(t, err, context.DeadlineExceeded)

	ended := make(chan repository.Instance, 1)
	go func() {
		row, err := p.Dispatcher.AwaitEnd(t.Context(), in.ID)
		if err == nil {
			ended <- row
		}
	}()
	p.Finish(t, in.ID, `{"b":2}`)
	row := <-ended
	require.Equal(t, "completed", row.State)
	require.JSONEq(t, `{"b":2}`, string(row.Output))
}

// Somebody ended the workflow in Temporal itself: the row must not run on.
func TestStopEndsAnOrphan(t *testing.T) {
	t.Parallel()
	p := apitest.NewPlatform(t)
	in := create(t, p, p.Deploy(t, apitest.Order))
	require.NoError(t, p.Dispatcher.Start(t.Context(), in))
	p.Temporal.CloseWorkflow(in.ID)
	p.Temporal.OnEvent = nil // as of a closed workflow: not found
	_, err := p.Repository.RequestStop(t.Context(), ada, in.ID, "")
	require.NoError(t, err)
	row, err := p.Repository.Instance(t.Context(), in.ID)
	require.NoError(t, err)
	require.NoError(t, p.Dispatcher.Stop(t.Context(), row, ada))
	row, err = p.Repository.Instance(t.Context(), in.ID)
	require.NoError(t, err)
	require.Equal(t, "stopped", row.State)
	require.Contains(t, row.Message, "Temporal")
	require.EqualValues(t, 1, p.Dispatcher.Counts().Reconciled)
}
