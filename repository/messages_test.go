package repository

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/protocol"
)

// waiting creates instances that wait for one message.
func (f *fixture) waiting(t testing.TB, p Process, name, key string, instances ...string) {
	t.Helper()
	for _, id := range instances {
		f.start(t, p, id)
		result := f.project(t, id, awaitMessage("catch#1", name, key))
		require.Empty(t, result.Claimed)
	}
}

func receivers(deliveries []Delivery) []string {
	ids := []string{}
	for _, d := range deliveries {
		ids = append(ids, d.Instance)
	}
	return ids
}

func TestPublish(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		a, b := f.deploy(t, "a"), f.deploy(t, "b")
		publish := func(t *testing.T, n NewMessage) Publication {
			t.Helper()
			p, err := f.Publish(ctx, bob, n)
			require.NoError(t, err)
			return p
		}

		t.Run("OneInstanceOfEachProcessTheOldestFirst", func(t *testing.T) {
			f.waiting(t, a, "paid", "7", "a1", "a2")
			f.waiting(t, b, "paid", "7", "b1")
			f.waiting(t, a, "paid", "8", "a3")
			f.waiting(t, a, "Paid", "7", "a4")
			p := publish(t, NewMessage{ID: "m1", Name: "paid", Key: "7", Variables: []byte(`{"x":1}`)})
			require.Equal(t, Publication{ID: "m1", Deliveries: []Delivery{
				{ID: p.Deliveries[0].ID, Message: "m1", Name: "paid", Instance: "a1", Subscription: "catch#1", Variables: []byte(`{"x":1}`), Actor: bob},
				{ID: p.Deliveries[1].ID, Message: "m1", Name: "paid", Instance: "b1", Subscription: "catch#1", Variables: []byte(`{"x":1}`), Actor: bob},
			}}, p)

			again := publish(t, NewMessage{ID: "m1", Name: "other", Key: "8"})
			require.True(t, again.Duplicate)
			require.ElementsMatch(t, p.Deliveries, again.Deliveries)
			require.False(t, again.Buffered)

			// A message is on its way to a1; so the next goes to a2, and b1, of
			// which there is one only, decides for itself.
			require.Equal(t, []string{"a2", "b1"}, receivers(publish(t, NewMessage{Name: "paid", Key: "7"}).Deliveries))
		})

		t.Run("ToOneInstanceWhateverItsKey", func(t *testing.T) {
			f.waiting(t, a, "called", "1", "c1", "c2")
			require.Equal(t, []string{"c2"}, receivers(publish(t, NewMessage{Name: "called", Key: "other", Instance: "c2"}).Deliveries))
			require.Empty(t, publish(t, NewMessage{Name: "other", Instance: "c2"}).Deliveries)
		})

		t.Run("NobodyWaits", func(t *testing.T) {
			dropped := publish(t, NewMessage{ID: "dropped", Name: "nobody"})
			require.Equal(t, Publication{ID: "dropped"}, dropped)
			require.Equal(t, Publication{ID: "dropped", Duplicate: true}, publish(t, NewMessage{ID: "dropped", Name: "nobody"}))
			buffered := publish(t, NewMessage{ID: "buffered", Name: "nobody", TimeToLive: time.Minute})
			require.Equal(t, Publication{ID: "buffered", Buffered: true}, buffered)
			require.Equal(t, Publication{ID: "buffered", Buffered: true, Duplicate: true}, publish(t, NewMessage{ID: "buffered", Name: "nobody"}))
			f.start(t, a, "late")
			require.Len(t, f.project(t, "late", awaitMessage("catch#1", "nobody", "")).Claimed, 1, "the one that was buffered")
		})

		t.Run("ManyAtOnceReachEachInstanceOnce", func(t *testing.T) {
			var instances []string
			for i := range 10 {
				instances = append(instances, fmt.Sprintf("race %d", i))
			}
			f.waiting(t, a, "race", "", instances...)
			got := make([]Publication, 10)
			require.NoError(t, atOnce(10, func(i int) (err error) {
				got[i], err = f.Publish(ctx, ana, NewMessage{Name: "race"})
				return err
			}))
			var reached []string
			for _, p := range got {
				reached = append(reached, receivers(p.Deliveries)...)
			}
			require.ElementsMatch(t, instances, reached)
		})

		t.Run("OneMessageManyTimesAtOnceIsDeliveredOnce", func(t *testing.T) {
			f.waiting(t, a, "once", "", "once 1", "once 2")
			var fresh atomic.Int64
			require.NoError(t, atOnce(20, func(int) error {
				p, err := f.Publish(ctx, ana, NewMessage{ID: "once", Name: "once"})
				if !p.Duplicate {
					fresh.Add(1)
				}
				if err == nil && len(p.Deliveries) != 1 {
					err = fmt.Errorf("%d deliveries", len(p.Deliveries))
				}
				return err
			}))
			require.EqualValues(t, 1, fresh.Load())
			require.EqualValues(t, 1, f.query(t, `SELECT COUNT(*) FROM deliveries WHERE message_id = 'once'`))
		})
	})
}

