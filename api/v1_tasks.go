package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/perdure/perdure/api/service"
	"github.com/perdure/perdure/repository"
)

const tagTasks = "Tasks and incidents"

// Task is a user task.
type Task struct {
	ID              string     `json:"id"`
	Instance        string     `json:"instance"`
	Element         string     `json:"element"`
	ElementInstance string     `json:"elementInstance"`
	Name            string     `json:"name,omitempty"`
	Documentation   string     `json:"documentation,omitempty"`
	ProcessID       string     `json:"processId"`
	ProcessKey      string     `json:"processKey"`
	BusinessKey     string     `json:"businessKey,omitempty"`
	Assignee        string     `json:"assignee,omitempty"`
	CandidateUsers  []string   `json:"candidateUsers"`
	CandidateGroups []string   `json:"candidateGroups"`
	Due             *time.Time `json:"due,omitempty"`
	FollowUp        *time.Time `json:"followUp,omitempty"`
	Priority        int        `json:"priority"`
	Form            string     `json:"form,omitempty"`
	Lane            string     `json:"lane,omitempty"`
	State           string     `json:"state" enum:"open,completed,cancelled"`
	Created         time.Time  `json:"created"`
	Ended           *time.Time `json:"ended,omitempty"`
	CompletedBy     *Actor     `json:"completedBy,omitempty"`
	Variables       Object     `json:"variables" doc:"What the person is shown."`
}

func taskView(t repository.Task) Task {
	return Task{
		ID: t.ID, Instance: t.Instance, Element: t.Element, ElementInstance: t.ElementInstance, Name: t.Name,
		Documentation: t.Documentation, ProcessID: t.ProcessID, ProcessKey: t.Key, BusinessKey: t.BusinessKey,
		Assignee: t.Assignee, CandidateUsers: orEmpty(t.CandidateUsers), CandidateGroups: orEmpty(t.CandidateGroups),
		Due: utcOrNil(t.Due), FollowUp: utcOrNil(t.FollowUp), Priority: t.Priority, Form: t.Form, Lane: t.Lane,
		State: t.State, Created: utc(t.Created), Ended: utcOrNil(t.Ended), CompletedBy: actorOrNil(t.CompletedBy),
		Variables: Object(t.Variables),
	}
}

// orEmpty keeps a list from being null in JSON.
func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

type taskRef struct {
	ID string `path:"id" maxLength:"255"`
}

type taskQuery struct {
	State          string `query:"state" enum:"open,completed,cancelled" doc:"Default open."`
	Assignee       string `query:"assignee" maxLength:"255"`
	CandidateUser  string `query:"candidateUser" maxLength:"255"`
	CandidateGroup string `query:"candidateGroup" maxLength:"255"`
	Instance       string `query:"instance" maxLength:"255"`
	Process        string `query:"process" maxLength:"255" doc:"The key of a process."`
	Element        string `query:"element" maxLength:"255"`
	BusinessKey    string `query:"businessKey" maxLength:"255"`
	Paged
}

type taskAnswer struct{ Body Task }

func (s *server) tasks(a huma.API) {
	handle(a, operation{
		id: "listTasks", method: http.MethodGet, path: "/api/v1/tasks", tag: tagTasks, summary: "List user tasks, oldest first",
	}, s.listTasks)
	handle(a, operation{
		id: "showTask", method: http.MethodGet, path: "/api/v1/tasks/{id}", tag: tagTasks, summary: "Show a user task", errors: []int{404},
	}, s.showTask)
	handleBody(a, operation{
		id: "completeTask", method: http.MethodPost, path: "/api/v1/tasks/{id}/complete", tag: tagTasks,
		summary: "Complete a user task", errors: []int{404}, acts: true, optional: true,
		about: "Of several callers one succeeds; the others learn who did, and when, by a 409.",
	}, s.completeTask)
}

func (s *server) listTasks(ctx context.Context, in *taskQuery) (*list[Task], error) {
	rows, next, err := s.service.Tasks(ctx, repository.TaskFilter{
		State: in.State, Assignee: in.Assignee, CandidateUser: in.CandidateUser, CandidateGroup: in.CandidateGroup,
		Instance: in.Instance, Key: in.Process, Element: in.Element, BusinessKey: in.BusinessKey,
	}, in.page())
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return listOf(ctx, rows, next, taskView), nil
}

func (s *server) showTask(ctx context.Context, in *taskRef) (*taskAnswer, error) {
	task, err := s.service.Task(ctx, in.ID)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &taskAnswer{Body: taskView(task)}, nil
}

// CompleteBody completes a task.
type CompleteBody struct {
	Variables Values `json:"variables,omitempty" doc:"The output data of the task."`
}

func (s *server) completeTask(ctx context.Context, in *taskRef, body *CompleteBody) (*taskAnswer, error) {
	task, err := s.service.CompleteTask(ctx, actorOf(ctx), operationID(ctx), in.ID, body.Variables.variables())
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &taskAnswer{Body: taskView(task)}, nil
}

