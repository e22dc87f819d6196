package api

import (
	"context"
	"errors"
	"log/slog"

	"github.com/perdure/perdure/api/service"
	"github.com/perdure/perdure/api/strictjson"
	"github.com/perdure/perdure/bpmn"
	"github.com/perdure/perdure/dispatch"
	"github.com/perdure/perdure/protocol"
	"github.com/perdure/perdure/repository"
)

// problem turns the error of an operation into its answer. What is not known
// here is a fault of the server: it is logged and not told.
func (s *server) problem(ctx context.Context, err error) *Problem {
	if p := problemOf(err); p != nil {
		return p
	}
	if ctx.Err() == nil && s.options.Repository.Ping(ctx) != nil {
		return newProblem(kindUnavailable, "the database does not answer")
	}
	s.logger.ErrorContext(ctx, "request failed", slog.Any("error", err), slog.String("trace_id", traceID(ctx)))
	return newProblem(kindInternal, "")
}

// problemOf knows the errors that callers are meant to see; nil for others.
func problemOf(err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	if e, ok := errors.AsType[*strictjson.Error](err); ok {
		return jsonProblem(e)
	}
	if e, ok := errors.AsType[*service.DefinitionError](err); ok {
		return newProblem(kindBPMN, e.Error(), faultErrors(e.Faults)...)
	}
	if e, ok := errors.AsType[*service.VariablesError](err); ok {
		return newProblem(kindBody, "the variables are not acceptable: "+e.Reason, ProblemError{Pointer: variablePointer(e.Name), Detail: e.Reason})
	}
	if e, ok := errors.AsType[*service.StartError](err); ok {
		return newProblem(kindNoStart, e.Reason)
	}
	if e, ok := errors.AsType[*service.TaskClosedError](err); ok {
		return newProblem(kindTaskClosed, e.Error())
	}
	if e, ok := errors.AsType[*service.IncidentClosedError](err); ok {
		return newProblem(kindNotOpen, e.Error())
	}
	if e, ok := errors.AsType[*service.CursorError](err); ok {
		return cursorProblem(e.Error())
	}
	return storeProblem(err)
}

// storeProblem knows the errors of repository and dispatch.
func storeProblem(err error) *Problem {
	if e, ok := errors.AsType[*repository.NotEnabledError](err); ok {
		return newProblem(kindDisabled, "the process "+e.Process+" takes no new instances: "+e.Reason)
	}
	if e, ok := errors.AsType[*repository.BadCursorError](err); ok {
		return cursorProblem("the cursor " + e.Cursor + " was not made by this list")
	}
	if e, ok := errors.AsType[*dispatch.RefusedError](err); ok {
		return refusedProblem(e)
	}
	switch {
	case errors.Is(err, repository.ErrNotFound):
		return newProblem(kindNotFound, "there is nothing of this name, or no longer")
	case errors.Is(err, repository.ErrConflict):
		return newProblem(kindConflict, "the state of the object does not allow it; read it again")
	case service.IsUnavailable(err), errors.Is(err, context.Canceled):
		return newProblem(kindUnavailable, "no answer came in time from Temporal or the worker")
	}
	return nil
}

func refusedProblem(e *dispatch.RefusedError) *Problem {
	switch e.Type {
	case protocol.ErrTypeEnded:
		return newProblem(kindEnded, e.Message)
	case protocol.ErrTypeNotOpen:
		return newProblem(kindNotOpen, e.Message)
	case protocol.ErrTypeConflict:
		return newProblem(kindConflict, e.Message)
	default:
		return newProblem(kindUnprocessed, e.Message)
	}
}

func cursorProblem(detail string) *Problem {
	return newProblem(kindParameter, "the cursor is not valid", ProblemError{Parameter: "cursor", Detail: detail})
}

func jsonProblem(e *strictjson.Error) *Problem {
	faults := make([]ProblemError, len(e.Faults))
	for i, f := range e.Faults {
		faults[i] = ProblemError{Pointer: f.Pointer, Line: f.Line, Column: f.Column, Code: string(f.Code), Detail: f.Message}
	}
	k := kindJSON
	if !e.IsSyntax() {
		k = kindBody
	}
	return newProblem(k, e.Error(), faults...)
}

func faultErrors(faults []service.FileFault) []ProblemError {
	converted := make([]ProblemError, len(faults))
	for i, f := range faults {
		converted[i] = ProblemError{
			Pointer: elementPointer(f.Fault), ElementID: f.Element, Line: f.Line, Column: f.Column,
			Code: f.Rule, Detail: f.Message, Hint: f.Hint,
		}
	}
	return converted
}

// elementPointer names where a fault is in the definition.
func elementPointer(f bpmn.Fault) string {
	switch {
	case f.Process != "" && f.Element != "" && f.Element != f.Process:
		return strictjson.Pointer("definitions", f.Process, f.Element)
	case f.Element != "":
		return strictjson.Pointer("definitions", f.Element)
	case f.Process != "":
		return strictjson.Pointer("definitions", f.Process)
	}
	return "/definitions"
}

func variablePointer(name string) string {
	if name == "" {
		return "/variables"
	}
	return strictjson.Pointer("variables", name)
}

// wrong makes the problem of one place in a body.
func wrong(detail string, path ...string) *Problem {
	return newProblem(kindBody, detail, ProblemError{Pointer: strictjson.Pointer(path...), Detail: detail})
}
