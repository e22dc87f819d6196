package dispatch

import (
	"context"
	"errors"

	"github.com/perdure/perdure/protocol"
	"github.com/perdure/perdure/repository"
)

// maxRematch bounds how many receivers one call tries in turn.
const maxRematch = 10

// Deliver hands a correlated message to its subscription. When that is not open
// any more, the message is matched again and goes to the next receiver. On an
// error the delivery stays pending and Run tries again.
func (d *Dispatcher) Deliver(ctx context.Context, delivery repository.Delivery) error {
	_, err, _ := d.flights.Do("deliver "+delivery.ID, func() (any, error) { return nil, d.deliver(ctx, delivery) })
	return err
}

func (d *Dispatcher) deliver(ctx context.Context, delivery repository.Delivery) error {
	for range maxRematch {
		err := d.deliverOnce(ctx, delivery)
		refused, ok := errors.AsType[*RefusedError](err)
		switch {
		case err == nil:
			d.counters.deliveries.Add(1)
			return d.repository.DeliveryDone(ctx, delivery.ID)
		case !ok || !refused.closed():
			d.counters.deliveriesFailed.Add(1)
			return errors.Join(err, d.repository.DeliveryFailed(context.WithoutCancel(ctx), delivery.ID, err))
		}
		d.counters.refused.Add(1)
		next, err := d.repository.DeliveryRefused(ctx, delivery.ID)
		if err != nil || next == nil {
			return err
		}
		delivery = *next
	}
	return nil // Run goes on with the last one
}

func (d *Dispatcher) deliverOnce(ctx context.Context, delivery repository.Delivery) error {
	_, err := d.Event(ctx, delivery.Instance, delivery.ID, protocol.Incoming{Actor: delivery.Actor, Message: &protocol.MessageDelivery{
		Subscription: delivery.Subscription, MessageID: delivery.Message, Variables: delivery.Variables,
	}})
	return err
}
