package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/perdure/perdure/repository"
)

// AuditEntry says who changed what, and when (GS-5.2).
type AuditEntry struct {
	ID         string    `json:"id"`
	Time       time.Time `json:"time"`
	Actor      Actor     `json:"actor"`
	Action     string    `json:"action"`
	ObjectType string    `json:"objectType"`
	ObjectID   string    `json:"objectId"`
	Instance   string    `json:"instance,omitempty"`
	Detail     Object    `json:"detail"`
}

type auditQuery struct {
	Instance   string `query:"instance" maxLength:"255"`
	ObjectType string `query:"objectType" maxLength:"255"`
	ObjectID   string `query:"objectId" maxLength:"600"`
	User       string `query:"user" maxLength:"255"`
	Paged
}

func (s *server) audit(a huma.API) {
	handle(a, operation{
		id: "listAudit", method: http.MethodGet, path: "/api/v1/audit", tag: "System",
		summary: "List who changed what, newest first",
	}, s.listAudit)
}

func (s *server) listAudit(ctx context.Context, in *auditQuery) (*list[AuditEntry], error) {
	rows, next, err := s.service.Audit(ctx, repository.AuditFilter{
		Instance: in.Instance, ObjectType: in.ObjectType, ObjectID: in.ObjectID, User: in.User,
	}, in.page())
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return listOf(ctx, rows, next, func(e repository.AuditEntry) AuditEntry {
		return AuditEntry{
			ID: e.ID, Time: utc(e.Time), Actor: actorView(e.Actor), Action: e.Action,
			ObjectType: e.ObjectType, ObjectID: e.ObjectID, Instance: e.Instance, Detail: Object(e.Detail),
		}
	}), nil
}
