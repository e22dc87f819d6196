package repository

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"

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
	// TimeToLive is how long the message waits for receivers; with zero only
	// those get it who wait for it now.
	TimeToLive time.Duration
}

// Publication says what became of a message.
type Publication struct {
	ID string
	// Duplicate says that the id was published before; the rest of the answer
	// tells what became of it then.
	Duplicate bool
	// Deliveries are to be carried out by the caller of Publish; after two
	// seconds PendingDeliveries hands them out.
	Deliveries []Delivery
	// Starts are the instances that the message started, to be dispatched by
	// the caller; after two seconds Undispatched hands them out.
	Starts []Instance
	// Buffered says that nobody got the message yet, and that it waits for a
	// receiver. A message that nobody got and that is not buffered is dropped.
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
	Attempts     int            // how often it has been handed out
}

// Publish correlates a message. Each process gets it at most once: an open
// subscription to its name and key, the oldest first, or else a new instance if
// the process has a message start event of that name. With a time to live,
// subscriptions made later claim it, still once for each process.
func (r *Repository) Publish(ctx context.Context, actor protocol.Actor, n NewMessage) (p Publication, err error) {
	if n.ID == "" {
		n.ID = uuid.NewString()
	}
	err = r.transact(ctx, func(t *tx) error {
		p, err = t.publish(actor, n, headStart)
		return err
	})
	return p, err
}

// receiver is whom a message is for, as it is stored.
func (n NewMessage) receiver() string {
	if n.Instance != "" {
		return toInstance + n.Instance
	}
	return toKey + n.Key
}

const (
	toInstance = "instance:"
	toKey      = "key:"
)

// messageLock decides between publishing to a receiver and subscribing there:
// without it each could miss the other.
func messageLock(name, receiver string) lock {
	return lock{"message:" + name + "\x00" + receiver, true}
}

func (t *tx) publish(actor protocol.Actor, n NewMessage, head time.Duration) (p Publication, err error) {
	m := message{id: n.ID, name: n.Name, receiver: n.receiver(), expires: t.now.Add(max(n.TimeToLive, 0)), variables: n.Variables, by: actor}
	if err := t.lock(messageLock(m.name, m.receiver)); err != nil {
		return p, err
	}
	state := "correlated"
	if n.TimeToLive > 0 {
		state = "buffered"
	}
	created, err := t.exec(`INSERT INTO messages (id, name, receiver, variables, published_by, published, expires, state)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING`,
		m.id, m.name, m.receiver, string(m.variables), text(actor), micros(t.now), micros(m.expires), state)
	if err != nil {
		return p, err
	}
	if created == 0 {
		return t.published(n.ID)
	}
	p.ID = n.ID
	if p.Deliveries, err = t.match(m, head); err != nil {
		return p, err
	}
	if n.Instance == "" {
		if p.Starts, err = t.messageStarts(actor, m, head); err != nil {
			return p, err
		}
	}
	if len(p.Deliveries)+len(p.Starts) == 0 {
		if p.Buffered = state == "buffered"; !p.Buffered {
			state = "dropped"
			if err := t.setMessageState(m.id, state); err != nil {
				return p, err
			}
		}
	}
	return p, t.audit(actor, "message.publish", object{"message", m.id, n.Instance},
		details{"name": m.name, "receiver": m.receiver, "state": state, "deliveries": len(p.Deliveries), "starts": len(p.Starts)})
}

// message is a stored message.
type message struct {
	id, name, receiver string
	variables          json.RawMessage
	expires            time.Time
	by                 protocol.Actor
}

func scanMessage(r row) (m message, err error) {
	var expires int64
	var variables, by string
	if err = r.Scan(&m.id, &m.name, &m.receiver, &variables, &expires, &by); err != nil {
		return m, err
	}
	m.variables, m.expires = raw(variables), fromMicros(expires)
	return m, json.Unmarshal([]byte(by), &m.by)
}

