package repository

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/perdure/perdure/protocol"
)

// NewBroadcast is a signal to broadcast.
type NewBroadcast struct {
	// ID makes the broadcast unique: making it again changes nothing. A
	// random one if empty.
	ID        string
	Name      string
	Variables json.RawMessage // a JSON object, or empty
	// Instance is the instance that throws the signal, which does not receive
	// it this way; empty for none.
	Instance string
}

// Broadcasting says what a broadcast has set off.
type Broadcasting struct {
	ID string
	// Targets is the number of instances that wait for the signal; the caller
	// reaches them by BroadcastTargets, or after two seconds whoever takes it
	// from PendingBroadcasts.
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
	// After is the last instance known to have been reached, empty for none.
	After string
	Done  bool
}

// signalLock decides between broadcasting a signal and subscribing to it.
func signalLock(name string) string { return "signal:" + name }

// Broadcast records a signal for all instances that wait for it now, and starts
// one of each process that has a signal start event of that name.
func (r *Repository) Broadcast(ctx context.Context, actor protocol.Actor, n NewBroadcast) (b Broadcasting, err error) {
	if n.ID == "" {
		n.ID = uuid.NewString()
	}
	err = r.transact(ctx, func(t *tx) error {
		b, err = t.broadcast(actor, n, headStart)
		return err
	})
	return b, err
}

func (t *tx) broadcast(actor protocol.Actor, n NewBroadcast, head time.Duration) (b Broadcasting, err error) {
	if err := t.lock(lock{signalLock(n.Name), true}); err != nil {
		return b, err
	}
	// Subscriptions note this number; no clock could tell those before from
	// those after.
	epoch, err := first(t.ctx, t.session, scanInt, `INSERT INTO signals (name, broadcasts) VALUES ($1, 1)
		ON CONFLICT (name) DO UPDATE SET broadcasts = signals.broadcasts + 1 RETURNING broadcasts`, n.Name)
	if err != nil {
		return b, err
	}
	created, err := t.exec(`INSERT INTO broadcasts (id, name, epoch, thrower, variables, thrown_by, thrown, targets, starts, state, due)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 0, '[]', 'pending', $8) ON CONFLICT (id) DO NOTHING`,
		n.ID, n.Name, epoch, n.Instance, string(n.Variables), text(actor), micros(t.now), micros(t.now.Add(head)))
	if err != nil {
		return b, err
	}
	if created == 0 {
		return t.broadcasted(n.ID)
	}
	b.ID = n.ID
	targets, err := first(t.ctx, t.session, scanInt, `SELECT COUNT(DISTINCT instance_id) FROM subscriptions
		WHERE kind = 'signal' AND name = $1 AND instance_id <> $2`, n.Name, n.Instance)
	if err != nil {
		return b, err
	}
	b.Targets = int(targets)
	ids, err := t.signalStarts(actor, n, head, &b)
	if err != nil {
		return b, err
	}
	state := "pending"
	if b.Targets == 0 {
		state = "done"
	}
	t.work = t.work || head == 0 && b.Targets > 0
	if _, err := t.exec(`UPDATE broadcasts SET targets = $2, starts = $3, state = $4 WHERE id = $1`, n.ID, b.Targets, text(ids), state); err != nil {
		return b, err
	}
	return b, t.audit(actor, "signal.broadcast", object{"broadcast", n.ID, n.Instance},
		details{"name": n.Name, "targets": b.Targets, "starts": len(b.Starts)})
}

// signalStarts starts the instances of a broadcast and answers their ids.
func (t *tx) signalStarts(actor protocol.Actor, n NewBroadcast, head time.Duration, b *Broadcasting) ([]string, error) {
	starts, err := t.starts(TriggerSignal, n.Name)
	if err != nil {
		return nil, err
	}
	ids := []string{}
	for _, s := range starts {
		inst, _, err := t.createInstance(actor, NewInstance{
			ID: derived("signal-start", n.ID, s.processKey), ProcessID: s.processID, Start: s.element, Trigger: StartedBySignal, Variables: n.Variables,
		}, head)
		if err != nil {
			return nil, err
		}
		b.Starts, ids = append(b.Starts, inst), append(ids, inst.ID)
	}
	return ids, nil
}