func TestMessageStart(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		order := StartTrigger{Element: "ordered", Kind: TriggerMessage, Name: "order"}
		f.deploy(t, "a", order)
		two := f.deploy(t, "a", order)
		b := f.deploy(t, "b", order, StartTrigger{Element: "also", Kind: TriggerMessage, Name: "order"}, StartTrigger{Element: "x", Kind: TriggerSignal, Name: "order"})

		p, err := f.Publish(ctx, bob, NewMessage{ID: "m", Name: "order", Key: "k", Variables: []byte(`{"x":1}`)})
		require.NoError(t, err)
		require.Empty(t, p.Deliveries)
		require.Len(t, p.Starts, 2)
		require.Equal(t, two.ID, p.Starts[0].ProcessID, "the latest version")
		require.Equal(t, b.ID, p.Starts[1].ProcessID)
		require.Equal(t, "also", p.Starts[1].StartElement, "one of the two, always the same")
		for _, inst := range p.Starts {
			require.Equal(t, StartedByMessage, inst.Trigger)
			require.Equal(t, bob, inst.StartedBy)
			require.JSONEq(t, `{"x":1}`, string(inst.Input))
			require.False(t, inst.Dispatched)
		}

		again, err := f.Publish(ctx, bob, NewMessage{ID: "m", Name: "order"})
		require.NoError(t, err)
		require.True(t, again.Duplicate)
		require.ElementsMatch(t, p.Starts, again.Starts)

		t.Run("NotWhereAnInstanceWaits", func(t *testing.T) {
			f.waiting(t, two, "order", "k", "i")
			p, err := f.Publish(ctx, bob, NewMessage{Name: "order", Key: "k"})
			require.NoError(t, err)
			require.Equal(t, []string{"i"}, receivers(p.Deliveries))
			require.Len(t, p.Starts, 1)
			require.Equal(t, "b", p.Starts[0].Key)
		})

		t.Run("NotForOneInstance", func(t *testing.T) {
			p, err := f.Publish(ctx, bob, NewMessage{Name: "order", Instance: "nobody"})
			require.NoError(t, err)
			require.Empty(t, p.Starts)
		})

		t.Run("OfTheLatestEnabledVersionOnly", func(t *testing.T) {
			starts := func() (ids []string) {
				p, err := f.Publish(ctx, bob, NewMessage{Name: "order", Key: "none"})
				require.NoError(t, err)
				for _, inst := range p.Starts {
					ids = append(ids, fmt.Sprintf("%s:%d", inst.Key, inst.Version))
				}
				return ids
			}
			_, err := f.SetEnabled(ctx, ana, two.ID, false)
			require.NoError(t, err)
			require.Equal(t, []string{"a:1", "b:1"}, starts())
			require.NoError(t, f.DeleteProcess(ctx, ana, b.ID))
			require.Equal(t, []string{"a:1"}, starts())
			f.deploy(t, "a") // has no message start event any more
			require.Empty(t, starts())
		})
	})
}

