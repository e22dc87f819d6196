package repository

import (
	"cmp"
	"context"
	"database/sql"
	"time"

	"github.com/perdure/perdure/protocol"
)

// States of an Incident.
const (
	IncidentOpen     = "open"
	IncidentResolved = "resolved"
)

// Incident says that a person must look at an instance.
type Incident struct {
	ID              string // IncidentID of the next two
	Instance        string
	IncidentID      string
	Element         string
	ElementInstance string
	Kind            string
	Message         string
	Attempt         int
	State           string
	Raised          time.Time
	Cleared         *time.Time
	// Action is how it was resolved, as in protocol.ClearIncident.
	Action    string
	ClearedBy *protocol.Actor
	ProcessID string
	Key       string // of the process
}

// IncidentID is the id under which an incident of an instance is listed.
func IncidentID(instance, incident string) string {
	return derived("incident", instance, incident)
}

// IncidentFilter selects incidents; empty fields select all, but State selects
// the open ones.
type IncidentFilter struct {
	State    string
	Instance string
	Key      string // of the process
	Kind     string
}

const incidentColumns = `id, instance_id, incident_id, element, element_instance, kind, message, attempt, state, raised, cleared,
	action, cleared_by, process_id, process_key`

func scanIncident(r row) (i Incident, err error) {
	var by string
	var raised int64
	var cleared sql.NullInt64
	if err = r.Scan(&i.ID, &i.Instance, &i.IncidentID, &i.Element, &i.ElementInstance, &i.Kind, &i.Message, &i.Attempt, &i.State, &raised, &cleared,
		&i.Action, &by, &i.ProcessID, &i.Key); err != nil {
		return i, err
	}
	i.Raised, i.Cleared = fromMicros(raised), fromNullMicros(cleared)
	return i, parseActor(by, &i.ClearedBy)
}

// ListIncidents lists incidents, newest first.
func (r *Repository) ListIncidents(ctx context.Context, f IncidentFilter, p Page) ([]Incident, string, error) {
	var where filter
	where.equal("state", cmp.Or(f.State, IncidentOpen))
	where.equal("instance_id", f.Instance)
	where.equal("process_key", f.Key)
	where.equal("kind", f.Kind)
	return incidentListing.page(ctx, r.db.reader(), &where, p)
}

var incidentListing = listing[Incident]{
	columns: incidentColumns, from: "incidents", time: "raised", id: "id",
	scan:     scanIncident,
	position: func(i Incident) position { return position{micros(i.Raised), i.ID} },
}

// Incident answers one incident.
func (r *Repository) Incident(ctx context.Context, id string) (Incident, error) {
	i, err := first(ctx, r.db.reader(), scanIncident, `SELECT `+incidentColumns+` FROM incidents WHERE id = $1`, id)
	return i, missing(err, "incident", id)
}

// raise opens an incident. One that was resolved and has the same id is opened
// again at its place in the lists.
func (p *projection) raise(actor protocol.Actor, i *protocol.RaiseIncident) error {
	p.incidentsChanged = true
	id := IncidentID(p.batch.Instance, i.ID)
	if _, err := p.exec(`INSERT INTO incidents (id, instance_id, incident_id, element, element_instance, kind, message, attempt, state, raised, process_id, process_key)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'open', $9, $10, $11)
		ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, message = excluded.message, attempt = excluded.attempt,
			state = 'open', cleared = NULL, action = '', cleared_by = ''`,
		id, p.batch.Instance, i.ID, i.Element, i.Instance, i.Kind, i.Message, i.Attempt, p.at, p.processID, p.processKey); err != nil {
		return err
	}
	return p.audit(actor, "incident.raise", object{"incident", id, p.batch.Instance}, details{"element": i.Element, "kind": i.Kind, "attempt": i.Attempt})
}

// clear resolves an incident, if it is open.
func (p *projection) clear(actor protocol.Actor, c *protocol.ClearIncident) error {
	p.incidentsChanged = true
	id := IncidentID(p.batch.Instance, c.ID)
	n, err := p.exec(`UPDATE incidents SET state = 'resolved', cleared = $2, action = $3, cleared_by = $4 WHERE id = $1 AND state = 'open'`,
		id, p.at, c.Action, text(orSystem(actor)))
	if err != nil || n == 0 {
		return err
	}
	return p.audit(actor, "incident.clear", object{"incident", id, p.batch.Instance}, details{"action": c.Action})
}

// countIncidents corrects the number of open incidents of the instance.
func (p *projection) countIncidents() error {
	_, err := p.exec(`UPDATE instances SET incidents = (SELECT COUNT(*) FROM incidents WHERE instance_id = $1 AND state = 'open') WHERE id = $1`, p.batch.Instance)
	return err
}
