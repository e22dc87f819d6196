package repository

import (
	"context"
	"errors"
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

// ListIncidents lists incidents, newest first.
func (r *Repository) ListIncidents(ctx context.Context, f IncidentFilter, p Page) ([]Incident, string, error) {
	return nil, "", errors.ErrUnsupported
}

// Incident answers one incident.
func (r *Repository) Incident(ctx context.Context, id string) (Incident, error) {
	return Incident{}, errors.ErrUnsupported
}
