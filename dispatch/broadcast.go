package dispatch

import (
	"context"
	"errors"
	"time"

	"github.com/perdure/perdure/protocol"
	"github.com/perdure/perdure/repository"
)

// broadcastPage is how many instances are sent a signal before the progress
// is noted. A crash repeats at most so many, and the engine takes each
// broadcast once.
const broadcastPage = 100

// Broadcast sends a signal to every instance that waited for it when it was
// thrown, from where an earlier attempt left off. On an error it stays pending
// and Run tries again.
func (d *Dispatcher) Broadcast(ctx context.Context, id string) error {
	_, err, _ := d.flights.Do("broadcast "+id, func() (any, error) {
		pending, err := d.repository.BroadcastByID(ctx, id)
		if err != nil || pending.Done {
			return nil, err
		}
		return nil, d.broadcast(ctx, pending)
	})
	return err
}

func (d *Dispatcher) broadcast(ctx context.Context, b repository.PendingBroadcast) error {
	in := protocol.Incoming{Actor: b.Actor, Signal: &protocol.SignalDelivery{Name: b.Name, Broadcast: b.ID, Variables: b.Variables}}
	for after := b.After; ; {
		targets, err := d.repository.BroadcastTargets(ctx, b.ID, after, broadcastPage)
		if err != nil {
			return err
		}
		if len(targets) == 0 {
			return d.repository.BroadcastDone(ctx, b.ID)
		}
		if err := each(ctx, targets, func(ctx context.Context, instance string) error { return d.send(ctx, instance, in) }); err != nil {
			return err
		}
		after = targets[len(targets)-1]
		if err := d.repository.BroadcastProgress(ctx, b.ID, after); err != nil {
			return err
		}
	}
}

// send hands an event to an instance without waiting until it is taken. An
// instance that has ended misses a broadcast like any other latecomer.
func (d *Dispatcher) send(ctx context.Context, instance string, in protocol.Incoming) error {
	err := d.client.SignalWorkflow(ctx, instance, "", protocol.EventSignal, in)
	if err == nil || isNotFound(err) {
		d.counters.broadcasts.Add(1)
		return nil
	}
	return unavailable(err)
}

func (d *Dispatcher) broadcastPending(ctx context.Context) (bool, error) {
	rows, err := d.repository.PendingBroadcasts(ctx, time.Now(), batch)
	if err != nil {
		return false, err
	}
	var errs []error
	for _, row := range rows {
		errs = append(errs, d.Broadcast(ctx, row.ID))
	}
	return len(rows) == batch, errors.Join(errs...)
}