func (t *tx) message(id string) (message, error) {
	return first(t.ctx, t.session, scanMessage, `SELECT id, name, receiver, variables, expires, published_by FROM messages WHERE id = $1`, id)
}

func (t *tx) setMessageState(id, state string) error {
	_, err := t.exec(`UPDATE messages SET state = $2 WHERE id = $1`, id, state)
	return err
}

// published tells what became of a message that was published before.
func (t *tx) published(id string) (p Publication, err error) {
	p.ID, p.Duplicate = id, true
	if p.Deliveries, err = collect(t.ctx, t.session, scanDelivery, `SELECT `+deliveryColumns+` FROM deliveries
		WHERE message_id = $1 AND state IN ('pending', 'done') ORDER BY created, id`, id); err != nil {
		return p, err
	}
	if p.Starts, err = collect(t.ctx, t.session, scanInstance, `SELECT `+instanceColumns+` FROM instances WHERE id IN (
		SELECT instance_id FROM deliveries WHERE message_id = $1 AND state = 'started') ORDER BY id`, id); err != nil {
		return p, err
	}
	state, err := first(t.ctx, t.session, scanString, `SELECT state FROM messages WHERE id = $1`, id)
	p.Buffered = state == "buffered" && len(p.Deliveries)+len(p.Starts) == 0
	return p, err
}

// match makes a delivery for each process that waits for the message.
func (t *tx) match(m message, head time.Duration) (deliveries []Delivery, err error) {
	if instance, ok := strings.CutPrefix(m.receiver, toInstance); ok {
		s, err := t.subscriptionOf(instance, m.name)
		if err != nil || s == nil {
			return nil, err
		}
		return t.deliver(nil, m, s, head)
	}
	key := strings.TrimPrefix(m.receiver, toKey)
	for process := ""; ; {
		process, err = first(t.ctx, t.session, scanString, `SELECT process_key FROM subscriptions
			WHERE kind = 'message' AND name = $1 AND correlation_key = $2 AND process_key > $3 ORDER BY process_key LIMIT 1`, m.name, key, process)
		if errors.Is(err, sql.ErrNoRows) {
			return deliveries, nil
		}
		if err != nil {
			return nil, err
		}
		s, err := t.subscriptionTo(m.name, key, process)
		if err != nil {
			return nil, err
		}
		if deliveries, err = t.deliver(deliveries, m, s, head); err != nil {
			return nil, err
		}
	}
}

// free holds for a subscription s that no message is on its way to. Most are
// good for one message; so it is preferred, though the workflow decides.
const free = `NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.instance_id = s.instance_id AND d.subscription = s.id AND d.state = 'pending')`

// subscriptionTo answers the subscription of a process that gets a message
// next, nil for none.
func (t *tx) subscriptionTo(name, key, process string) (*subscription, error) {
	return t.preferFree(`s.kind = 'message' AND s.name = $1 AND s.correlation_key = $2 AND s.process_key = $3`, name, key, process)
}

// subscriptionOf answers the subscription of an instance that gets a message
// next, nil for none.
func (t *tx) subscriptionOf(instance, name string) (*subscription, error) {
	return t.preferFree(`s.instance_id = $1 AND s.kind = 'message' AND s.name = $2`, instance, name)
}

func (t *tx) preferFree(condition string, args ...any) (*subscription, error) {
	for _, also := range []string{" AND " + free, ""} {
		s, err := first(t.ctx, t.session, scanSubscription, `SELECT s.instance_id, s.id, s.process_key FROM subscriptions s
			WHERE `+condition+also+` ORDER BY s.created, s.instance_id, s.id LIMIT 1`, args...)
		if err == nil {
			return &s, nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return nil, err
		}
	}
	return nil, nil
}

