package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/perdure/perdure/api/service"
	"github.com/perdure/perdure/interpreter/iso8601"
	"github.com/perdure/perdure/repository"
)

const tagMessages = "Messages and signals"

// MessageBody publishes a message.
type MessageBody struct {
	Name           string `json:"name" minLength:"1" maxLength:"255"`
	CorrelationKey string `json:"correlationKey,omitempty" maxLength:"255"`
	InstanceID     string `json:"instanceId,omitempty" maxLength:"255" doc:"The only receiver, whatever its key."`
	MessageID      string `json:"messageId,omitempty" maxLength:"255" doc:"Makes the message unique: publishing it again changes nothing."`
	TimeToLive     string `json:"timeToLive,omitempty" maxLength:"64" doc:"How long it waits for a receiver, as an ISO 8601 duration. Default: it does not."`
	Variables      Values `json:"variables,omitempty"`
}

// Correlation says what became of a message.
type Correlation struct {
	MessageID string   `json:"messageId"`
	Duplicate bool     `json:"duplicate" doc:"Whether it was published before; the rest tells what became of it then."`
	Delivered []string `json:"delivered" doc:"The instances that receive it."`
	Started   []string `json:"started" doc:"The instances that it started."`
	Buffered  bool     `json:"buffered" doc:"Whether it waits for a receiver. A message that is neither received nor buffered is dropped."`
}

type correlationAnswer struct {
	Status int
	Body   Correlation
}

// SignalBody broadcasts a signal.
type SignalBody struct {
	Name       string `json:"name" minLength:"1" maxLength:"255"`
	InstanceID string `json:"instanceId,omitempty" maxLength:"255" doc:"The only receiver."`
	Variables  Values `json:"variables,omitempty"`
}

// Broadcast says what a signal sets off.
type Broadcast struct {
	ID        string   `json:"id"`
	Duplicate bool     `json:"duplicate"`
	Targets   int      `json:"targets" doc:"How many instances wait for it."`
	Started   []string `json:"started" doc:"The instances that it started."`
}

type broadcastAnswer struct{ Body Broadcast }

func (s *server) messages(a huma.API) {
	handleBody(a, operation{
		id: "publishMessage", method: http.MethodPost, path: "/api/v1/messages", tag: tagMessages,
		summary: "Publish a message to whoever waits for it", also: []int{http.StatusAccepted}, errors: []int{404}, acts: true,
		about: "At most one instance of each process receives it, the one that waits longest; start events of its name start an instance. " +
			"202 means that it is buffered.",
	}, s.publishMessage)
	handleBody(a, operation{
		id: "broadcastSignal", method: http.MethodPost, path: "/api/v1/signals", tag: tagMessages,
		summary: "Broadcast a signal to all that wait for it", status: http.StatusAccepted, errors: []int{404}, acts: true,
	}, s.broadcastSignal)
}

func (s *server) publishMessage(ctx context.Context, _ *none, body *MessageBody) (*correlationAnswer, error) {
	life, problem := timeToLive(body.TimeToLive)
	if problem != nil {
		return nil, problem
	}
	id := body.MessageID
	if id == "" {
		id = operationID(ctx)
	}
	p, err := s.service.Publish(ctx, actorOf(ctx), service.Message{
		ID: id, Name: body.Name, Correlation: body.CorrelationKey, Instance: body.InstanceID,
		TimeToLive: life, Variables: body.Variables.variables(),
	})
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	answer := &correlationAnswer{Status: http.StatusOK, Body: Correlation{
		MessageID: p.ID, Duplicate: p.Duplicate, Buffered: p.Buffered,
		Delivered: convertAll(p.Deliveries, func(d repository.Delivery) string { return d.Instance }),
		Started:   convertAll(p.Starts, instanceID),
	}}
	if p.Buffered {
		answer.Status = http.StatusAccepted
	}
	return answer, nil
}

func instanceID(in repository.Instance) string { return in.ID }

// maxLife is the longest that a message waits.
const maxLife = 366 * 24 * time.Hour

// timeToLive reads an ISO 8601 duration, counted from now.
func timeToLive(text string) (time.Duration, *Problem) {
	if text == "" {
		return 0, nil
	}
	duration, err := iso8601.ParseDuration(text)
	if err == nil {
		err = duration.CheckTimer()
	}
	if err != nil {
		return 0, wrong(err.Error(), "timeToLive")
	}
	now := time.Now()
	life := duration.AddTo(now).Sub(now)
	if life > maxLife {
		return 0, wrong("a message lives at most a year", "timeToLive")
	}
	return life, nil
}

func (s *server) broadcastSignal(ctx context.Context, _ *none, body *SignalBody) (*broadcastAnswer, error) {
	b, err := s.service.Broadcast(ctx, actorOf(ctx), service.Signal{
		ID: operationID(ctx), Name: body.Name, Instance: body.InstanceID, Variables: body.Variables.variables(),
	})
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &broadcastAnswer{Body: Broadcast{
		ID: b.ID, Duplicate: b.Duplicate, Targets: b.Targets, Started: convertAll(b.Starts, instanceID),
	}}, nil
}
