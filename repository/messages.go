package repository

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/perdure/perdure/protocol"
)

// NewMessage is a message to publish.
type NewMessage struct {
	// ID makes the message unique: publishing it again changes nothing. A
	// random one if empty.
	ID   string
	Name string
	// Key is the correlation key.
	Key string
	// Instance is the only receiver, whatever its key; empty for any.
	Instance  string
	Variables json.RawMessage // a JSON object, or empty
	// TimeToLive is how long the message waits for a receiver; zero drops it
	// if nobody waits for it now.
	TimeToLive time.Duration
}

// Publication says what became of a message.
type Publication struct {
	ID string
	// Duplicate says that the id was published before; the rest of the
	// answer tells what became of it then.
	Duplicate bool
	// Deliveries are to be carried out by the caller of Publish.
	Deliveries []Delivery
	// Starts are the instances that the message started, to be dispatched by
	// the caller.
	Starts []Instance
	// Buffered says that the message waits for a receiver. A message that
	// matched nothing and is not buffered is dropped.
	Buffered bool
}

// Delivery is a message on its way to an open subscription.
type Delivery struct {
	ID           string // of message and subscription, the same each time
	Message      string
	Name         string
	Instance     string
	Subscription string // element instance id
	Variables    json.RawMessage
	Actor        protocol.Actor // who published the message
	Attempts     int
}

// Publish correlates a message.
func (r *Repository) Publish(ctx context.Context, actor protocol.Actor, n NewMessage) (Publication, error) {
	return Publication{}, errors.ErrUnsupported
}

// PendingDeliveries hands out deliveries that are due.
func (r *Repository) PendingDeliveries(ctx context.Context, before time.Time, limit int) ([]Delivery, error) {
	return nil, errors.ErrUnsupported
}

// DeliveryDone records that the workflow has taken the message.
func (r *Repository) DeliveryDone(ctx context.Context, id string) error { return errors.ErrUnsupported }

// DeliveryRefused records that the subscription is not open, and matches the
// message again: the new delivery, or nil.
func (r *Repository) DeliveryRefused(ctx context.Context, id string) (*Delivery, error) {
	return nil, errors.ErrUnsupported
}

// DeliveryFailed records why a delivery could not be carried out yet.
func (r *Repository) DeliveryFailed(ctx context.Context, id string, cause error) error {
	return errors.ErrUnsupported
}

// ExpireMessages ends the life of buffered messages and answers how many.
func (r *Repository) ExpireMessages(ctx context.Context, now time.Time) (int, error) {
	return 0, errors.ErrUnsupported
}
