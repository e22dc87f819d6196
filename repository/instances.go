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

// Running is the state of an instance that has not ended. The other states are
// the outcomes of package protocol.
const Running = "running"

// What started an instance.
const (
	StartedByAPI     = "api"
	StartedByMessage = "message"
	StartedBySignal  = "signal"
	StartedByTimer   = "timer"
	StartedByCall    = "call"
)

// Exit codes of an instance (GovStack Workflow 8.1).
const (
	ExitCompleted = 0
	ExitError     = 1
	ExitStopped   = 2 // stopped or terminated
)

// Instance is a process instance as lists show it.
type Instance struct {
	ID          string
	ProcessID   string
	Key         string
	Version     int
	ProcessName string
	BusinessKey string
	// ParentID and ParentElement name the call activity that called it.
	ParentID, ParentElement string
	// StartElement is the start event, empty for the none start event.
	StartElement string
	// Trigger is what started it, one of the StartedBy constants.
	Trigger string
	// State is Running or a protocol.Outcome.
	State string
	// Incidents is the number of open ones.
	Incidents int
	Suspended bool
	StartedBy protocol.Actor
	Started   time.Time
	Changed   time.Time
	Ended     *time.Time
	// ExitCode is set at the end: ExitCompleted, ExitError or ExitStopped.
	ExitCode *int
	// Input and Output are JSON objects. Lists leave them out.
	Input, Output json.RawMessage
	// ErrorCode and Message say why it ended in error or was stopped.
	ErrorCode, Message string
	// Dispatched says that its workflow is known to have been started.
	Dispatched    bool
	StopRequested bool
	StopReason    string
	// Sequence is that of the last batch.
	Sequence uint64
}

// NewInstance is an instance to create.
type NewInstance struct {
	// ID makes the start unique; a random one if empty.
	ID          string
	ProcessID   string
	BusinessKey string
	// Start is the start event, empty for the none start event.
	Start string
	// Trigger is what starts it, StartedByAPI if empty.
	Trigger   string
	Variables json.RawMessage // a JSON object, or empty
}

// headStart is how long the maker of a promise has to keep it before the
// dispatcher does.
const headStart = 2 * time.Second

const (
	instanceHead = `id, process_id, process_key, version, process_name, business_key, parent_id, parent_element, start_element, started_via,
	state, incidents, suspended, started_by, started, changed, ended, exit_code, error_code, message, dispatched, stop_requested, stop_reason, sequence`
	instanceColumns = instanceHead + `, input, output`
	// instanceSummary has the columns of instanceColumns without what may be large.
	instanceSummary = instanceHead + `, '' AS input, '' AS output`
)

func scanInstance(r row) (i Instance, err error) {
	var by, input, output string
	var started, changed, sequence int64
	var ended, exit sql.NullInt64
	if err = r.Scan(&i.ID, &i.ProcessID, &i.Key, &i.Version, &i.ProcessName, &i.BusinessKey, &i.ParentID, &i.ParentElement, &i.StartElement, &i.Trigger,
		&i.State, &i.Incidents, &i.Suspended, &by, &started, &changed, &ended, &exit, &i.ErrorCode, &i.Message, &i.Dispatched, &i.StopRequested, &i.StopReason, &sequence,
		&input, &output); err != nil {
		return i, err
	}
	i.Started, i.Changed, i.Ended = fromMicros(started), fromMicros(changed), fromNullMicros(ended)
	if exit.Valid {
		code := int(exit.Int64)
		i.ExitCode = &code
	}
	i.Sequence, i.Input, i.Output = uint64(sequence), raw(input), raw(output)
	return i, json.Unmarshal([]byte(by), &i.StartedBy)
}

// CreateInstance records an instance that is to be started. If its id exists
// already, that instance is answered, and nothing changes. The caller starts the
// workflow and calls MarkDispatched; Undispatched finds it two seconds later.
func (r *Repository) CreateInstance(ctx context.Context, actor protocol.Actor, n NewInstance) (inst Instance, existed bool, err error) {
	if n.ID == "" {
		n.ID = uuid.NewString()
	}
	if n.Trigger == "" {
		n.Trigger = StartedByAPI
	}
	err = r.transact(ctx, func(t *tx) error {
		inst, existed, err = t.createInstance(actor, n, headStart)
		return err
	})
	return inst, existed, err
}