func TestClaim(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		a, b := f.deploy(t, "a"), f.deploy(t, "b")
		publish := func(t *testing.T, n NewMessage) {
			t.Helper()
			_, err := f.Publish(ctx, ana, n)
			require.NoError(t, err)
		}
		claimed := func(result protocol.BatchResult) (ids []string) {
			for _, m := range result.Claimed {
				ids = append(ids, m.MessageID)
			}
			return ids
		}

		t.Run("TheOldestOncePerProcess", func(t *testing.T) {
			publish(t, NewMessage{ID: "m1", Name: "paid", Key: "7", TimeToLive: time.Hour, Variables: []byte(`{"x":1}`)})
			publish(t, NewMessage{ID: "m2", Name: "paid", Key: "7", TimeToLive: time.Hour})
			publish(t, NewMessage{ID: "m3", Name: "paid", Key: "8", TimeToLive: time.Hour})
			f.start(t, a, "a1")
			f.start(t, a, "a2")
			f.start(t, b, "b1")
			require.Equal(t, []protocol.MessageDelivery{{Subscription: "catch#1", MessageID: "m1", Variables: []byte(`{"x":1}`)}},
				f.project(t, "a1", awaitMessage("catch#1", "paid", "7")).Claimed)
			require.Equal(t, []string{"m2"}, claimed(f.project(t, "a2", awaitMessage("catch#1", "paid", "7"))))
			require.Empty(t, claimed(f.project(t, "a2", awaitMessage("catch#2", "paid", "7"))))
			require.Equal(t, []string{"m1"}, claimed(f.project(t, "b1", awaitMessage("catch#1", "paid", "7"))))
			// Subscribing once more under the same id asks for the next one.
			require.Equal(t, []string{"m2"}, claimed(f.project(t, "b1", awaitMessage("catch#1", "paid", "7"))))
			require.Zero(t, f.query(t, `SELECT COUNT(*) FROM deliveries WHERE state = 'pending'`))
		})

		t.Run("OfOneInstance", func(t *testing.T) {
			publish(t, NewMessage{ID: "own", Name: "own", Instance: "own 2", TimeToLive: time.Hour})
			f.start(t, a, "own 1")
			f.start(t, a, "own 2")
			require.Empty(t, claimed(f.project(t, "own 1", awaitMessage("catch#1", "own", ""))))
			require.Equal(t, []string{"own"}, claimed(f.project(t, "own 2", awaitMessage("catch#1", "own", "any key"))))
		})

		t.Run("NotAfterItsTime", func(t *testing.T) {
			f.start(t, a, "late")
			publish(t, NewMessage{ID: "late", Name: "late", TimeToLive: time.Minute})
			f.clock.advance(time.Minute)
			require.Empty(t, claimed(f.project(t, "late", awaitMessage("catch#1", "late", ""))), "though nobody has expired it yet")
		})

		t.Run("NotWhatTheProcessHadWhenItWasPublished", func(t *testing.T) {
			f.waiting(t, a, "had", "", "had 1")
			publish(t, NewMessage{ID: "had", Name: "had", TimeToLive: time.Hour})
			f.start(t, a, "had 2")
			f.start(t, b, "had 3")
			require.Empty(t, claimed(f.project(t, "had 2", awaitMessage("catch#1", "had", ""))))
			require.Equal(t, []string{"had"}, claimed(f.project(t, "had 3", awaitMessage("catch#1", "had", ""))), "it waits for other processes")
		})

		t.Run("ManyAtOnceClaimItOnce", func(t *testing.T) {
			publish(t, NewMessage{ID: "race", Name: "race", TimeToLive: time.Hour})
			for i := range 10 {
				f.start(t, a, fmt.Sprintf("race %d", i))
			}
			var claims atomic.Int64
			require.NoError(t, atOnce(10, func(i int) error {
				result, err := f.Project(ctx, protocol.Batch{Instance: fmt.Sprintf("race %d", i), Sequence: 1, Effects: []protocol.Effect{awaitMessage("catch#1", "race", "")}})
				claims.Add(int64(len(result.Claimed)))
				return err
			}))
			require.EqualValues(t, 1, claims.Load())
		})

		t.Run("PublishingAndSubscribingAtOnceNeverMissEachOther", func(t *testing.T) {
			for i := range 20 {
				f.start(t, a, fmt.Sprintf("meet %d", i))
			}
			require.NoError(t, atOnce(40, func(i int) error {
				name := fmt.Sprintf("meet %d", i/2)
				if i%2 == 0 {
					_, err := f.Publish(ctx, ana, NewMessage{ID: name, Name: name, TimeToLive: time.Hour})
					return err
				}
				_, err := f.Project(ctx, protocol.Batch{Instance: name, Sequence: 1, Effects: []protocol.Effect{awaitMessage("catch#1", name, "")}})
				return err
			}))
			require.EqualValues(t, 20, f.query(t, `SELECT COUNT(*) FROM deliveries WHERE message_id LIKE 'meet %'`))
		})
	})
}

