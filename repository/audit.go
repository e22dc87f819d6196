package repository

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"github.com/perdure/perdure/protocol"
)

// AuditEntry says who changed what. Entries are written in the transaction of
// the change and never altered.
type AuditEntry struct {
	ID    string
	Time  time.Time
	Actor protocol.Actor
	// Action is object and verb, e.g. "instance.start" or "task.complete".
	Action string
	// ObjectType is process, instance, task, subscription, message, delivery,
	// broadcast or incident.
	ObjectType string
	ObjectID   string
	// Instance is the instance concerned, empty if none is.
	Instance string
	// Detail is a JSON object, or empty.
	Detail json.RawMessage
}

// AuditFilter selects audit entries; empty fields select all.
type AuditFilter struct {
	Instance   string
	ObjectType string
	ObjectID   string
	User       string
}

// ListAudit lists audit entries, newest first.
func (r *Repository) ListAudit(ctx context.Context, f AuditFilter, p Page) ([]AuditEntry, string, error) {
	var where filter
	where.equal("instance_id", f.Instance)
	where.equal("object_type", f.ObjectType)
	where.equal("object_id", f.ObjectID)
	where.equal("user_name", f.User)
	if f.User != "" && f.User != protocol.SystemActor.User {
		where.and("user_name <> 'system'") // as the index is declared
	}
	return auditListing.page(ctx, r.db.reader(), &where, p)
}

var auditListing = listing[AuditEntry]{
	columns: "id, at, user_name, affiliation, on_behalf_of, action, object_type, object_id, instance_id, detail",
	from:    "audit", time: "at", id: "id",
	scan: func(r row) (e AuditEntry, err error) {
		var at int64
		var detail string
		err = r.Scan(&e.ID, &at, &e.Actor.User, &e.Actor.Affiliation, &e.Actor.OnBehalfOf,
			&e.Action, &e.ObjectType, &e.ObjectID, &e.Instance, &detail)
		e.Time, e.Detail = fromMicros(at), raw(detail)
		return e, err
	},
	position: func(e AuditEntry) position { return position{micros(e.Time), e.ID} },
}

// object is what an audit entry is about.
type object struct{ kind, id, instance string }

// audit writes one entry. A zero actor is the platform.
func (t *tx) audit(actor protocol.Actor, action string, on object, detail any) error {
	actor = orSystem(actor)
	// Version 7 ids grow, so that the entries of one transaction keep their
	// order (RFC 9562, 6.2).
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	var about string
	if detail != nil {
		about = text(detail)
	}
	_, err = t.exec(`INSERT INTO audit (id, at, user_name, affiliation, on_behalf_of, action, object_type, object_id, instance_id, detail)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		id.String(), micros(t.now), actor.User, actor.Affiliation, actor.OnBehalfOf,
		action, on.kind, on.id, on.instance, about)
	return err
}

// orSystem is the actor, or the platform if there is none.
func orSystem(actor protocol.Actor) protocol.Actor {
	if actor == (protocol.Actor{}) {
		return protocol.SystemActor
	}
	return actor
}

// details is the detail of an audit entry.
type details map[string]any
