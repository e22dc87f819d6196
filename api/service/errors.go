package service

import (
	"fmt"

	"github.com/perdure/perdure/bpmn"
	"github.com/perdure/perdure/repository"
)

// DefinitionError says that files cannot be deployed, with every fault.
type DefinitionError struct {
	Faults []FileFault
}

// FileFault is a fault of one of several files.
type FileFault struct {
	// File is the place of the file in the request, from 0.
	File int
	Name string // empty when the file came without a name
	bpmn.Fault
}

// Error counts the faults.
func (e *DefinitionError) Error() string {
	errors := 0
	for _, f := range e.Faults {
		if f.Severity == bpmn.Error {
			errors++
		}
	}
	if errors == 1 {
		return "the definition has 1 error"
	}
	return fmt.Sprintf("the definition has %d errors", errors)
}

// StartError says that a process cannot be started as asked.
type StartError struct{ Reason string }

// Error tells the reason.
func (e *StartError) Error() string { return e.Reason }

// VariablesError says that variables are not acceptable.
type VariablesError struct {
	// Name is the variable, empty for all of them.
	Name   string
	Reason string
}

// Error tells the reason.
func (e *VariablesError) Error() string { return e.Reason }

// TaskClosedError says that a task is no longer open.
type TaskClosedError struct{ Task repository.Task }

// Error tells what became of the task.
func (e *TaskClosedError) Error() string {
	t := e.Task
	text := "the task was " + t.State
	if t.Ended != nil {
		text += " at " + t.Ended.UTC().Format("2006-01-02T15:04:05.000Z")
	}
	if t.CompletedBy != nil {
		text += " by " + t.CompletedBy.User
	}
	return text
}

// IncidentClosedError says that an incident is resolved already.
type IncidentClosedError struct{ Incident repository.Incident }

// Error tells how it was resolved.
func (e *IncidentClosedError) Error() string {
	return fmt.Sprintf("the incident was resolved before, by %q", e.Incident.Action)
}