func TestDelivery(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		a := f.deploy(t, "a")
		publish := func(t *testing.T, n NewMessage) Publication {
			t.Helper()
			p, err := f.Publish(ctx, bob, n)
			require.NoError(t, err)
			return p
		}
		pending := func(t *testing.T) []Delivery {
			t.Helper()
			got, err := f.PendingDeliveries(ctx, f.clock.now(), 10)
			require.NoError(t, err)
			return got
		}

		t.Run("IsHandedOutUntilItIsDone", func(t *testing.T) {
			f.waiting(t, a, "paid", "", "i")
			want := publish(t, NewMessage{ID: "m", Name: "paid", Variables: []byte(`{"x":1}`)}).Deliveries[0]
			require.Empty(t, pending(t), "the publisher has a head start")
			f.clock.advance(headStart)
			want.Attempts = 1
			require.Equal(t, []Delivery{want}, pending(t))
			require.Empty(t, pending(t), "leased")
			f.clock.advance(lease)
			want.Attempts = 2
			require.Equal(t, []Delivery{want}, pending(t))

			require.NoError(t, f.DeliveryFailed(ctx, want.ID, errors.New("temporal is away")))
			require.Empty(t, pending(t))
			f.clock.advance(2 * time.Second)
			require.Len(t, pending(t), 1)

			require.NoError(t, f.DeliveryDone(ctx, want.ID))
			require.NoError(t, f.DeliveryDone(ctx, want.ID))
			next, err := f.DeliveryRefused(ctx, want.ID)
			require.NoError(t, err)
			require.Nil(t, next, "what is done cannot be refused")
			f.clock.advance(time.Hour)
			require.Empty(t, pending(t))
			require.EqualValues(t, 1, f.query(t, `SELECT COUNT(*) FROM audit WHERE action = 'message.deliver'`))

			_, err = f.DeliveryRefused(ctx, "unknown")
			require.ErrorIs(t, err, ErrNotFound)
			require.ErrorIs(t, f.DeliveryFailed(ctx, "unknown", errors.New("x")), ErrNotFound)
		})

		t.Run("RefusedGoesToTheNextInstance", func(t *testing.T) {
			f.waiting(t, a, "refused", "", "r1", "r2")
			d := publish(t, NewMessage{Name: "refused"}).Deliveries[0]
			require.Equal(t, "r1", d.Instance)
			next, err := f.DeliveryRefused(ctx, d.ID)
			require.NoError(t, err)
			require.Equal(t, "r2", next.Instance)
			require.NotEqual(t, d.ID, next.ID)
			require.Zero(t, f.query(t, `SELECT COUNT(*) FROM subscriptions WHERE instance_id = 'r1'`))

			last, err := f.DeliveryRefused(ctx, next.ID)
			require.NoError(t, err)
			require.Nil(t, last)
			require.EqualValues(t, 1, f.query(t, `SELECT COUNT(*) FROM messages WHERE name = 'refused' AND state = 'dropped'`))
		})

		t.Run("RefusedWaitsForItsTimeToLive", func(t *testing.T) {
			f.waiting(t, a, "kept", "", "k1")
			d := publish(t, NewMessage{ID: "kept", Name: "kept", TimeToLive: time.Hour}).Deliveries[0]
			next, err := f.DeliveryRefused(ctx, d.ID)
			require.NoError(t, err)
			require.Nil(t, next)
			// The very instance that has refused it may claim it later.
			require.Len(t, f.project(t, "k1", awaitMessage("catch#1", "kept", "")).Claimed, 1)
			f.start(t, a, "k2")
			require.Empty(t, f.project(t, "k2", awaitMessage("catch#1", "kept", "")).Claimed)
		})

		t.Run("RefusedBySubscriptionsThatAreRenewed", func(t *testing.T) {
			f.waiting(t, a, "renewed", "", "n1", "n2")
			one := publish(t, NewMessage{Name: "renewed"}).Deliveries[0]
			two, err := f.DeliveryRefused(ctx, one.ID)
			require.NoError(t, err)
			f.project(t, "n1", awaitMessage("catch#1", "renewed", ""))
			three, err := f.DeliveryRefused(ctx, two.ID)
			require.NoError(t, err)
			require.Equal(t, one.ID, three.ID)
			f.clock.advance(time.Hour)
			require.Equal(t, []string{"n1"}, receivers(pending(t)))
			require.NoError(t, f.DeliveryDone(ctx, three.ID))
		})

		t.Run("AnUnsubscribedInstanceGetsNothing", func(t *testing.T) {
			f.waiting(t, a, "gone", "", "g1")
			f.project(t, "g1", protocol.Effect{Unsubscribe: &protocol.Unsubscribe{ID: "catch#1"}})
			f.project(t, "g1", protocol.Effect{Unsubscribe: &protocol.Unsubscribe{ID: "catch#1"}})
			require.Empty(t, publish(t, NewMessage{Name: "gone"}).Deliveries)
		})

		t.Run("EachIsHandedOutOnce", func(t *testing.T) {
			for i := range 5 {
				f.waiting(t, a, "many", "", fmt.Sprintf("many %d", i))
				publish(t, NewMessage{Name: "many"})
			}
			f.clock.advance(headStart)
			var handedOut atomic.Int64
			require.NoError(t, atOnce(10, func(int) error {
				got, err := f.PendingDeliveries(ctx, f.clock.now(), 3)
				handedOut.Add(int64(len(got)))
				return err
			}))
			require.EqualValues(t, 5, handedOut.Load())
		})
	})
}

