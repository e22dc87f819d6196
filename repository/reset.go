package repository

import (
	"context"
	"slices"
	"time"

	"github.com/perdure/perdure/protocol"
)

// reset makes what the repository shows of an instance agree with what is open
// of it: a workflow task that had projected was lost, and the instance went
// another way.
func (p *projection) reset(position int, r *protocol.Reset) error {
	if err := p.resetTasks(r.Tasks); err != nil {
		return err
	}
	if err := p.resetSubscriptions(position, r); err != nil {
		return err
	}
	if err := p.resetIncidents(r.Incidents); err != nil {
		return err
	}
	return p.audit(protocol.SystemActor, "instance.reset", object{"instance", p.batch.Instance, p.batch.Instance},
		details{"since": r.Since, "tasks": len(r.Tasks), "subscriptions": len(r.Subscriptions), "incidents": len(r.Incidents)})
}

// held is one row of an instance and whether it is open.
type held struct{ id, state string }

func scanHeld(r row) (h held, err error) {
	err = r.Scan(&h.id, &h.state)
	return h, err
}

func (p *projection) resetTasks(open []string) error {
	tasks, err := collect(p.ctx, p.session, scanHeld, `SELECT element_instance, state FROM tasks WHERE instance_id = $1`, p.batch.Instance)
	if err != nil {
		return err
	}
	for _, task := range tasks {
		id := TaskID(p.batch.Instance, task.id)
		switch wanted := slices.Contains(open, task.id); {
		case wanted && task.state != TaskOpen:
			if _, err := p.exec(`UPDATE tasks SET state = 'open', ended = NULL, completed_by = '' WHERE id = $1`, id); err != nil {
				return err
			}
			err = p.audit(protocol.SystemActor, "task.reopen", object{"task", id, p.batch.Instance}, nil)
		case !wanted && task.state == TaskOpen:
			err = p.closeTask(protocol.SystemActor, &protocol.CloseTask{ID: task.id})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *projection) resetSubscriptions(position int, r *protocol.Reset) error {
	rows, err := collect(p.ctx, p.session, scanString, `SELECT id FROM subscriptions WHERE instance_id = $1`, p.batch.Instance)
	if err != nil {
		return err
	}
	for _, id := range rows {
		if !subscribes(r, id) {
			if err := p.unsubscribe(protocol.SystemActor, &protocol.Unsubscribe{ID: id}); err != nil {
				return err
			}
		}
	}
	if err := p.resetClaims(r); err != nil {
		return err
	}
	for _, s := range r.Subscriptions {
		if slices.Contains(rows, s.ID) {
			continue
		}
		if err := p.subscribe(position, protocol.SystemActor, &s); err != nil {
			return err
		}
	}
	return nil
}

func subscribes(r *protocol.Reset, id string) bool {
	return slices.ContainsFunc(r.Subscriptions, func(s protocol.Subscribe) bool { return s.ID == id })
}

// claimedInVain is a message that was claimed by a batch of a lost workflow
// task.
type claimedInVain struct {
	delivery string
	claim    protocol.MessageDelivery
}

func scanClaimedInVain(r row) (c claimedInVain, err error) {
	var variables string
	err = r.Scan(&c.delivery, &c.claim.Subscription, &c.claim.MessageID, &variables)
	c.claim.Variables = raw(variables)
	return c, err
}

// resetClaims hands messages that were claimed in vain to the same subscription
// again, if it is open, and else gives them back.
func (p *projection) resetClaims(r *protocol.Reset) error {
	claims, err := collect(p.ctx, p.session, scanClaimedInVain, `SELECT d.id, d.subscription, d.message_id, m.variables
		FROM deliveries d JOIN messages m ON m.id = d.message_id
		WHERE d.instance_id = $1 AND d.claim_sequence > $2 AND d.claim_sequence < $3 AND d.state = 'done'
		ORDER BY d.claim_sequence, d.claim_position`, p.batch.Instance, int64(r.Since), int64(p.batch.Sequence))
	if err != nil {
		return err
	}
	for _, c := range claims {
		if subscribes(r, c.claim.Subscription) {
			p.result.Claimed = append(p.result.Claimed, c.claim)
			if _, err := p.exec(`UPDATE deliveries SET claim_sequence = $2 WHERE id = $1`, c.delivery, int64(p.batch.Sequence)); err != nil {
				return err
			}
			continue
		}
		if _, err := p.exec(`UPDATE deliveries SET state = 'pending', claim_sequence = NULL WHERE id = $1`, c.delivery); err != nil {
			return err
		}
		if _, err := p.refuse(c.delivery); err != nil {
			return err
		}
	}
	return nil
}

func (p *projection) resetIncidents(open []protocol.RaiseIncident) error {
	incidents, err := collect(p.ctx, p.session, scanHeld, `SELECT incident_id, state FROM incidents WHERE instance_id = $1`, p.batch.Instance)
	if err != nil {
		return err
	}
	for _, i := range incidents {
		wanted := slices.ContainsFunc(open, func(r protocol.RaiseIncident) bool { return r.ID == i.id })
		if !wanted && i.state == IncidentOpen {
			if err := p.clear(protocol.SystemActor, &protocol.ClearIncident{ID: i.id, Action: "aborted"}); err != nil {
				return err
			}
		}
	}
	for _, r := range open {
		if !slices.Contains(incidents, held{r.ID, IncidentOpen}) {
			if err := p.raise(protocol.SystemActor, &r); err != nil {
				return err
			}
		}
	}
	p.incidentsChanged = true
	return nil
}

// LastTouched answers the instances of which something was recorded within
// window of the last record of all, at most limit: those that a crash at that
// time may have cut off between the repository and Temporal.
func (r *Repository) LastTouched(ctx context.Context, window time.Duration, limit int) ([]string, error) {
	return collect(ctx, r.db.reader(), scanString, `SELECT DISTINCT instance_id FROM audit
		WHERE instance_id <> '' AND at >= (SELECT MAX(at) FROM audit) - $1 LIMIT $2`, window.Microseconds(), limit)
}
