package service

import (
	"context"
	"errors"
	"fmt"

	"github.com/perdure/perdure/dispatch"
	"github.com/perdure/perdure/protocol"
	"github.com/perdure/perdure/repository"
)

// Task answers one user task.
func (s *Service) Task(ctx context.Context, id string) (repository.Task, error) {
	return s.repository.Task(ctx, id)
}

// Tasks lists user tasks, oldest first.
func (s *Service) Tasks(ctx context.Context, f repository.TaskFilter, page repository.Page) ([]repository.Task, string, error) {
	return s.repository.ListTasks(ctx, f, page)
}

// CompleteTask completes a user task and answers it completed. Of several
// callers one succeeds; the others get a *TaskClosedError.
func (s *Service) CompleteTask(ctx context.Context, actor protocol.Actor, operation, id string, variables Variables) (repository.Task, error) {
	task, err := s.repository.Task(ctx, id)
	if err != nil {
		return task, err
	}
	if task.State != repository.TaskOpen && !is(task.CompletedBy, actor) {
		return task, &TaskClosedError{Task: task}
	}
	values, err := variables.object()
	if err != nil {
		return task, err
	}
	err = s.event(ctx, task.Instance, operation, protocol.Incoming{Actor: actor, Task: &protocol.TaskCompletion{
		Task: task.ElementInstance, Variables: values,
	}})
	after, readErr := s.repository.Task(context.WithoutCancel(ctx), id)
	if _, refused := errors.AsType[*dispatch.RefusedError](err); refused && readErr == nil && after.State != repository.TaskOpen {
		return after, &TaskClosedError{Task: after}
	}
	return after, errors.Join(err, readErr)
}

// is reports whether somebody is the actor. Who has closed a task or incident
// may be repeating that very request, because a crash took the answer: then the
// instance knows the operation and gives its answer again.
func is(somebody *protocol.Actor, actor protocol.Actor) bool {
	return somebody != nil && *somebody == actor
}

// Incident answers one incident.
func (s *Service) Incident(ctx context.Context, id string) (repository.Incident, error) {
	return s.repository.Incident(ctx, id)
}

// Incidents lists incidents, newest first.
func (s *Service) Incidents(ctx context.Context, f repository.IncidentFilter, page repository.Page) ([]repository.Incident, string, error) {
	return s.repository.ListIncidents(ctx, f, page)
}

// Resolution is how a person ends an incident.
type Resolution struct {
	// Action is retry, complete, throw or skip.
	Action    string
	Variables Variables
	ErrorCode string // of throw
}

// ResolveIncident ends an incident and answers it as it is then.
func (s *Service) ResolveIncident(ctx context.Context, actor protocol.Actor, operation, id string, r Resolution) (repository.Incident, error) {
	incident, err := s.repository.Incident(ctx, id)
	if err != nil {
		return incident, err
	}
	if incident.State != repository.IncidentOpen && !is(incident.ClearedBy, actor) {
		return incident, &IncidentClosedError{Incident: incident}
	}
	values, err := r.Variables.object()
	if err != nil {
		return incident, err
	}
	err = s.event(ctx, incident.Instance, operation, protocol.Incoming{Actor: actor, Incident: &protocol.IncidentAction{
		Incident: incident.IncidentID, Action: r.Action, Variables: values, ErrorCode: r.ErrorCode,
	}})
	after, readErr := s.repository.Incident(context.WithoutCancel(ctx), id)
	if _, refused := errors.AsType[*dispatch.RefusedError](err); refused && readErr == nil && after.State != repository.IncidentOpen {
		return after, &IncidentClosedError{Incident: after}
	}
	if err = errors.Join(err, readErr); err != nil {
		return after, fmt.Errorf("resolve incident %s: %w", id, err)
	}
	return after, nil
}