func TestThrownMessage(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, f *fixture) {
		a := f.deploy(t, "a")
		b := f.deploy(t, "b", StartTrigger{Element: "x", Kind: TriggerMessage, Name: "hello"})
		f.waiting(t, a, "hello", "k", "receiver")
		f.start(t, b, "thrower")
		f.project(t, "thrower", protocol.Effect{Publish: &protocol.PublishMessage{ID: "m", Name: "hello", Key: "k", Variables: []byte(`{"x":1}`)}})
		<-f.Wake() // nobody else would carry it out before the next round

		// The sender and its deliveries are due at once.
		got, err := f.PendingDeliveries(t.Context(), f.clock.now(), 10)
		require.NoError(t, err)
		require.Equal(t, []string{"receiver"}, receivers(got))
		require.Equal(t, protocol.SystemActor, got[0].Actor)
		starts, err := f.Undispatched(t.Context(), f.clock.now(), 10)
		require.NoError(t, err)
		require.Len(t, starts, 1)
		require.Equal(t, "b", starts[0].Key)

		f.project(t, "thrower", protocol.Effect{Publish: &protocol.PublishMessage{ID: "kept", Name: "later", TimeToLive: 60}})
		require.Len(t, f.project(t, "receiver", awaitMessage("catch#2", "later", "")).Claimed, 1)
	})
}

func TestExpireMessages(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, f *fixture) {
		for i, life := range []time.Duration{time.Minute, time.Minute, time.Hour} {
			_, err := f.Publish(t.Context(), ana, NewMessage{ID: fmt.Sprint(i), Name: "paid", TimeToLive: life})
			require.NoError(t, err)
		}
		expire := func() int {
			n, err := f.ExpireMessages(t.Context(), f.clock.now())
			require.NoError(t, err)
			return n
		}
		require.Zero(t, expire())
		f.clock.advance(time.Minute)
		require.Equal(t, 2, expire())
		require.Zero(t, expire())
		f.start(t, f.deploy(t, "a"), "i")
		claimed := f.project(t, "i", awaitMessage("catch#1", "paid", "")).Claimed
		require.Len(t, claimed, 1)
		require.Equal(t, "2", claimed[0].MessageID)
	})
}
