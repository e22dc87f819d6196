package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"go.temporal.io/sdk/client"
	"golang.org/x/sync/errgroup"

	"github.com/perdure/perdure/dispatch"
	"github.com/perdure/perdure/protocol"
	"github.com/perdure/perdure/repository"
)

// Instance answers one instance with its input and output.
func (s *Service) Instance(ctx context.Context, id string) (repository.Instance, error) {
	return s.repository.Instance(ctx, id)
}

// Instances lists instances without their input and output, newest first.
func (s *Service) Instances(ctx context.Context, f repository.InstanceFilter, page repository.Page) ([]repository.Instance, string, error) {
	return s.repository.ListInstances(ctx, f, page)
}

// State asks a running instance where it stands. An instance that has ended
// stands nowhere and keeps its output.
func (s *Service) State(ctx context.Context, id string) (protocol.StateView, error) {
	in, err := s.repository.Instance(ctx, id)
	if err != nil {
		return protocol.StateView{}, err
	}
	if in.State != repository.Running {
		return protocol.StateView{Tokens: []protocol.TokenView{}, Variables: object(in.Output)}, nil
	}
	var view protocol.StateView
	if err := s.query(ctx, id, protocol.StateQuery, &view); err != nil {
		return view, err
	}
	if view.Tokens == nil {
		view.Tokens = []protocol.TokenView{}
	}
	return view, nil
}

// Variables answers the variables of an instance as a JSON object: the current
// ones while it runs, its output when it has ended.
func (s *Service) Variables(ctx context.Context, id string) (json.RawMessage, error) {
	in, err := s.repository.Instance(ctx, id)
	if err != nil {
		return nil, err
	}
	if in.State != repository.Running {
		return object(in.Output), nil
	}
	var variables json.RawMessage
	if err := s.query(ctx, id, protocol.VariablesQuery, &variables); err != nil {
		return nil, err
	}
	return object(variables), nil
}

// SetVariables changes the variables named and leaves the others.
func (s *Service) SetVariables(ctx context.Context, actor protocol.Actor, operation, id string, variables Variables) error {
	if _, err := s.repository.Instance(ctx, id); err != nil {
		return err
	}
	values, err := variables.object()
	if err != nil {
		return err
	}
	return s.event(ctx, id, operation, protocol.Incoming{Actor: actor, Set: &protocol.SetVariables{Variables: object(values)}})
}

// object is a JSON object that may be missing.
func object(data json.RawMessage) json.RawMessage {
	if len(data) == 0 {
		return json.RawMessage("{}")
	}
	return data
}

// query asks an instance, of its latest run.
func (s *Service) query(ctx context.Context, id, name string, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	return s.dispatcher.Query(ctx, id, "", name, answer)
}

// event hands an event to an instance and waits until it is taken.
func (s *Service) event(ctx context.Context, id, operation string, in protocol.Incoming) error {
	ctx, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	_, err := s.dispatcher.Event(ctx, id, operation, in)
	return err
}

// Stop ends an instance before its time. The wish is on disk first: when the
// instance cannot be reached it still runs in the answer, and is stopped later.
func (s *Service) Stop(ctx context.Context, actor protocol.Actor, id, reason string) (repository.Instance, error) {
	in, err := s.repository.RequestStop(ctx, actor, id, reason)
	if err != nil {
		if in, found := s.repository.Instance(ctx, id); found == nil && in.State == string(protocol.Stopped) {
			return in, nil // somebody else was as eager
		}
		return in, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerWait)
	defer cancel()
	if err := s.dispatcher.Stop(ctx, in, actor); err != nil {
		s.later(ctx, "stop", id, err)
		return s.repository.Instance(context.WithoutCancel(ctx), id)
	}
	return s.AwaitEnd(ctx, id)
}

// maxStops bounds how many instances one request stops.
const maxStops = 1000

// StopAll stops the running instances of a process: of one version, or of all
// versions where ref is a key. It answers how many it has seen to, and whether
// all of them have ended.
func (s *Service) StopAll(ctx context.Context, actor protocol.Actor, ref, reason string) (process repository.Process, stopped int, all bool, err error) {
	if process, err = s.repository.ProcessByRef(ctx, ref); err != nil {
		return process, 0, false, err
	}
	filter := instancesOf(process, ref)
	filter.State = repository.Running
	all = true
	for cursor := ""; ; {
		rows, next, err := s.repository.ListInstances(ctx, filter, repository.Page{Limit: repository.MaxLimit, Cursor: cursor})
		if err != nil {
			return process, stopped, false, err
		}
		ended, err := s.stopEach(ctx, actor, rows, reason)
		if err != nil {
			return process, stopped, false, err
		}
		stopped, all, cursor = stopped+len(rows), all && ended, next
		if cursor == "" || stopped >= maxStops {
			return process, stopped, all && cursor == "", nil
		}
	}
}

// stopEach stops several instances and reports whether all of them have ended.
func (s *Service) stopEach(ctx context.Context, actor protocol.Actor, rows []repository.Instance, reason string) (bool, error) {
	ended := make([]bool, len(rows))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for i, row := range rows {
		group.Go(func() error {
			in, err := s.Stop(ctx, actor, row.ID, reason)
			if errors.Is(err, repository.ErrConflict) { // it ended by itself meanwhile
				ended[i] = true
				return nil
			}
			ended[i] = in.State != repository.Running
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return false, fmt.Errorf("stop instances: %w", err)
	}
	return !slices.Contains(ended, false), nil
}

// Available says whether Temporal answers.
func (s *Service) Available(ctx context.Context) error {
	if _, err := s.temporal.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
		return fmt.Errorf("temporal: %w", err)
	}
	return nil
}

// IsUnavailable holds for errors that another attempt may mend.
func IsUnavailable(err error) bool {
	return errors.Is(err, dispatch.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded)
}

// InstancesOf is the filter for the instances of a process: of one version, or
// of all versions where ref is a key.
func (s *Service) InstancesOf(ctx context.Context, ref string) (repository.InstanceFilter, error) {
	p, err := s.repository.ProcessByRef(ctx, ref)
	return instancesOf(p, ref), err
}

func instancesOf(p repository.Process, ref string) repository.InstanceFilter {
	if ref == p.Key {
		return repository.InstanceFilter{Key: p.Key}
	}
	return repository.InstanceFilter{ProcessID: p.ID}
}
