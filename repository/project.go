package repository

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/perdure/perdure/protocol"
)

// Project applies all that one workflow task changes, in one transaction, and
// once: a batch whose sequence is not above the instance's last one changes
// nothing and answers Stale. So does one of an instance that has ended, unless
// it brings a Reset. An unknown instance is ErrNotFound, unless the batch
// registers it.
func (r *Repository) Project(ctx context.Context, b protocol.Batch) (result protocol.BatchResult, err error) {
	err = r.follow(ctx, func(t *tx) error {
		p := &projection{tx: t, batch: b, at: micros(b.Time), result: protocol.BatchResult{Trace: b.Trace}}
		if b.Time.IsZero() {
			p.at = micros(t.now)
		}
		err := p.run()
		result = p.result
		return err
	})
	return result, err
}

// projection is the work on one batch.
type projection struct {
	*tx
	batch  protocol.Batch
	at     int64 // the time of the batch
	result protocol.BatchResult

	// What the instance's row says.
	processID, processKey, businessKey string
	// attached says whether the instance ever had a task, a subscription or an
	// incident.
	attached bool

	incidentsChanged bool
}

func (p *projection) run() error {
	if err := p.lock(batchLocks(p.batch)...); err != nil {
		return err
	}
	for _, e := range p.batch.Effects {
		if e.Register != nil {
			if err := p.register(e.Actor, e.Register); err != nil {
				return err
			}
		}
	}
	advanced, err := p.advance()
	if err != nil {
		return err
	}
	if !advanced {
		return p.stale()
	}
	for i, e := range p.batch.Effects {
		if err := p.apply(i, e); err != nil {
			return fmt.Errorf("effect %d of batch %d of instance %s: %w", i, p.batch.Sequence, p.batch.Instance, err)
		}
	}
	if p.incidentsChanged && end(p.batch) == nil {
		return p.countIncidents()
	}
	return nil
}

// batchLocks are all that the effects need, so that they are taken in order.
func batchLocks(b protocol.Batch) []lock {
	var locks []lock
	for _, e := range b.Effects {
		switch {
		case e.Subscribe != nil:
			locks = append(locks, subscriptionLocks(b.Instance, e.Subscribe)...)
		case e.Publish != nil:
			locks = append(locks, messageLock(e.Publish.Name, toKey+e.Publish.Key))
		case e.Broadcast != nil:
			locks = append(locks, lock{signalLock(e.Broadcast.Name), true})
		}
	}
	return locks
}

// reset is the reset that the batch holds, nil for none.
func reset(b protocol.Batch) *protocol.Reset {
	for _, e := range b.Effects {
		if e.Reset != nil {
			return e.Reset
		}
	}
	return nil
}

// end is the end that the batch holds, nil for none.
func end(b protocol.Batch) *protocol.End {
	for _, e := range b.Effects {
		if e.End != nil {
			return e.End
		}
	}
	return nil
}

// register inserts the row of an instance that nobody created.
func (p *projection) register(actor protocol.Actor, g *protocol.Register) error {
	name, err := first(p.ctx, p.session, scanString, `SELECT name FROM processes WHERE id = $1`, g.Definition.ID)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	i := Instance{
		ID: p.batch.Instance, ProcessID: g.Definition.ID, Key: g.Definition.Key, Version: g.Definition.Version, ProcessName: name,
		BusinessKey: g.BusinessKey, StartElement: g.Start, Trigger: StartedByAPI, State: Running,
		StartedBy: orSystem(actor), Started: g.Time, Changed: p.now, Dispatched: true,
	}
	if g.Time.IsZero() {
		i.Started = time.UnixMicro(p.at)
	}
	if g.Parent != nil {
		i.ParentID, i.ParentElement, i.Trigger = g.Parent.Instance, g.Parent.Element, StartedByCall
	}
	created, err := p.insertInstance(i, 0)
	if err != nil || !created {
		return err
	}
	return p.audit(actor, "instance.start", object{"instance", i.ID, i.ID},
		details{"process": i.ProcessID, "trigger": i.Trigger, "start": i.StartElement, "businessKey": i.BusinessKey, "parent": i.ParentID})
}

// advance moves the instance's sequence on, and ends the instance if the batch
// does: one statement, because this is the price of every workflow task. It
// answers false if the batch is not the next one.
func (p *projection) advance() (bool, error) {
	attaches := false
	for _, e := range p.batch.Effects {
		attaches = attaches || e.OpenTask != nil || e.Subscribe != nil || e.Raise != nil || e.Reset != nil
	}
	set := `sequence = $2, changed = $3, attached = attached OR $4`
	args := []any{p.batch.Instance, int64(p.batch.Sequence), micros(p.now), attaches}
	resets := reset(p.batch) != nil
	args = append(args, resets)
	switch e := end(p.batch); {
	case e == nil && resets:
		set += runColumns
	case e != nil:
		set += endColumns
		args = append(args, endValues(e.Result, p.at)...)
		p.ended = append(p.ended, p.batch.Instance)
	}
	found := false
	err := p.session.query(p.ctx, `UPDATE instances SET `+set+` WHERE id = $1 AND sequence < $2 AND (state = 'running' OR $5)
		RETURNING process_id, process_key, business_key, attached`, args, func(r row) error {
		found = true
		return r.Scan(&p.processID, &p.processKey, &p.businessKey, &p.attached)
	})
	return found, err
}

