package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/perdure/perdure/api/service"
	"github.com/perdure/perdure/protocol"
	"github.com/perdure/perdure/repository"
)

// started is the answer of a start, on either surface.
type started struct {
	instance repository.Instance
	status   int
	applied  string // Preference-Applied
	waited   bool   // until the end
}

// start starts an instance as Prefer asks: at once, asynchronously, or waiting
// for its end.
func (s *server) start(ctx context.Context, actor protocol.Actor, start service.Start) (started, error) {
	preference := preferenceFrom(ctx)
	start.ID = operationID(ctx)
	in, err := s.service.Start(ctx, actor, start)
	if err != nil {
		return started{}, err
	}
	answer := started{instance: in, status: http.StatusCreated, applied: preference.applied()}
	s.metrics.starts.Inc()
	switch {
	case preference.wait > 0:
		waiting, cancel := context.WithTimeout(ctx, preference.wait)
		defer cancel()
		if answer.instance, err = s.service.AwaitEnd(waiting, in.ID); err != nil {
			return answer, err
		}
		answer.waited = answer.instance.State != repository.Running
		if !answer.waited {
			answer.status = http.StatusAccepted
		}
	case preference.async:
		answer.status = http.StatusAccepted
	}
	return answer, nil
}

// stop stops an instance. One that was stopped before is answered like the
// first time, one that ended otherwise is a conflict.
func (s *server) stop(ctx context.Context, id, reason string) (repository.Instance, error) {
	in, err := s.service.Stop(ctx, actorOf(ctx), id, reason)
	if errors.Is(err, repository.ErrConflict) {
		return in, newProblem(kindEnded, "the instance ended before: "+in.State)
	}
	if err == nil && in.State != repository.Running && in.State != string(protocol.Stopped) {
		return in, newProblem(kindEnded, "the instance ended before it could be stopped: "+in.State)
	}
	return in, err
}
