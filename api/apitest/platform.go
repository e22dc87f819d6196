package apitest

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"github.com/perdure/perdure/protocol"
	"github.com/perdure/perdure/repository"
)

// Platform is an API whose instances behave as the simplest of processes does:
// each opens the user task "check" when it starts, and ends when that is
// completed, when it is stopped, or with Finish. It projects what it does as
// the interpreter would.
type Platform struct {
	*API

	Temporal *Temporal

	mu        sync.Mutex
	sequences map[string]uint64
	ended     map[string]bool
}

// NewPlatform makes a Platform.
func NewPlatform(t testing.TB) *Platform {
	t.Helper()
	p := &Platform{sequences: map[string]uint64{}, ended: map[string]bool{}}
	p.Temporal = &Temporal{
		OnStart: func(in protocol.Input) {
			p.project(t, in.Instance, protocol.Effect{OpenTask: &protocol.OpenTask{ID: "check#1", Element: "check", Name: "Check the order"}})
		},
		OnEvent: func(instance, _ string, in protocol.Incoming) (protocol.EventResult, error) {
			return p.event(t, instance, in)
		},
	}
	p.API = New(t, p.Temporal)
	return p
}

func (p *Platform) event(t testing.TB, instance string, in protocol.Incoming) (protocol.EventResult, error) {
	p.mu.Lock()
	ended := p.ended[instance]
	p.mu.Unlock()
	switch {
	case ended:
		return protocol.EventResult{}, temporal.NewApplicationError("it has ended", protocol.ErrTypeEnded)
	case in.Stop != nil:
		return p.end(t, instance, protocol.Result{Outcome: protocol.Stopped, Message: in.Stop.Reason}), nil
	case in.Task != nil && in.Task.Task == "check#1":
		p.project(t, instance, protocol.Effect{Actor: in.Actor, CloseTask: &protocol.CloseTask{ID: "check#1", Completed: true}})
		return p.end(t, instance, protocol.Result{Outcome: protocol.Completed, Variables: in.Task.Variables}), nil
	case in.Message != nil:
		return protocol.EventResult{}, nil
	case in.Incident != nil && in.Incident.Incident == "check#1" && p.raised(instance):
		p.project(t, instance, protocol.Effect{Actor: in.Actor, Clear: &protocol.ClearIncident{ID: "check#1", Action: in.Incident.Action}})
		return protocol.EventResult{}, nil
	case in.Set != nil, in.Signal != nil:
		return protocol.EventResult{}, nil
	}
	return protocol.EventResult{}, temporal.NewApplicationError("nothing is open there", protocol.ErrTypeNotOpen)
}

// Raise opens an incident of an instance and answers the id it is listed by.
func (p *Platform) Raise(t testing.TB, instance string) string {
	t.Helper()
	p.project(t, instance, protocol.Effect{Raise: &protocol.RaiseIncident{ID: "check#1", Element: "check", Instance: "check#1", Kind: "activity", Message: "no answer"}})
	return repository.IncidentID(instance, "check#1")
}

// raised reports whether the incident of an instance is open.
func (p *Platform) raised(instance string) bool {
	i, err := p.Repository.Incident(context.Background(), repository.IncidentID(instance, "check#1"))
	return err == nil && i.State == repository.IncidentOpen
}

// Await opens a message subscription of an instance.
func (p *Platform) Await(t testing.TB, instance, message, key string) {
	t.Helper()
	p.project(t, instance, protocol.Effect{Subscribe: &protocol.Subscribe{ID: "wait#2", Element: "wait", Kind: "message", Name: message, Key: key}})
}

// AwaitSignal opens a signal subscription of an instance.
func (p *Platform) AwaitSignal(t testing.TB, instance, signal string) {
	t.Helper()
	p.project(t, instance, protocol.Effect{Subscribe: &protocol.Subscribe{ID: "wait#3", Element: "wait", Kind: "signal", Name: signal}})
}

// Finish ends an instance with an output.
func (p *Platform) Finish(t testing.TB, instance, output string) {
	t.Helper()
	p.end(t, instance, protocol.Result{Outcome: protocol.Completed, Variables: json.RawMessage(output)})
}

func (p *Platform) end(t testing.TB, instance string, result protocol.Result) protocol.EventResult {
	p.Temporal.CloseWorkflow(instance)
	p.mu.Lock()
	p.ended[instance] = true
	p.mu.Unlock()
	p.project(t, instance, protocol.Effect{End: &protocol.End{Result: result}})
	return protocol.EventResult{Ended: &result}
}

func (p *Platform) project(t testing.TB, instance string, effects ...protocol.Effect) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sequences[instance]++
	_, err := p.Repository.Project(t.Context(), protocol.Batch{
		Instance: instance, Sequence: p.sequences[instance], Time: time.Now().UTC(), Effects: effects,
	})
	require.NoError(t, err)
}