// Incident says that a person must look at an instance.
type Incident struct {
	ID              string     `json:"id"`
	Instance        string     `json:"instance"`
	Element         string     `json:"element"`
	ElementInstance string     `json:"elementInstance"`
	Kind            string     `json:"kind"`
	Message         string     `json:"message"`
	Attempt         int        `json:"attempt"`
	State           string     `json:"state" enum:"open,resolved"`
	Raised          time.Time  `json:"raised"`
	Cleared         *time.Time `json:"cleared,omitempty"`
	Action          string     `json:"action,omitempty"`
	ClearedBy       *Actor     `json:"clearedBy,omitempty"`
	ProcessID       string     `json:"processId"`
	ProcessKey      string     `json:"processKey"`
}

func incidentView(i repository.Incident) Incident {
	return Incident{
		ID: i.ID, Instance: i.Instance, Element: i.Element, ElementInstance: i.ElementInstance, Kind: i.Kind,
		Message: i.Message, Attempt: i.Attempt, State: i.State, Raised: utc(i.Raised), Cleared: utcOrNil(i.Cleared),
		Action: i.Action, ClearedBy: actorOrNil(i.ClearedBy), ProcessID: i.ProcessID, ProcessKey: i.Key,
	}
}

type incidentQuery struct {
	State    string `query:"state" enum:"open,resolved" doc:"Default open."`
	Instance string `query:"instance" maxLength:"255"`
	Process  string `query:"process" maxLength:"255" doc:"The key of a process."`
	Kind     string `query:"kind" maxLength:"255"`
	Paged
}

type incidentAnswer struct{ Body Incident }

func (s *server) incidents(a huma.API) {
	handle(a, operation{
		id: "listIncidents", method: http.MethodGet, path: "/api/v1/incidents", tag: tagTasks, summary: "List incidents, newest first",
	}, s.listIncidents)
	handle(a, operation{
		id: "showIncident", method: http.MethodGet, path: "/api/v1/incidents/{id}", tag: tagTasks, summary: "Show an incident", errors: []int{404},
	}, s.showIncident)
	handleBody(a, operation{
		id: "retryIncident", method: http.MethodPost, path: "/api/v1/incidents/{id}/retry", tag: tagTasks,
		summary: "Try again what failed, with other variables if wanted", errors: []int{404}, acts: true, optional: true,
	}, s.retryIncident)
	handleBody(a, operation{
		id: "resolveIncident", method: http.MethodPost, path: "/api/v1/incidents/{id}/resolve", tag: tagTasks,
		summary: "End an incident: complete, throw a BPMN error, skip or retry", errors: []int{404}, acts: true,
	}, s.resolveIncident)
}

func (s *server) listIncidents(ctx context.Context, in *incidentQuery) (*list[Incident], error) {
	rows, next, err := s.service.Incidents(ctx, repository.IncidentFilter{
		State: in.State, Instance: in.Instance, Key: in.Process, Kind: in.Kind,
	}, in.page())
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return listOf(ctx, rows, next, incidentView), nil
}

func (s *server) showIncident(ctx context.Context, in *taskRef) (*incidentAnswer, error) {
	incident, err := s.service.Incident(ctx, in.ID)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &incidentAnswer{Body: incidentView(incident)}, nil
}

// RetryBody tries again what failed.
type RetryBody struct {
	Variables Values `json:"variables,omitempty" doc:"Set before the next attempt."`
}

func (s *server) retryIncident(ctx context.Context, in *taskRef, body *RetryBody) (*incidentAnswer, error) {
	return s.resolve(ctx, in.ID, service.Resolution{Action: "retry", Variables: body.Variables.variables()})
}

// ResolveBody ends an incident.
type ResolveBody struct {
	Action    string `json:"action" enum:"complete,throw,skip,retry"`
	Variables Values `json:"variables,omitempty" doc:"The output of complete, or what to set before the next attempt of retry."`
	ErrorCode string `json:"errorCode,omitempty" maxLength:"255" doc:"The code of the BPMN error; required by throw."`
}

func (s *server) resolveIncident(ctx context.Context, in *taskRef, body *ResolveBody) (*incidentAnswer, error) {
	switch {
	case body.Action == "throw" && body.ErrorCode == "":
		return nil, wrong("the action throw needs an errorCode", "errorCode")
	case body.Action != "throw" && body.ErrorCode != "":
		return nil, wrong("only the action throw takes an errorCode", "errorCode")
	}
	return s.resolve(ctx, in.ID, service.Resolution{
		Action: body.Action, Variables: body.Variables.variables(), ErrorCode: body.ErrorCode,
	})
}

func (s *server) resolve(ctx context.Context, id string, resolution service.Resolution) (*incidentAnswer, error) {
	incident, err := s.service.ResolveIncident(ctx, actorOf(ctx), operationID(ctx), id, resolution)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &incidentAnswer{Body: incidentView(incident)}, nil
}
