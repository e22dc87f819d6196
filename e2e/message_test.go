package e2e

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

// correlation says what became of a message, or of a signal.
type correlation struct {
	ID                  string
	MessageID           string
	Duplicate, Buffered bool
	Delivered, Started  []string
	Targets             int
}

func TestMessages(t *testing.T) {
	t.Parallel()
	p := platform(t)
	process := p.deploy(t, "answers.bpmn")
	publish := func(t *testing.T, body object, status int) (c correlation) {
		t.Helper()
		p.post(t, "/api/v1/messages", body).want(t, status).into(t, &c)
		return c
	}
	waiting := func(t *testing.T, order string) instance {
		t.Helper()
		in := p.start(t, process, object{"order": order})
		p.awaitWaiting(t, in.ID, "wait")
		return in
	}
	answered := func(t *testing.T, id, text string) {
		t.Helper()
		ended := p.awaitEnd(t, id)
		require.Equal(t, "completed", ended.State)
		require.Equal(t, text, ended.Output["said"])
	}

	t.Run("ReachesTheInstanceOfItsKey", func(t *testing.T) {
		t.Parallel()
		in, other := waiting(t, "k-1"), waiting(t, "k-2")
		c := publish(t, object{"name": "answer", "correlationKey": "k-1", "variables": object{"text": "yes"}}, http.StatusOK)
		require.Equal(t, []string{in.ID}, c.Delivered)
		answered(t, in.ID, "yes")
		require.Equal(t, "running", p.instance(t, other.ID).State)
	})

	t.Run("EarlyMessageWaits", func(t *testing.T) {
		t.Parallel()
		late := p.deploy(t, "late.bpmn")
		in := p.start(t, late, object{"order": "early"})
		first := p.awaitTask(t, in.ID)
		c := publish(t, object{"name": "late-answer", "correlationKey": "early", "timeToLive": "PT1H", "variables": object{"text": "soon"}}, http.StatusAccepted)
		require.True(t, c.Buffered)
		require.Empty(t, c.Delivered)
		p.complete(t, first.ID, nil).want(t, http.StatusOK)
		answered(t, in.ID, "soon")
	})

	t.Run("BufferedMessageReachesALaterInstance", func(t *testing.T) {
		t.Parallel()
		require.True(t, publish(t, object{"name": "answer", "correlationKey": "k-later", "timeToLive": "PT1H", "variables": object{"text": "first"}}, http.StatusAccepted).Buffered)
		answered(t, p.start(t, process, object{"order": "k-later"}).ID, "first")
		// It is used up.
		require.Equal(t, "running", p.instance(t, waiting(t, "k-later").ID).State)
	})

	t.Run("ExpiresAfterItsTime", func(t *testing.T) {
		t.Parallel()
		publish(t, object{"name": "answer", "correlationKey": "k-expired", "timeToLive": "PT0.001S", "variables": object{"text": "old"}}, http.StatusAccepted)
		// A second message with a longer life shows that only the first is gone.
		publish(t, object{"name": "answer", "correlationKey": "k-expired", "timeToLive": "PT1H", "variables": object{"text": "fresh"}}, http.StatusAccepted)
		in := p.run(t, process, object{"order": "k-expired"})
		require.Equal(t, "fresh", in.Output["said"])
	})

	t.Run("DuplicateChangesNothing", func(t *testing.T) {
		t.Parallel()
		in := waiting(t, "k-duplicate")
		body := object{"name": "answer", "correlationKey": "k-duplicate", "messageId": "unique-1", "variables": object{"text": "once"}}
		require.False(t, publish(t, body, http.StatusOK).Duplicate)
		answered(t, in.ID, "once")
		second := waiting(t, "k-duplicate")
		c := publish(t, body, http.StatusOK)
		require.True(t, c.Duplicate)
		require.Equal(t, []string{in.ID}, c.Delivered)
		require.Equal(t, "running", p.instance(t, second.ID).State)
	})

	t.Run("UnknownKeyIsDropped", func(t *testing.T) {
		t.Parallel()
		c := publish(t, object{"name": "answer", "correlationKey": "k-nobody"}, http.StatusOK)
		require.Empty(t, c.Delivered)
		require.Empty(t, c.Started)
		require.False(t, c.Buffered)
		require.Equal(t, "running", p.instance(t, waiting(t, "k-nobody").ID).State)
	})

	t.Run("NotAfterStop", func(t *testing.T) {
		t.Parallel()
		in := waiting(t, "k-stopped")
		p.post(t, "/api/v1/instances/"+in.ID+"/stop", nil).want(t, http.StatusOK)
		require.Empty(t, publish(t, object{"name": "answer", "correlationKey": "k-stopped"}, http.StatusOK).Delivered)
	})

	t.Run("NumbersAreKeysToo", func(t *testing.T) {
		t.Parallel()
		in := p.start(t, process, object{"order": 4711})
		p.awaitWaiting(t, in.ID, "wait")
		require.Equal(t, []string{in.ID}, publish(t, object{"name": "answer", "correlationKey": "4711", "variables": object{"text": "ok"}}, http.StatusOK).Delivered)
		answered(t, in.ID, "ok")
	})

	t.Run("BetweenInstances", func(t *testing.T) {
		t.Parallel()
		p.deploy(t, "seller.bpmn")
		buyer := p.deploy(t, "buyer.bpmn")
		in := p.run(t, buyer, object{"order": "apples"})
		require.Equal(t, "completed", in.State)
		require.InDelta(t, len("apples"), in.Output["price"], 0)
		sellers := listAll[instance](t, p.client, "/api/v1/instances", url.Values{"process": {"seller"}})
		require.Len(t, sellers, 1)
		require.Equal(t, "message", sellers[0].Trigger)
	})
}

