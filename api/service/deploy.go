package service

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/perdure/perdure/bpmn"
	"github.com/perdure/perdure/bpmn/model"
	"github.com/perdure/perdure/dispatch"
	"github.com/perdure/perdure/interpreter/expr"
	"github.com/perdure/perdure/protocol"
	"github.com/perdure/perdure/repository"
)

// File is one BPMN file to validate or to deploy.
type File struct {
	Name  string // as its sender calls it, or empty
	Media string
	// XML is BPMN 2.0.2.
	XML []byte
	// Describe, if set, overrides what the file says of its first process.
	Describe repository.ProcessUpdate
}

// Deployed says what a deployment has done.
type Deployed struct {
	Processes []repository.Process
	// Created is false when everything was deployed before, unchanged.
	Created  bool
	Warnings []FileFault
}

// compiled is a file that can be deployed.
type compiled struct {
	File
	processes []repository.NewProcess
}

// Validate answers every fault of the files, warnings included, and changes
// nothing.
func (s *Service) Validate(files []File) []FileFault {
	_, faults := compileAll(files, time.Now())
	return faults
}

// Deploy makes new versions of all processes in the files. Files with an error
// are a *DefinitionError, and then none of the files is deployed.
func (s *Service) Deploy(ctx context.Context, actor protocol.Actor, files []File) (Deployed, error) {
	ready, warnings, err := prepare(files, time.Now())
	if err != nil {
		return Deployed{}, err
	}
	processes, created, err := s.store(ctx, actor, ready)
	return Deployed{Processes: processes, Created: created, Warnings: warnings}, err
}

// prepare compiles files, or answers a *DefinitionError.
func prepare(files []File, now time.Time) ([]compiled, []FileFault, error) {
	ready, faults := compileAll(files, now)
	for _, f := range faults {
		if f.Severity == bpmn.Error {
			return nil, faults, &DefinitionError{Faults: faults}
		}
	}
	return ready, faults, nil
}

// store deploys files, each in a transaction of its own.
func (s *Service) store(ctx context.Context, actor protocol.Actor, ready []compiled) (all []repository.Process, created bool, err error) {
	for _, file := range ready {
		processes, fresh, err := s.repository.Deploy(ctx, actor,
			repository.Deployment{Source: file.XML, Media: file.Media, Processes: file.processes})
		if err != nil {
			return all, created, err
		}
		all, created = append(all, processes...), created || fresh
	}
	return all, created, nil
}

func compileAll(files []File, now time.Time) ([]compiled, []FileFault) {
	var ready []compiled
	var all []FileFault
	keys := map[string]string{}
	for i, file := range files {
		processes, faults := compile(file, now)
		for _, p := range processes {
			if other, twice := keys[p.Key]; twice {
				faults = append(faults, bpmn.Fault{
					Rule: "duplicate-process", Severity: bpmn.Error, Process: p.Key, Element: p.Key,
					Message: fmt.Sprintf("the process %q is also in the file %q", p.Key, other),
					Hint:    "deploy one of them, or give one another id",
				})
			}
			keys[p.Key] = file.Name
		}
		for _, f := range faults {
			all = append(all, FileFault{File: i, Name: file.Name, Fault: f})
		}
		ready = append(ready, compiled{File: file, processes: processes})
	}
	return ready, all
}

// compile reads a file and describes its processes: those that can be executed
// with their graphs, the others as drawings.
func compile(file File, now time.Time) ([]repository.NewProcess, bpmn.Faults) {
	definitions, faults := bpmn.Read(file.XML)
	if definitions == nil {
		return nil, faults
	}
	list, faults := definitions.Compile()
	if faults.Err() != nil {
		return nil, faults
	}
	graphs := map[string]*bpmn.Graph{}
	for _, g := range list {
		graphs[g.ID] = g
	}
	var processes []repository.NewProcess
	for _, root := range definitions.RootElements {
		p, ok := root.(*model.Process)
		if !ok {
			continue
		}
		n := describe(definitions, p)
		if g := graphs[p.ID]; g != nil {
			starts, wrong := startTriggers(p.ID, g, now)
			faults = append(faults, wrong...)
			n.Graph, n.SHA256, n.Starts, n.HasNoneStart = g.JSON(), g.SHA256(), starts, hasNoneStart(g)
		}
		if len(processes) == 0 {
			n = overridden(n, file.Describe)
		}
		processes = append(processes, n)
	}
	return processes, faults
}

func describe(d *bpmn.Definitions, p *model.Process) repository.NewProcess {
	n := repository.NewProcess{
		Key: p.ID, Name: p.Name, Type: p.ProcessType, Closed: p.IsClosed, Category: d.TargetNamespace,
	}
	if n.Name == "" {
		n.Name = p.ID
	}
	for _, text := range p.Documentation {
		if n.Description != "" {
			n.Description += "\n"
		}
		n.Description += text.Text
	}
	return n
}

func overridden(n repository.NewProcess, by repository.ProcessUpdate) repository.NewProcess {
	if by.Name != nil {
		n.Name = *by.Name
	}
	if by.Type != nil {
		n.Type = *by.Type
	}
	if by.Description != nil {
		n.Description = *by.Description
	}
	if by.Closed != nil {
		n.Closed = *by.Closed
	}
	return n
}

func hasNoneStart(g *bpmn.Graph) bool {
	for _, n := range g.Starts() {
		if len(n.Events) == 0 {
			return true
		}
	}
	return false
}

// startTriggers lists what starts the process from outside.
func startTriggers(process string, g *bpmn.Graph, now time.Time) ([]repository.StartTrigger, bpmn.Faults) {
	var triggers []repository.StartTrigger
	var faults bpmn.Faults
	for _, n := range g.Starts() {
		for _, event := range n.Events {
			trigger := repository.StartTrigger{Element: n.ID, Kind: string(event.Kind), Name: event.Name}
			if event.Kind == bpmn.TimerEvent {
				var err error
				if trigger.Timer, trigger.Due, err = startTimer(event.Timer, now); err != nil {
					faults = append(faults, bpmn.Fault{
						Rule: "timer-definition", Severity: bpmn.Error, Process: process, Element: n.ID,
						Message: fmt.Sprintf("the timer of start event %q: %v", n.ID, err),
						Hint:    "correct the timer; no variable exists before an instance does",
					})
					continue
				}
			}
			triggers = append(triggers, trigger)
		}
	}
	return triggers, faults
}

// startTimer computes when a timer start event is due. Its expression sees the
// time of the deployment and no variables.
func startTimer(timer *bpmn.Timer, now time.Time) (json.RawMessage, *time.Time, error) {
	text := timer.Value.Text
	if timer.Value.Expr != "" {
		program, err := expr.Compile(timer.Value.Expr)
		if err != nil {
			return nil, nil, err
		}
		if text, err = program.String(expr.Env{Now: now}); err != nil {
			return nil, nil, err
		}
	}
	schedule, due, err := dispatch.NewSchedule(string(timer.Kind), text, now)
	if err != nil {
		return nil, nil, err
	}
	data, err := json.Marshal(schedule)
	if err != nil {
		return nil, nil, fmt.Errorf("keep the timer: %w", err)
	}
	return data, due, nil
}
