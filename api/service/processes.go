package service

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/perdure/perdure/bpmn"
	"github.com/perdure/perdure/protocol"
	"github.com/perdure/perdure/repository"
)

// Process answers the process that ref names: a full id, key:version, a uuid,
// or a key, which means the latest enabled version.
func (s *Service) Process(ctx context.Context, ref string) (repository.Process, error) {
	return s.repository.ProcessByRef(ctx, ref)
}

// Source answers the BPMN file that a process was deployed from, unchanged.
func (s *Service) Source(ctx context.Context, ref string) (repository.Process, []byte, error) {
	p, err := s.repository.ProcessByRef(ctx, ref)
	if err != nil {
		return p, nil, err
	}
	xml, err := s.repository.Source(ctx, p.ID)
	return p, xml, err
}

// Processes lists deployed versions.
func (s *Service) Processes(ctx context.Context, f repository.ProcessFilter, page repository.Page) ([]repository.Process, string, error) {
	return s.repository.ListProcesses(ctx, f, page)
}

// Update changes what describes a process. With XML it deploys a new version
// of it instead, which that file must hold.
func (s *Service) Update(ctx context.Context, actor protocol.Actor, ref string, update repository.ProcessUpdate, xml []byte) (repository.Process, error) {
	p, err := s.repository.ProcessByRef(ctx, ref)
	if err != nil {
		return p, err
	}
	if xml != nil {
		if p, err = s.replace(ctx, actor, p, update, xml); err != nil {
			return p, err
		}
	}
	return s.repository.UpdateProcess(ctx, actor, p.ID, update)
}

// replace deploys the next version of one process.
func (s *Service) replace(ctx context.Context, actor protocol.Actor, p repository.Process, update repository.ProcessUpdate, xml []byte) (repository.Process, error) {
	ready, _, err := prepare([]File{{Media: "application/xml", XML: xml, Describe: update}}, time.Now())
	if err != nil {
		return p, err
	}
	if !slices.ContainsFunc(ready[0].processes, func(n repository.NewProcess) bool { return n.Key == p.Key }) {
		return p, &DefinitionError{Faults: []FileFault{{Fault: bpmn.Fault{
			Rule: "other-process", Severity: bpmn.Error, Process: p.Key,
			Message: fmt.Sprintf("the file does not hold the process %q", p.Key),
			Hint:    "deploy the file instead, or keep the id of the process",
		}}}}
	}
	processes, _, err := s.store(ctx, actor, ready)
	for _, next := range processes {
		if next.Key == p.Key {
			p = next
		}
	}
	return p, err
}

// SetEnabled allows or forbids new instances of a process (GS-6.4.1).
func (s *Service) SetEnabled(ctx context.Context, actor protocol.Actor, ref string, enabled bool) (repository.Process, error) {
	p, err := s.repository.ProcessByRef(ctx, ref)
	if err != nil {
		return p, err
	}
	return s.repository.SetEnabled(ctx, actor, p.ID, enabled)
}

// Delete takes a process out of lists and starts; its instances go on.
func (s *Service) Delete(ctx context.Context, actor protocol.Actor, ref string) (repository.Process, error) {
	p, err := s.repository.ProcessByRef(ctx, ref)
	if err != nil {
		return p, err
	}
	return p, s.repository.DeleteProcess(ctx, actor, p.ID)
}
