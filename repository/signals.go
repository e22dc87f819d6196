package repository

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/perdure/perdure/protocol"
)

// NewBroadcast is a signal to broadcast.
type NewBroadcast struct {
	ID        string // a random one if empty
	Name      string
	Variables json.RawMessage
	// Instance is the instance that throws the signal, which does not receive
	// it this way; empty for none.
	Instance string
}

// Broadcasting says what a broadcast has set off.
type Broadcasting struct {
	ID      string
	Targets int
	// Starts are the instances that the signal started, to be dispatched by
	// the caller.
	Starts    []Instance
	Duplicate bool
}

// PendingBroadcast is a broadcast under way.
type PendingBroadcast struct {
	ID        string
	Name      string
	Variables json.RawMessage
	Actor     protocol.Actor
	// After is the last instance that was reached, empty for none yet.
	After string
	Done  bool
}

// Broadcast records a signal for all that wait for it now.
func (r *Repository) Broadcast(ctx context.Context, actor protocol.Actor, n NewBroadcast) (Broadcasting, error) {
	return Broadcasting{}, errors.ErrUnsupported
}

// BroadcastByID answers one broadcast.
func (r *Repository) BroadcastByID(ctx context.Context, id string) (PendingBroadcast, error) {
	return PendingBroadcast{}, errors.ErrUnsupported
}

// BroadcastTargets lists the instances that wait for the signal since before it
// was broadcast, by id.
func (r *Repository) BroadcastTargets(ctx context.Context, id, after string, limit int) ([]string, error) {
	return nil, errors.ErrUnsupported
}

// BroadcastProgress records that all targets up to after have been reached.
func (r *Repository) BroadcastProgress(ctx context.Context, id, after string) error {
	return errors.ErrUnsupported
}

// PendingBroadcasts hands out broadcasts that are due.
func (r *Repository) PendingBroadcasts(ctx context.Context, before time.Time, limit int) ([]PendingBroadcast, error) {
	return nil, errors.ErrUnsupported
}

// BroadcastDone records that all targets have been reached.
func (r *Repository) BroadcastDone(ctx context.Context, id string) error {
	return errors.ErrUnsupported
}
