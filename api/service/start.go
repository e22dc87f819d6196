package service

import (
	"context"
	"fmt"

	"github.com/perdure/perdure/bpmn"
	"github.com/perdure/perdure/protocol"
	"github.com/perdure/perdure/repository"
)

// Start asks for an instance of a process.
type Start struct {
	// ID makes the start unique: a second one with the same id answers the
	// first one's instance.
	ID string
	// Process is a reference as Process takes it.
	Process     string
	BusinessKey string
	// Event is the id of a start event, empty for the none start event.
	Event     string
	Variables Variables
}

// Start creates an instance and sets it going. Once it returns, the instance is
// on disk: if Temporal is away, the dispatcher starts the workflow later.
func (s *Service) Start(ctx context.Context, actor protocol.Actor, start Start) (repository.Instance, error) {
	process, err := s.repository.ProcessByRef(ctx, start.Process)
	if err != nil {
		return repository.Instance{}, err
	}
	if err := s.startable(ctx, process, start.Event); err != nil {
		return repository.Instance{}, err
	}
	variables, err := start.Variables.object()
	if err != nil {
		return repository.Instance{}, err
	}
	in, existed, err := s.repository.CreateInstance(ctx, actor, repository.NewInstance{
		ID: start.ID, ProcessID: process.ID, BusinessKey: start.BusinessKey, Start: start.Event,
		Trigger: repository.StartedByAPI, Variables: variables,
	})
	if err != nil || existed && in.Dispatched {
		return in, err
	}
	s.launch(ctx, in)
	return in, nil
}

// startable refuses a process without the start event that is asked for.
func (s *Service) startable(ctx context.Context, p repository.Process, event string) error {
	switch {
	case !p.Executable:
		return &StartError{Reason: fmt.Sprintf("the process %q is a drawing: isExecutable is false", p.Key)}
	case event == "" && p.HasNoneStart:
		return nil
	case event == "":
		return &StartError{Reason: fmt.Sprintf("the process %q has no none start event; name one of its start events", p.Key)}
	}
	data, err := s.repository.Graph(ctx, p.SHA256)
	if err != nil {
		return err
	}
	graph, err := bpmn.ReadGraph(data)
	if err != nil {
		return err
	}
	if n := graph.Node(event); n == nil || n.Kind != bpmn.StartEvent || n.Parent != "" {
		return &StartError{Reason: fmt.Sprintf("the process %q has no start event %q", p.Key, event)}
	}
	return nil
}

// launch starts the workflow of an instance that is committed.
func (s *Service) launch(ctx context.Context, in repository.Instance) {
	// Who hangs up does not take back what is committed.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), startWait)
	defer cancel()
	s.later(ctx, "start", in.ID, s.dispatcher.Start(ctx, in))
}

// AwaitEnd waits for the end of an instance and answers it as it is then, or as
// it is when ctx is done.
func (s *Service) AwaitEnd(ctx context.Context, id string) (repository.Instance, error) {
	in, err := s.dispatcher.AwaitEnd(ctx, id)
	if ctx.Err() == nil {
		return in, err
	}
	if in.ID == "" {
		return s.repository.Instance(context.WithoutCancel(ctx), id)
	}
	return in, nil
}