func (t *tx) createInstance(actor protocol.Actor, n NewInstance, head time.Duration) (inst Instance, existed bool, err error) {
	p, err := first(t.ctx, t.session, scanProcess, `SELECT `+processColumns+` FROM processes WHERE id = $1 AND NOT deleted`, n.ProcessID)
	if err = missing(err, "process", n.ProcessID); err == nil {
		err = p.startable()
	}
	if err != nil {
		// A repeated start must not fail because the process is gone by now.
		if inst, ierr := t.instance(n.ID); ierr == nil {
			return inst, true, nil
		}
		return Instance{}, false, err
	}
	inst = Instance{
		ID: n.ID, ProcessID: p.ID, Key: p.Key, Version: p.Version, ProcessName: p.Name, BusinessKey: n.BusinessKey,
		StartElement: n.Start, Trigger: n.Trigger, State: Running, StartedBy: actor, Started: t.now, Changed: t.now, Input: n.Variables,
	}
	created, err := t.insertInstance(inst, head)
	if err != nil {
		return Instance{}, false, err
	}
	inst, err = t.instance(n.ID)
	if err != nil || !created {
		return inst, true, err
	}
	t.work = t.work || head == 0
	return inst, false, t.audit(actor, "instance.start", object{"instance", inst.ID, inst.ID},
		details{"process": p.ID, "trigger": inst.Trigger, "start": inst.StartElement, "businessKey": inst.BusinessKey})
}

// insertInstance says whether the row is new.
func (t *tx) insertInstance(i Instance, head time.Duration) (bool, error) {
	n, err := t.exec(`INSERT INTO instances (id, process_id, process_key, version, process_name, business_key, parent_id, parent_element,
		start_element, started_via, state, started_by, started, changed, dispatched, dispatch_due, input)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) ON CONFLICT (id) DO NOTHING`,
		i.ID, i.ProcessID, i.Key, i.Version, i.ProcessName, i.BusinessKey, i.ParentID, i.ParentElement,
		i.StartElement, i.Trigger, i.State, text(i.StartedBy), micros(i.Started), micros(i.Changed), i.Dispatched, micros(t.now.Add(head)), string(i.Input))
	return n > 0, err
}

func (t *tx) instance(id string) (Instance, error) {
	return instanceByID(t.ctx, t.session, id)
}

func instanceByID(ctx context.Context, s session, id string) (Instance, error) {
	i, err := first(ctx, s, scanInstance, `SELECT `+instanceColumns+` FROM instances WHERE id = $1`, id)
	return i, missing(err, "instance", id)
}

// Instance answers one instance, with its input and output.
func (r *Repository) Instance(ctx context.Context, id string) (Instance, error) {
	return instanceByID(ctx, r.db.reader(), id)
}

