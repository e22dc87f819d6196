package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/perdure/perdure/api/service"
	"github.com/perdure/perdure/api/strictjson"
	"github.com/perdure/perdure/protocol"
	"github.com/perdure/perdure/repository"
)

// govInstanceRef names an instance in a path.
type govInstanceRef struct {
	InstanceID string `path:"instanceId" maxLength:"255"`
}

type govInstanceQuery struct {
	ProcessID string `query:"processId" maxLength:"600" doc:"Only instances of this process: a full id, a uuid, key:version, or a key for all versions."`
	Paged
}

type govInstanceList struct {
	Link string `header:"Link"`
	Body []GovInstance
}

// govStartedAnswer answers start and stop.
type govStartedAnswer struct {
	Status            int
	Location          string `header:"Location"`
	PreferenceApplied string `header:"Preference-Applied"`
	Body              GovStarted
}

func (s *server) govInstances(a huma.API) {
	handleRaw[govRef, GovStartBody](a, operation{
		id: "start", method: http.MethodPost, path: "/processes/{processId}/start", tag: tagGovStack,
		summary: "Start a process", status: http.StatusCreated, also: []int{http.StatusAccepted}, errors: []int{404}, acts: true, waits: true, lenient: true,
		about: "Without Prefer the answer is 201 at once. Prefer: respond-async answers 202 with Location; " +
			"Prefer: wait=N waits up to N seconds, at most 60, for the end and answers 201 with the final state and the variables, or 202 if the time runs out (RFC 7240).",
	}, s.govStart)
	instances := operation{id: "getInstances", method: http.MethodGet, path: "/instances/", tag: tagGovStack, summary: "List instances, newest first", errors: []int{404}}
	handle(a, instances, s.govListInstances)
	instances.id, instances.path = "getInstanceList", "/instances"
	handle(a, instances, s.govListInstances)
	handle(a, operation{
		id: "getInstance", method: http.MethodGet, path: "/instances/{instanceId}", tag: tagGovStack,
		summary: "Show an instance with its log", errors: []int{404},
	}, s.govGetInstance)
	handleRaw[govInstanceRef, GovStopBody](a, operation{
		id: "stop", method: http.MethodPost, path: "/instances/{instanceId}/stop", tag: tagGovStack,
		summary: "Stop an instance", status: http.StatusCreated, also: []int{http.StatusAccepted}, errors: []int{404}, acts: true, lenient: true, optional: true,
		about: "An instance that was stopped before is answered the same way; one that ended otherwise is a conflict. " +
			"202 means that the stop is recorded and will be carried out as soon as the instance can be reached.",
	}, s.govStop)
	handleRaw[govRef, GovStopBody](a, operation{
		id: "stopProcess", method: http.MethodPost, path: "/processes/{processId}/stop", tag: tagGovStack,
		summary: "Stop an instance, or all instances of a process", status: http.StatusCreated, also: []int{http.StatusAccepted},
		errors: []int{404}, acts: true, lenient: true, optional: true,
		about: "The id is taken as that of an instance first. 202 means that some instances still run; send the request again.",
	}, s.govStopProcess)
}

func (s *server) govStart(ctx context.Context, in *govRef, raw rawBody) (*govStartedAnswer, error) {
	var body GovStartBody
	if err := readJSON(raw, &body, strictjson.Options{AllowUnknown: true}); err != nil {
		return nil, s.problem(ctx, err)
	}
	variables, err := startVariables(raw.data, body)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	started, err := s.start(ctx, onBehalfOf(actorOf(ctx), body.ProcessStartedBy), service.Start{
		Process: in.ProcessID, BusinessKey: body.BusinessKey, Event: body.Start, Variables: variables,
	})
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	answer := &govStartedAnswer{
		Status: started.status, PreferenceApplied: started.applied,
		Location: pathOf("instances", started.instance.ID), Body: govStarted(started.instance),
	}
	if started.waited {
		output := Object(started.instance.Output)
		answer.Body.Variables = &output
	}
	return answer, nil
}

// onBehalfOf records for whom an actor says to act (decision: the actor is
// never taken from a body).
func onBehalfOf(actor protocol.Actor, person string) protocol.Actor {
	if person != actor.User {
		actor.OnBehalfOf = person
	}
	return actor
}

func (s *server) govListInstances(ctx context.Context, in *govInstanceQuery) (*govInstanceList, error) {
	var filter repository.InstanceFilter
	if in.ProcessID != "" {
		var err error
		if filter, err = s.service.InstancesOf(ctx, in.ProcessID); err != nil {
			return nil, s.problem(ctx, err)
		}
	}
	rows, next, err := s.service.Instances(ctx, filter, in.page())
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &govInstanceList{Link: linkNext(ctx, next), Body: convertAll(rows, govInstance)}, nil
}

type govInstanceAnswer struct {
	Body GovInstanceDetail
}

func (s *server) govGetInstance(ctx context.Context, in *govInstanceRef) (*govInstanceAnswer, error) {
	instance, err := s.service.Instance(ctx, in.InstanceID)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	log, err := s.service.Log(ctx, instance.ID)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &govInstanceAnswer{Body: govInstanceDetail(instance, log)}, nil
}

// GovStopBody may say why.
type GovStopBody struct {
	Reason string `json:"reason,omitempty" maxLength:"1000"`
}

func readStop(raw rawBody) (GovStopBody, error) {
	var body GovStopBody
	if len(raw.data) == 0 {
		return body, nil
	}
	return body, readJSON(raw, &body, strictjson.Options{AllowUnknown: true})
}

func (s *server) govStop(ctx context.Context, in *govInstanceRef, raw rawBody) (*govStartedAnswer, error) {
	body, err := readStop(raw)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	instance, err := s.stop(ctx, in.InstanceID, body.Reason)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return govStopped(instance), nil
}

func govStopped(in repository.Instance) *govStartedAnswer {
	answer := &govStartedAnswer{Status: http.StatusCreated, Location: pathOf("instances", in.ID), Body: govStarted(in)}
	if in.State == repository.Running {
		answer.Status = http.StatusAccepted
	}
	return answer
}

func (s *server) govStopProcess(ctx context.Context, in *govRef, raw rawBody) (*govStartedAnswer, error) {
	body, err := readStop(raw)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	if _, err := s.service.Instance(ctx, in.ProcessID); err == nil {
		instance, err := s.stop(ctx, in.ProcessID, body.Reason)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		return govStopped(instance), nil
	}
	process, _, all, err := s.service.StopAll(ctx, actorOf(ctx), in.ProcessID, body.Reason)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	answer := &govStartedAnswer{
		Status:   http.StatusCreated,
		Location: pathOf("processes", process.ID),
		Body:     GovStarted{ID: process.ID, ProcessRef: process.ID, Ended: all, State: string(protocol.Stopped)},
	}
	if !all {
		answer.Status, answer.Body.State = http.StatusAccepted, repository.Running
	}
	return answer, nil
}
