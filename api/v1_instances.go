package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/perdure/perdure/api/service"
	"github.com/perdure/perdure/protocol"
	"github.com/perdure/perdure/repository"
)

const tagInstances = "Instances"

// Instance is a process instance.
type Instance struct {
	ID             string     `json:"id"`
	ProcessID      string     `json:"processId"`
	ProcessKey     string     `json:"processKey"`
	ProcessVersion int        `json:"processVersion"`
	ProcessName    string     `json:"processName"`
	BusinessKey    string     `json:"businessKey,omitempty"`
	ParentID       string     `json:"parentId,omitempty"`
	ParentElement  string     `json:"parentElement,omitempty"`
	Start          string     `json:"start,omitempty" doc:"The start event, absent for the none start event."`
	Trigger        string     `json:"trigger" enum:"api,message,signal,timer,call"`
	State          string     `json:"state" enum:"running,suspended,completed,terminated,stopped,error"`
	Incidents      int        `json:"incidents" doc:"How many wait for a person."`
	StopRequested  bool       `json:"stopRequested"`
	StartedBy      Actor      `json:"startedBy"`
	Started        time.Time  `json:"started"`
	Changed        time.Time  `json:"changed"`
	Ended          *time.Time `json:"ended,omitempty"`
	ExitCode       *int       `json:"exitCode,omitempty" doc:"0 success, 1 error, 2 stopped or terminated"`
	ErrorCode      string     `json:"errorCode,omitempty"`
	Message        string     `json:"message,omitempty"`
	Input          *Object    `json:"input,omitempty" doc:"Not in lists."`
	Output         *Object    `json:"output,omitempty" doc:"Not in lists."`
}

// instanceSummary shows an instance as lists do.
func instanceSummary(in repository.Instance) Instance {
	return Instance{
		ID: in.ID, ProcessID: in.ProcessID, ProcessKey: in.Key, ProcessVersion: in.Version, ProcessName: in.ProcessName,
		BusinessKey: in.BusinessKey, ParentID: in.ParentID, ParentElement: in.ParentElement, Start: in.StartElement,
		Trigger: in.Trigger, State: stateOf(in), Incidents: in.Incidents, StopRequested: in.StopRequested,
		StartedBy: actorView(in.StartedBy), Started: utc(in.Started), Changed: utc(in.Changed), Ended: utcOrNil(in.Ended),
		ExitCode: in.ExitCode, ErrorCode: in.ErrorCode, Message: in.Message,
	}
}

func instanceView(in repository.Instance) Instance {
	view := instanceSummary(in)
	input := Object(in.Input)
	view.Input = &input
	if in.Ended != nil {
		output := Object(in.Output)
		view.Output = &output
	}
	return view
}

type instanceRef struct {
	ID string `path:"id" maxLength:"255"`
}

type instanceQuery struct {
	Process       string    `query:"process" maxLength:"600" doc:"A process id, uuid, key:version, or a key for all versions."`
	BusinessKey   string    `query:"businessKey" maxLength:"255"`
	State         string    `query:"state" enum:"running,completed,terminated,stopped,error"`
	Parent        string    `query:"parent" maxLength:"255" doc:"Only instances that this one called."`
	Incident      string    `query:"incident" enum:"true,false" doc:"Only instances with, or without, open incidents."`
	StartedAfter  time.Time `query:"startedAfter"`
	StartedBefore time.Time `query:"startedBefore"`
	Roots         bool      `query:"roots" doc:"Only instances that no other one called."`
	Paged
}

func (q instanceQuery) filter(base repository.InstanceFilter) repository.InstanceFilter {
	base.BusinessKey, base.State, base.ParentID, base.RootsOnly = q.BusinessKey, q.State, q.Parent, q.Roots
	if q.Incident != "" {
		has := q.Incident == "true"
		base.HasIncident = &has
	}
	if !q.StartedAfter.IsZero() {
		base.StartedAfter = &q.StartedAfter
	}
	if !q.StartedBefore.IsZero() {
		base.StartedBefore = &q.StartedBefore
	}
	return base
}

// instanceAnswer answers what changes an instance.
type instanceAnswer struct {
	Status            int
	Location          string `header:"Location"`
	PreferenceApplied string `header:"Preference-Applied"`
	Body              Instance
}