// MarkDispatched records that the workflows of the instances have been started.
// This is bookkeeping and not audited.
func (r *Repository) MarkDispatched(ctx context.Context, ids ...string) error {
	return r.follow(ctx, func(t *tx) error {
		for _, id := range ids {
			if _, err := t.exec(`UPDATE instances SET dispatched = TRUE WHERE id = $1 AND NOT dispatched`, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// retryStart is how long an instance or a stop that was handed out is not handed
// out again.
const retryStart = 10 * time.Second

// Undispatched hands out instances whose workflow is not known to have been
// started and which were due at the time before, usually now: those of the API
// are due after a head start of two seconds, all others at once. What is handed
// out is due again after ten seconds.
func (r *Repository) Undispatched(ctx context.Context, before time.Time, limit int) (instances []Instance, err error) {
	err = r.follow(ctx, func(t *tx) error {
		instances, err = collect(t.ctx, t.session, scanInstance, `UPDATE instances SET dispatch_due = $1
			WHERE NOT dispatched AND dispatch_due <= $2 AND id IN (
				SELECT id FROM instances WHERE NOT dispatched AND dispatch_due <= $2 ORDER BY dispatch_due LIMIT $3)
			RETURNING `+instanceColumns, micros(t.now.Add(retryStart)), micros(before), limit)
		return err
	})
	return instances, err
}

// InstanceFilter selects instances; empty fields select all.
type InstanceFilter struct {
	ProcessID     string
	Key           string
	BusinessKey   string
	State         string
	ParentID      string
	HasIncident   *bool
	StartedAfter  *time.Time // exclusive
	StartedBefore *time.Time // exclusive
	// RootsOnly leaves out called instances.
	RootsOnly bool
}

func (f InstanceFilter) filter() *filter {
	var where filter
	where.equal("process_id", f.ProcessID)
	where.equal("process_key", f.Key)
	where.equal("business_key", f.BusinessKey)
	where.equal("parent_id", f.ParentID)
	if f.State == Running {
		where.and("state = 'running'") // as the index is declared
	} else {
		where.equal("state", f.State)
	}
	if f.HasIncident != nil && *f.HasIncident {
		where.and("incidents > 0")
	} else if f.HasIncident != nil {
		where.and("incidents = 0")
	}
	if f.StartedAfter != nil {
		where.and("started > ?", micros(*f.StartedAfter))
	}
	if f.StartedBefore != nil {
		where.and("started < ?", micros(*f.StartedBefore))
	}
	if f.RootsOnly {
		where.and("parent_id = ''")
	}
	return &where
}

// ListInstances lists instances without their input and output, newest first.
func (r *Repository) ListInstances(ctx context.Context, f InstanceFilter, p Page) ([]Instance, string, error) {
	return instanceListing.page(ctx, r.db.reader(), f.filter(), p)
}

var instanceListing = listing[Instance]{
	columns: instanceSummary, from: "instances", time: "started", id: "id",
	scan:     scanInstance,
	position: func(i Instance) position { return position{micros(i.Started), i.ID} },
}

// CountInstances counts instances by state. States without any are missing.
func (r *Repository) CountInstances(ctx context.Context, f InstanceFilter) (map[string]int, error) {
	where := f.filter()
	counts := make(map[string]int)
	err := r.db.reader().query(ctx, `SELECT state, COUNT(*) FROM instances`+where.where()+` GROUP BY state`, where.args, func(r row) error {
		var state string
		var n int
		err := r.Scan(&state, &n)
		counts[state] = n
		return err
	})
	return counts, err
}

// RequestStop records that the instance shall be stopped. The caller tells the
// workflow; StopRequests finds it two seconds later. A second request changes
// nothing; an instance that has ended is an ErrConflict.
func (r *Repository) RequestStop(ctx context.Context, actor protocol.Actor, id, reason string) (inst Instance, err error) {
	err = r.transact(ctx, func(t *tx) error {
		inst, err = first(t.ctx, t.session, scanInstance, `UPDATE instances SET stop_requested = TRUE, stop_reason = $2, stop_due = $3, changed = $4
			WHERE id = $1 AND state = 'running' AND NOT stop_requested RETURNING `+instanceColumns,
			id, reason, micros(t.now.Add(headStart)), micros(t.now))
		if err == nil {
			return t.audit(actor, "instance.stop", object{"instance", id, id}, details{"reason": reason})
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if inst, err = t.instance(id); err == nil && inst.State != Running {
			err = conflict("instance %s has ended: %s", id, inst.State)
		}
		return err
	})
	return inst, err
}

// StopRequests hands out running instances which shall be stopped and were due
// at the time before, usually now. What is handed out is due again after ten
// seconds.
func (r *Repository) StopRequests(ctx context.Context, before time.Time, limit int) (instances []Instance, err error) {
	err = r.follow(ctx, func(t *tx) error {
		instances, err = collect(t.ctx, t.session, scanInstance, `UPDATE instances SET stop_due = $1
			WHERE stop_due <= $2 AND id IN (
				SELECT id FROM instances WHERE stop_due IS NOT NULL AND stop_due <= $2 ORDER BY stop_due LIMIT $3)
			RETURNING `+instanceColumns, micros(t.now.Add(retryStart)), micros(before), limit)
		return err
	})
	return instances, err
}
