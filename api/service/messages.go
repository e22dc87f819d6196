package service

import (
	"context"
	"sync"
	"time"

	"github.com/perdure/perdure/protocol"
	"github.com/perdure/perdure/repository"
)

// Message asks for a message to be correlated.
type Message struct {
	ID          string // makes it unique
	Name        string
	Correlation string
	Instance    string // the only receiver, if set
	TimeToLive  time.Duration
	Variables   Variables
}

// Publish correlates a message and delivers it. What cannot be delivered at
// once stays promised.
func (s *Service) Publish(ctx context.Context, actor protocol.Actor, m Message) (repository.Publication, error) {
	if err := s.known(ctx, m.Instance); err != nil {
		return repository.Publication{}, err
	}
	variables, err := m.Variables.object()
	if err != nil {
		return repository.Publication{}, err
	}
	p, err := s.repository.Publish(ctx, actor, repository.NewMessage{
		ID: m.ID, Name: m.Name, Key: m.Correlation, Instance: m.Instance, Variables: variables, TimeToLive: m.TimeToLive,
	})
	if err != nil || p.Duplicate {
		return p, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerWait)
	defer cancel()
	var group sync.WaitGroup
	for _, delivery := range p.Deliveries {
		group.Go(func() { s.later(ctx, "delivery", delivery.ID, s.dispatcher.Deliver(ctx, delivery)) })
	}
	for _, in := range p.Starts {
		group.Go(func() { s.launch(ctx, in) })
	}
	group.Wait()
	return p, nil
}

// Signal asks for a signal to be broadcast.
type Signal struct {
	ID        string // makes it unique
	Name      string
	Instance  string // the only receiver, if set
	Variables Variables
}

// Broadcast throws a signal. It answers how many wait for it and what it
// started.
func (s *Service) Broadcast(ctx context.Context, actor protocol.Actor, signal Signal) (repository.Broadcasting, error) {
	variables, err := signal.Variables.object()
	if err != nil {
		return repository.Broadcasting{}, err
	}
	if signal.Instance != "" {
		return s.signalOne(ctx, actor, signal, protocol.SignalDelivery{Name: signal.Name, Broadcast: signal.ID, Variables: variables})
	}
	b, err := s.repository.Broadcast(ctx, actor, repository.NewBroadcast{ID: signal.ID, Name: signal.Name, Variables: variables})
	if err != nil || b.Duplicate {
		return b, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerWait)
	defer cancel()
	var group sync.WaitGroup
	group.Go(func() { s.later(ctx, "broadcast", b.ID, s.dispatcher.Broadcast(ctx, b.ID)) })
	for _, in := range b.Starts {
		group.Go(func() { s.launch(ctx, in) })
	}
	group.Wait()
	return b, nil
}

// signalOne hands a signal to one instance only.
func (s *Service) signalOne(ctx context.Context, actor protocol.Actor, signal Signal, delivery protocol.SignalDelivery) (repository.Broadcasting, error) {
	if err := s.known(ctx, signal.Instance); err != nil {
		return repository.Broadcasting{}, err
	}
	err := s.event(ctx, signal.Instance, signal.ID, protocol.Incoming{Actor: actor, Signal: &delivery})
	return repository.Broadcasting{ID: signal.ID, Targets: 1}, err
}

// known refuses an instance that does not exist; no instance is fine.
func (s *Service) known(ctx context.Context, instance string) error {
	if instance == "" {
		return nil
	}
	_, err := s.repository.Instance(ctx, instance)
	return err
}