// endColumns are the columns of an instance that its end sets, from $6 on.
const endColumns = `, state = $6, exit_code = $7, output = $8, error_code = $9, message = $10,
	ended = CASE WHEN started > $11 THEN started ELSE $11 END, incidents = 0, stop_due = NULL, dispatched = TRUE`

// runColumns take back an end that the instance does not know of.
const runColumns = `, state = 'running', exit_code = NULL, output = '', error_code = '', message = '', ended = NULL`

func endValues(r protocol.Result, at int64) []any {
	return []any{string(r.Outcome), exitCode(r.Outcome), string(r.Variables), r.ErrorCode, r.Message, at}
}

func exitCode(o protocol.Outcome) int {
	switch o {
	case protocol.Completed:
		return ExitCompleted
	case protocol.Terminated, protocol.Stopped:
		return ExitStopped
	case protocol.Errored:
		return ExitError
	default:
		return ExitError
	}
}

// stale answers a batch that comes too late, or once more.
func (p *projection) stale() error {
	sequence, err := first(p.ctx, p.session, scanInt, `SELECT sequence FROM instances WHERE id = $1`, p.batch.Instance)
	if err != nil {
		return missing(err, "instance", p.batch.Instance)
	}
	p.ended = nil
	p.result.Stale, p.result.Sequence = true, uint64(max(sequence, 0))
	return nil
}

func (p *projection) apply(position int, e protocol.Effect) error {
	switch {
	case e.Register != nil:
		return nil // first of all
	case e.OpenTask != nil:
		return p.openTask(e.Actor, e.OpenTask)
	case e.CloseTask != nil:
		return p.closeTask(e.Actor, e.CloseTask)
	case e.Subscribe != nil:
		return p.subscribe(position, e.Actor, e.Subscribe)
	case e.Unsubscribe != nil:
		return p.unsubscribe(e.Actor, e.Unsubscribe)
	case e.Publish != nil:
		m := e.Publish
		_, err := p.publish(orSystem(e.Actor), NewMessage{
			ID: m.ID, Name: m.Name, Key: m.Key, Variables: m.Variables, TimeToLive: time.Duration(m.TimeToLive) * time.Second,
		}, 0)
		return err
	case e.Broadcast != nil:
		s := e.Broadcast
		_, err := p.broadcast(orSystem(e.Actor), NewBroadcast{ID: s.ID, Name: s.Name, Variables: s.Variables, Instance: p.batch.Instance}, 0)
		return err
	case e.Raise != nil:
		return p.raise(e.Actor, e.Raise)
	case e.Clear != nil:
		return p.clear(e.Actor, e.Clear)
	case e.Variables != nil:
		return p.audit(e.Actor, "instance.variables", object{"instance", p.batch.Instance, p.batch.Instance}, e.Variables)
	case e.Reset != nil:
		return p.reset(position, e.Reset)
	case e.End != nil:
		return p.end(e.Actor, p.batch.Instance, p.attached, e.End.Result, p.at)
	default:
		return errors.New("it says nothing that this version knows")
	}
}

// end closes what is left of an instance whose row says already that it ended.
func (t *tx) end(actor protocol.Actor, id string, attached bool, result protocol.Result, at int64) error {
	if attached {
		for _, query := range []string{
			`UPDATE tasks SET state = 'cancelled', ended = $2 WHERE instance_id = $1 AND state = 'open'`,
			`UPDATE incidents SET state = 'resolved', action = 'aborted', cleared = $2 WHERE instance_id = $1 AND state = 'open'`,
		} {
			if _, err := t.exec(query, id, at); err != nil {
				return err
			}
		}
		if _, err := t.exec(`DELETE FROM subscriptions WHERE instance_id = $1`, id); err != nil {
			return err
		}
	}
	return t.audit(actor, "instance.end", object{"instance", id, id},
		details{"outcome": result.Outcome, "errorCode": result.ErrorCode, "message": result.Message})
}

// EndInstance records the end of an instance whose workflow closed without
// saying so. An instance that has ended stays as it is.
func (r *Repository) EndInstance(ctx context.Context, actor protocol.Actor, id string, result protocol.Result) (inst Instance, err error) {
	err = r.transact(ctx, func(t *tx) error {
		n, err := t.exec(`UPDATE instances SET sequence = sequence + $2, changed = $3, attached = attached OR $4`+endColumns+` WHERE id = $1 AND state = 'running' AND $5`,
			append([]any{id, 0, micros(t.now), false, true}, endValues(result, micros(t.now))...)...)
		if err != nil {
			return err
		}
		if n > 0 {
			t.ended = append(t.ended, id)
			if err := t.end(actor, id, true, result, micros(t.now)); err != nil {
				return err
			}
		}
		inst, err = t.instance(id)
		return err
	})
	return inst, err
}