// deliver appends a delivery of m to s, unless the process had the message.
func (t *tx) deliver(deliveries []Delivery, m message, s *subscription, head time.Duration) ([]Delivery, error) {
	d := Delivery{
		ID: derived("delivery", m.id, s.instance, s.id), Message: m.id, Name: m.name,
		Instance: s.instance, Subscription: s.id, Variables: m.variables, Actor: m.by,
	}
	n, err := t.exec(`INSERT INTO deliveries (id, message_id, instance_id, subscription, process_key, state, created, due)
		VALUES ($1, $2, $3, $4, $5, 'pending', $6, $7) ON CONFLICT DO NOTHING`,
		d.ID, m.id, s.instance, s.id, s.process, micros(t.now), micros(t.now.Add(head)))
	if err == nil && n == 0 {
		// Either the process had the message, or this very subscription has
		// refused it and was renewed.
		n, err = t.exec(`UPDATE deliveries SET state = 'pending', due = $2 WHERE id = $1 AND state = 'refused'
			AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.message_id = $3 AND d.process_key = $4 AND d.state <> 'refused')`,
			d.ID, micros(t.now.Add(head)), m.id, s.process)
	}
	if err != nil || n == 0 {
		return deliveries, err
	}
	t.work = t.work || head == 0
	return append(deliveries, d), nil
}

// messageStarts starts an instance of each process that has a message start
// event of that name and got the message in no other way.
func (t *tx) messageStarts(actor protocol.Actor, m message, head time.Duration) (instances []Instance, err error) {
	starts, err := t.starts(TriggerMessage, m.name)
	if err != nil {
		return nil, err
	}
	for _, s := range starts {
		id := derived("message-start", m.id, s.processKey)
		n, err := t.exec(`INSERT INTO deliveries (id, message_id, instance_id, subscription, process_key, state, created, due)
			VALUES ($1, $2, $1, '', $3, 'started', $4, $4) ON CONFLICT DO NOTHING`, id, m.id, s.processKey, micros(t.now))
		if err != nil {
			return nil, err
		}
		if n == 0 {
			continue
		}
		inst, _, err := t.createInstance(actor, NewInstance{
			ID: id, ProcessID: s.processID, Start: s.element, Trigger: StartedByMessage, Variables: m.variables,
		}, head)
		if err != nil {
			return nil, err
		}
		instances = append(instances, inst)
	}
	return instances, nil
}

const deliveryColumns = `id, message_id, instance_id, subscription, attempts,
	(SELECT m.name FROM messages m WHERE m.id = message_id),
	(SELECT m.variables FROM messages m WHERE m.id = message_id),
	(SELECT m.published_by FROM messages m WHERE m.id = message_id)`

func scanDelivery(r row) (d Delivery, err error) {
	var variables, by string
	if err = r.Scan(&d.ID, &d.Message, &d.Instance, &d.Subscription, &d.Attempts, &d.Name, &variables, &by); err != nil {
		return d, err
	}
	d.Variables = raw(variables)
	return d, json.Unmarshal([]byte(by), &d.Actor)
}

// lease is how long a delivery or a broadcast that was handed out is not handed
// out again.
const lease = 30 * time.Second

// PendingDeliveries hands out deliveries that were due at the time before,
// usually now: those of Publish are due after a head start of two seconds, all
// others at once. What is handed out is due again after 30 seconds.
func (r *Repository) PendingDeliveries(ctx context.Context, before time.Time, limit int) (deliveries []Delivery, err error) {
	err = r.follow(ctx, func(t *tx) error {
		deliveries, err = collect(t.ctx, t.session, scanDelivery, `UPDATE deliveries SET due = $1, attempts = attempts + 1
			WHERE state = 'pending' AND due <= $2 AND id IN (
				SELECT id FROM deliveries WHERE state = 'pending' AND due <= $2 ORDER BY due LIMIT $3)
			RETURNING `+deliveryColumns, micros(t.now.Add(lease)), micros(before), limit)
		return err
	})
	return deliveries, err
}

// DeliveryDone records that the workflow has taken the message. A delivery that
// is not pending stays as it is.
func (r *Repository) DeliveryDone(ctx context.Context, id string) error {
	return r.follow(ctx, func(t *tx) error {
		d, err := t.settle(id, "done")
		if err != nil || d == nil {
			return err
		}
		return t.audit(protocol.SystemActor, "message.deliver", object{"delivery", d.ID, d.Instance},
			details{"message": d.Message, "subscription": d.Subscription})
	})
}

