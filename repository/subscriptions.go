package repository

import (
	"database/sql"
	"errors"

	"github.com/perdure/perdure/protocol"
)

// Kinds of a subscription.
const (
	SubscriptionMessage = "message"
	SubscriptionSignal  = "signal"
)

// subscription is who waits for a message.
type subscription struct {
	instance, id, process string
}

func scanSubscription(r row) (s subscription, err error) {
	err = r.Scan(&s.instance, &s.id, &s.process)
	return s, err
}

// subscriptionLocks are those that t.subscribe needs.
func subscriptionLocks(instance string, s *protocol.Subscribe) []lock {
	if s.Kind == SubscriptionSignal {
		return []lock{{signalLock(s.Name), false}}
	}
	return []lock{messageLock(s.Name, toKey+s.Key), messageLock(s.Name, toInstance+instance)}
}

// subscribe makes the instance known to publishers. If a message waits for it,
// this claims the oldest one; subscribing again under the same id claims the
// next.
func (p *projection) subscribe(position int, actor protocol.Actor, s *protocol.Subscribe) error {
	if err := p.lock(subscriptionLocks(p.batch.Instance, s)...); err != nil {
		return err
	}
	if _, err := p.exec(`INSERT INTO subscriptions (instance_id, id, element, kind, name, correlation_key, process_key, epoch, created)
		VALUES ($1, $2, $3, $4, $5, $6, $7, COALESCE((SELECT broadcasts FROM signals WHERE $4 = 'signal' AND name = $5), 0), $8)
		ON CONFLICT (instance_id, id) DO UPDATE SET element = excluded.element, kind = excluded.kind, name = excluded.name,
			correlation_key = excluded.correlation_key, epoch = excluded.epoch, created = excluded.created`,
		p.batch.Instance, s.ID, s.Element, s.Kind, s.Name, s.Key, p.processKey, micros(p.now)); err != nil {
		return err
	}
	if err := p.audit(actor, "subscription.open", object{"subscription", s.ID, p.batch.Instance},
		details{"kind": s.Kind, "name": s.Name, "key": s.Key}); err != nil {
		return err
	}
	if s.Kind != SubscriptionMessage {
		return nil
	}
	return p.claim(position, s)
}

// claim takes the oldest buffered message that the process has not had, and
// remembers the place in the batch, so that a repeated batch gets it again.
func (p *projection) claim(position int, s *protocol.Subscribe) error {
	m, err := first(p.ctx, p.session, scanMessage, `SELECT id, name, receiver, variables, expires, published_by FROM messages m
		WHERE state = 'buffered' AND name = $1 AND receiver IN ($2, $3) AND expires > $4
			AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.message_id = m.id AND d.process_key = $5 AND d.state <> 'refused')
		ORDER BY published, id LIMIT 1`,
		s.Name, toKey+s.Key, toInstance+p.batch.Instance, micros(p.now), p.processKey)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	id := derived("delivery", m.id, p.batch.Instance, s.ID)
	// The id exists already if the same subscription has refused the message
	// before it was renewed.
	if _, err := p.exec(`INSERT INTO deliveries (id, message_id, instance_id, subscription, process_key, state, created, due, claim_sequence, claim_position)
		VALUES ($1, $2, $3, $4, $5, 'done', $6, $6, $7, $8)
		ON CONFLICT (id) DO UPDATE SET state = 'done', claim_sequence = excluded.claim_sequence, claim_position = excluded.claim_position`,
		id, m.id, p.batch.Instance, s.ID, p.processKey, micros(p.now), int64(p.batch.Sequence), position); err != nil {
		return err
	}
	p.result.Claimed = append(p.result.Claimed, protocol.MessageDelivery{Subscription: s.ID, MessageID: m.id, Variables: m.variables})
	return p.audit(protocol.SystemActor, "message.claim", object{"delivery", id, p.batch.Instance},
		details{"message": m.id, "subscription": s.ID})
}

// unsubscribe withdraws a subscription, if it is still there.
func (p *projection) unsubscribe(actor protocol.Actor, u *protocol.Unsubscribe) error {
	n, err := p.exec(`DELETE FROM subscriptions WHERE instance_id = $1 AND id = $2`, p.batch.Instance, u.ID)
	if err != nil || n == 0 {
		return err
	}
	return p.audit(actor, "subscription.close", object{"subscription", u.ID, p.batch.Instance}, nil)
}