func (s *server) instances(a huma.API) {
	handleBody(a, operation{
		id: "startInstance", method: http.MethodPost, path: "/api/v1/instances", tag: tagInstances,
		summary: "Start an instance", status: http.StatusCreated, also: []int{http.StatusAccepted}, errors: []int{404}, acts: true, waits: true,
		about: "Prefer: respond-async and Prefer: wait=N as in the GovStack surface.",
	}, s.startInstance)
	handle(a, operation{
		id: "listInstances", method: http.MethodGet, path: "/api/v1/instances", tag: tagInstances,
		summary: "List instances, newest first", errors: []int{404},
	}, s.listInstances)
	handle(a, operation{
		id: "showInstance", method: http.MethodGet, path: "/api/v1/instances/{id}", tag: tagInstances,
		summary: "Show an instance with its input and output", errors: []int{404},
	}, s.showInstance)
	handle(a, operation{
		id: "instanceState", method: http.MethodGet, path: "/api/v1/instances/{id}/state", tag: tagInstances,
		summary: "Where an instance stands: tokens, timers, incidents, variables", errors: []int{404, 409},
	}, s.instanceState)
	handle(a, operation{
		id: "instanceVariables", method: http.MethodGet, path: "/api/v1/instances/{id}/variables", tag: tagInstances,
		summary: "The variables of an instance; its output when it has ended", errors: []int{404, 409},
	}, s.instanceVariables)
	set := operation{
		id: "setVariables", method: http.MethodPatch, path: "/api/v1/instances/{id}/variables", tag: tagInstances,
		summary: "Set the variables named and leave the others", errors: []int{404, 409, 422},
	}
	handleBody(a, set, s.setVariables)
	set.id, set.method = "putVariables", http.MethodPut
	handleBody(a, set, s.setVariables)
	handle(a, operation{
		id: "instanceHistory", method: http.MethodGet, path: "/api/v1/instances/{id}/history", tag: tagInstances,
		summary: "The steps of an instance, oldest first, also after its end", errors: []int{404, 409},
	}, s.instanceHistory)
	handleBody(a, operation{
		id: "stopInstance", method: http.MethodPost, path: "/api/v1/instances/{id}/stop", tag: tagInstances,
		summary: "Stop an instance", also: []int{http.StatusAccepted}, errors: []int{404}, acts: true, optional: true,
		about: "202 means that the stop is recorded and will be carried out as soon as the instance can be reached.",
	}, s.stopInstance)
}

// StartBody starts an instance.
type StartBody struct {
	Process     string `json:"process" minLength:"1" maxLength:"600" doc:"A process id, key:version, uuid, or a key for the latest enabled version."`
	BusinessKey string `json:"businessKey,omitempty" maxLength:"255"`
	Variables   Values `json:"variables,omitempty" doc:"The initial state."`
	Start       string `json:"start,omitempty" maxLength:"255" doc:"The id of a start event; absent for the none start event."`
	OnBehalfOf  string `json:"onBehalfOf,omitempty" maxLength:"255" doc:"The person to record as the one for whom it is started."`
}

func (s *server) startInstance(ctx context.Context, _ *none, body *StartBody) (*instanceAnswer, error) {
	actor := actorOf(ctx)
	if body.OnBehalfOf != "" {
		actor = onBehalfOf(actor, body.OnBehalfOf)
	}
	started, err := s.start(ctx, actor, service.Start{
		Process: body.Process, BusinessKey: body.BusinessKey, Event: body.Start, Variables: body.Variables.variables(),
	})
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &instanceAnswer{
		Status: started.status, PreferenceApplied: started.applied,
		Location: pathOf("api", "v1", "instances", started.instance.ID), Body: instanceView(started.instance),
	}, nil
}

func (s *server) listInstances(ctx context.Context, in *instanceQuery) (*list[Instance], error) {
	var base repository.InstanceFilter
	if in.Process != "" {
		var err error
		if base, err = s.service.InstancesOf(ctx, in.Process); err != nil {
			return nil, s.problem(ctx, err)
		}
	}
	rows, next, err := s.service.Instances(ctx, in.filter(base), in.page())
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return listOf(ctx, rows, next, instanceSummary), nil
}

type instanceShown struct{ Body Instance }