func TestSignalReachesEveryInstanceOnce(t *testing.T) {
	t.Parallel()
	p := platform(t)
	process := p.deploy(t, "alarm.bpmn")
	var waiting []instance
	for range 5 {
		in := p.start(t, process, nil)
		p.awaitWaiting(t, in.ID, "wait")
		waiting = append(waiting, in)
	}
	var c correlation
	p.post(t, "/api/v1/signals", object{"name": "alarm", "variables": object{"level": 3}}).want(t, http.StatusAccepted).into(t, &c)
	require.Equal(t, 5, c.Targets)
	for _, in := range waiting {
		ended := p.awaitEnd(t, in.ID)
		require.Equal(t, "completed", ended.State)
		require.InDelta(t, 3, ended.Output["heard"], 0)
	}
	// Who comes later has not heard it.
	in := p.start(t, process, nil)
	p.awaitWaiting(t, in.ID, "wait")
	p.post(t, "/api/v1/signals", object{"name": "other-alarm"}).want(t, http.StatusAccepted)
	require.Equal(t, "running", p.instance(t, in.ID).State)
}

func TestStartEvents(t *testing.T) {
	t.Parallel()
	p := platform(t)
	process := p.deploy(t, "triggered.bpmn")
	started := func(trigger string) (found []instance) {
		for _, in := range listAll[instance](t, p.client, "/api/v1/instances", url.Values{"process": {process}}) {
			if in.Trigger == trigger {
				found = append(found, in)
			}
		}
		return found
	}

	var c correlation
	p.post(t, "/api/v1/messages", object{"name": "triggered-go", "variables": object{"by": "message"}}).want(t, http.StatusOK).into(t, &c)
	require.Len(t, c.Started, 1)
	require.Equal(t, "message", p.awaitEnd(t, c.Started[0]).Output["by"])

	p.post(t, "/api/v1/signals", object{"name": "triggered-all", "variables": object{"by": "signal"}}).want(t, http.StatusAccepted).into(t, &c)
	require.Len(t, c.Started, 1)
	require.Equal(t, "signal", p.awaitEnd(t, c.Started[0]).Output["by"])

	await(t, "the start by the timer", func() bool { return len(started("timer")) == 1 })
	for _, in := range started("timer") {
		require.Equal(t, "completed", p.awaitEnd(t, in.ID).State)
	}
	require.Len(t, started("message"), 1)
	require.Len(t, started("signal"), 1)
	p.post(t, "/api/v1/instances", object{"process": process}).problem(t, http.StatusUnprocessableEntity, "no-start-event")
}

func TestCallActivity(t *testing.T) {
	t.Parallel()
	p := platform(t)
	p.deploy(t, "payment.bpmn")
	process := p.deploy(t, "order.bpmn")
	called := func(t *testing.T, parent instance) instance {
		t.Helper()
		children := listAll[instance](t, p.client, "/api/v1/instances", url.Values{"parent": {parent.ID}})
		require.Len(t, children, 1)
		require.Equal(t, "payment", children[0].ProcessKey)
		require.Equal(t, "call", children[0].Trigger)
		require.Equal(t, parent.Input["number"], children[0].BusinessKey)
		return p.awaitEnd(t, children[0].ID)
	}

	t.Run("Returns", func(t *testing.T) {
		t.Parallel()
		in := p.run(t, process, object{"number": "o-1", "amount": 50})
		require.Equal(t, "completed", in.State)
		require.Equal(t, "r-50", in.Output["receipt"])
		require.Equal(t, "completed", called(t, in).State)
	})

	t.Run("ErrorCrossesToTheCaller", func(t *testing.T) {
		t.Parallel()
		in := p.run(t, process, object{"number": "o-2", "amount": 150})
		require.Equal(t, "completed", in.State)
		require.Equal(t, "declined", in.Output["refusal"])
		child := called(t, in)
		require.Equal(t, "error", child.State)
		require.Equal(t, "declined", child.ErrorCode)
	})
}