// broadcasted tells what an earlier broadcast has set off.
func (t *tx) broadcasted(id string) (Broadcasting, error) {
	b := Broadcasting{ID: id, Duplicate: true}
	var starts string
	if err := t.session.query(t.ctx, `SELECT targets, starts FROM broadcasts WHERE id = $1`, []any{id}, func(r row) error {
		return r.Scan(&b.Targets, &starts)
	}); err != nil {
		return b, err
	}
	var ids []string
	if err := json.Unmarshal([]byte(starts), &ids); err != nil {
		return b, err
	}
	for _, id := range ids {
		inst, err := t.instance(id)
		if err != nil {
			return b, err
		}
		b.Starts = append(b.Starts, inst)
	}
	return b, nil
}

const broadcastColumns = "id, name, variables, thrown_by, progress, state"

func scanBroadcast(r row) (b PendingBroadcast, err error) {
	var variables, by, state string
	if err = r.Scan(&b.ID, &b.Name, &variables, &by, &b.After, &state); err != nil {
		return b, err
	}
	b.Variables, b.Done = raw(variables), state == "done"
	return b, json.Unmarshal([]byte(by), &b.Actor)
}

// BroadcastByID answers one broadcast.
func (r *Repository) BroadcastByID(ctx context.Context, id string) (PendingBroadcast, error) {
	b, err := first(ctx, r.db.reader(), scanBroadcast, `SELECT `+broadcastColumns+` FROM broadcasts WHERE id = $1`, id)
	return b, missing(err, "broadcast", id)
}

// BroadcastTargets lists instances that have waited for the signal since before
// it was broadcast and still do, by id, those greater than after.
func (r *Repository) BroadcastTargets(ctx context.Context, id, after string, limit int) ([]string, error) {
	return collect(ctx, r.db.reader(), scanString, `SELECT DISTINCT s.instance_id FROM broadcasts b
		JOIN subscriptions s ON s.kind = 'signal' AND s.name = b.name AND s.epoch < b.epoch AND s.instance_id <> b.thrower
		WHERE b.id = $1 AND s.instance_id > $2 ORDER BY s.instance_id LIMIT $3`, id, after, limit)
}

// BroadcastProgress records that all targets up to after have been reached. This
// is bookkeeping and not audited.
func (r *Repository) BroadcastProgress(ctx context.Context, id, after string) error {
	return r.follow(ctx, func(t *tx) error {
		_, err := t.exec(`UPDATE broadcasts SET progress = $2, due = $3 WHERE id = $1 AND state = 'pending' AND progress < $2`,
			id, after, micros(t.now.Add(lease)))
		return err
	})
}

// PendingBroadcasts hands out broadcasts that were due at the time before,
// usually now: those of Broadcast are due after a head start of two seconds, all
// others at once. What is handed out is due again 30 seconds after its last
// progress.
func (r *Repository) PendingBroadcasts(ctx context.Context, before time.Time, limit int) (broadcasts []PendingBroadcast, err error) {
	err = r.follow(ctx, func(t *tx) error {
		broadcasts, err = collect(t.ctx, t.session, scanBroadcast, `UPDATE broadcasts SET due = $1
			WHERE state = 'pending' AND due <= $2 AND id IN (
				SELECT id FROM broadcasts WHERE state = 'pending' AND due <= $2 ORDER BY due LIMIT $3)
			RETURNING `+broadcastColumns, micros(t.now.Add(lease)), micros(before), limit)
		return err
	})
	return broadcasts, err
}

// BroadcastDone records that all targets have been reached.
func (r *Repository) BroadcastDone(ctx context.Context, id string) error {
	return r.follow(ctx, func(t *tx) error {
		thrower, err := first(t.ctx, t.session, scanString, `UPDATE broadcasts SET state = 'done' WHERE id = $1 AND state = 'pending' RETURNING thrower`, id)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		return t.audit(protocol.SystemActor, "signal.done", object{"broadcast", id, thrower}, nil)
	})
}