func (s *server) showInstance(ctx context.Context, in *instanceRef) (*instanceShown, error) {
	instance, err := s.service.Instance(ctx, in.ID)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &instanceShown{Body: instanceView(instance)}, nil
}

// InstanceState says where an instance stands.
type InstanceState struct {
	Tokens    []Token        `json:"tokens"`
	Timers    []Timer        `json:"timers"`
	Incidents []OpenIncident `json:"incidents"`
	Variables Object         `json:"variables"`
}

// Token is one place where an instance waits (GS-3.3).
type Token struct {
	ID      string `json:"id"`
	Element string `json:"element"`
	Name    string `json:"name,omitempty"`
	Kind    string `json:"kind"`
	Waiting string `json:"waiting" doc:"For an activity, task, message, signal, timer, child, join, event or incident."`
}

// Timer is a timer that runs.
type Timer struct {
	ID      string    `json:"id"`
	Element string    `json:"element"`
	Due     time.Time `json:"due"`
}

// OpenIncident is an incident as the instance itself knows it.
type OpenIncident struct {
	ID      string `json:"id"`
	Element string `json:"element"`
	Kind    string `json:"kind"`
	Message string `json:"message"`
}

func tokenView(t protocol.TokenView) Token {
	return Token{ID: t.ID, Element: t.Element, Name: t.Name, Kind: t.Kind, Waiting: t.Waiting}
}

func timerView(t protocol.TimerView) Timer {
	return Timer{ID: t.ID, Element: t.Element, Due: utc(t.Due)}
}

func openIncidentView(i protocol.IncidentView) OpenIncident {
	return OpenIncident{ID: i.ID, Element: i.Element, Kind: i.Kind, Message: i.Message}
}

type stateAnswer struct{ Body InstanceState }

func (s *server) instanceState(ctx context.Context, in *instanceRef) (*stateAnswer, error) {
	view, err := s.service.State(ctx, in.ID)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &stateAnswer{Body: InstanceState{
		Tokens:    convertAll(view.Tokens, tokenView),
		Timers:    convertAll(view.Timers, timerView),
		Incidents: convertAll(view.Incidents, openIncidentView),
		Variables: Object(view.Variables),
	}}, nil
}

func (s *server) instanceVariables(ctx context.Context, in *instanceRef) (*objectAnswer, error) {
	variables, err := s.service.Variables(ctx, in.ID)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &objectAnswer{Body: Object(variables)}, nil
}

// VariablesBody sets variables.
type VariablesBody struct {
	Variables Values `json:"variables"`
}

func (s *server) setVariables(ctx context.Context, in *instanceRef, body *VariablesBody) (*objectAnswer, error) {
	if err := s.service.SetVariables(ctx, actorOf(ctx), operationID(ctx), in.ID, body.Variables.variables()); err != nil {
		return nil, s.problem(ctx, err)
	}
	return s.instanceVariables(ctx, in)
}

// Step is one step of an instance.
type Step struct {
	Time    time.Time `json:"time"`
	Verb    string    `json:"verb"`
	Element string    `json:"element,omitempty"`
	Name    string    `json:"name,omitempty"`
	ID      string    `json:"id,omitempty" doc:"The element instance."`
	Detail  string    `json:"detail,omitempty"`
}

func stepView(e protocol.HistoryEntry) Step {
	return Step{Time: utc(e.Time), Verb: e.Verb, Element: e.Element, Name: e.Name, ID: e.ID, Detail: e.Detail}
}

type historyQuery struct {
	ID string `path:"id" maxLength:"255"`
	Paged
}

func (s *server) instanceHistory(ctx context.Context, in *historyQuery) (*list[Step], error) {
	steps, next, err := s.service.History(ctx, in.ID, in.page())
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return listOf(ctx, steps, next, stepView), nil
}

// StopBody may say why.
type StopBody struct {
	Reason string `json:"reason,omitempty" maxLength:"1000"`
}

func (s *server) stopInstance(ctx context.Context, in *instanceRef, body *StopBody) (*instanceAnswer, error) {
	instance, err := s.stop(ctx, in.ID, body.Reason)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	answer := &instanceAnswer{Status: http.StatusOK, Location: pathOf("api", "v1", "instances", instance.ID), Body: instanceView(instance)}
	if instance.State == repository.Running {
		answer.Status = http.StatusAccepted
	}
	return answer, nil
}