// settle ends a pending delivery; nil if it is not pending.
func (t *tx) settle(id, state string) (*Delivery, error) {
	d, err := first(t.ctx, t.session, scanDelivery, `UPDATE deliveries SET state = $2 WHERE id = $1 AND state = 'pending' RETURNING `+deliveryColumns, id, state)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &d, err
}

// DeliveryRefused records that the workflow says the subscription is not open.
// It is deleted, and another one of the same process gets the message: that
// delivery is returned, to be carried out by the caller. Otherwise, nil, the
// message waits until its time to live is over, or is dropped.
func (r *Repository) DeliveryRefused(ctx context.Context, id string) (next *Delivery, err error) {
	err = r.follow(ctx, func(t *tx) error {
		next, err = t.refuse(id)
		return err
	})
	return next, err
}

func (t *tx) refuse(id string) (*Delivery, error) {
	messageID, err := first(t.ctx, t.session, scanString, `SELECT message_id FROM deliveries WHERE id = $1`, id)
	if err != nil {
		return nil, missing(err, "delivery", id)
	}
	m, err := t.message(messageID)
	if err != nil {
		return nil, err
	}
	if err := t.lock(messageLock(m.name, m.receiver)); err != nil {
		return nil, err
	}
	d, err := t.settle(id, "refused")
	if err != nil || d == nil {
		return nil, err
	}
	if _, err := t.exec(`DELETE FROM subscriptions WHERE instance_id = $1 AND id = $2`, d.Instance, d.Subscription); err != nil {
		return nil, err
	}
	next, err := t.match(m, headStart)
	if err != nil {
		return nil, err
	}
	if len(next) == 0 && !m.expires.After(t.now) {
		// Other processes may have got it, which is told by their deliveries.
		if err := t.setMessageState(m.id, "dropped"); err != nil {
			return nil, err
		}
	}
	if err := t.audit(protocol.SystemActor, "message.refuse", object{"delivery", d.ID, d.Instance},
		details{"message": d.Message, "subscription": d.Subscription, "deliveries": len(next)}); err != nil || len(next) == 0 {
		return nil, err
	}
	return &next[0], nil
}

// DeliveryFailed records why a delivery could not be carried out yet. It is due
// again after a pause that doubles with each attempt, from one second to a
// minute. This is bookkeeping and not audited.
func (r *Repository) DeliveryFailed(ctx context.Context, id string, cause error) error {
	return r.follow(ctx, func(t *tx) error {
		attempts, err := first(t.ctx, t.session, scanInt, `SELECT attempts FROM deliveries WHERE id = $1`, id)
		if err != nil {
			return missing(err, "delivery", id)
		}
		pause := min(time.Second<<min(max(attempts-1, 0), 6), time.Minute)
		_, err = t.exec(`UPDATE deliveries SET last_error = $2, due = $3 WHERE id = $1 AND state = 'pending'`, id, cause.Error(), micros(t.now.Add(pause)))
		return err
	})
}

// expiredAtOnce bounds the messages that one call of ExpireMessages ends.
const expiredAtOnce = 500

// ExpireMessages ends the wait of messages whose time to live is over, at most
// 500 at once, and answers how many.
func (r *Repository) ExpireMessages(ctx context.Context, now time.Time) (n int, err error) {
	err = r.follow(ctx, func(t *tx) error {
		ids, err := collect(t.ctx, t.session, scanString, `UPDATE messages SET state = 'expired'
			WHERE state = 'buffered' AND expires <= $1 AND id IN (
				SELECT id FROM messages WHERE state = 'buffered' AND expires <= $1 ORDER BY expires LIMIT $2)
			RETURNING id`, micros(now), expiredAtOnce)
		if err != nil {
			return err
		}
		n = len(ids)
		for _, id := range ids {
			if err := t.audit(protocol.SystemActor, "message.expire", object{"message", id, ""}, nil); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}
