package engine

import (
	"github.com/perdure/perdure/interpreter/expr"
)

// Event is something that happened to an instance. The host reports it.
//
//sumtype:decl
type Event interface{ event() }

type (
	// Started opens the instance at a start event; an empty Start means the
	// none start event.
	Started struct {
		Start     string
		Variables expr.Variables
	}

	// ActivityCompleted reports the result of a RunActivity. Result is any
	// value of the expr model.
	ActivityCompleted struct {
		ID     ElementID
		Result any
	}

	// ActivityFailed reports that a RunActivity failed for good: with a BPMN
	// error when ErrorCode is set, else technically.
	ActivityFailed struct {
		ID        ElementID
		ErrorCode string
		Message   string
		Data      expr.Variables // of a BPMN error
	}

	// TimerFired reports that a timer is due.
	TimerFired struct{ ID ElementID }

	// MessageReceived hands a correlated message to an open subscription.
	MessageReceived struct {
		ID        ElementID // of the subscription
		MessageID string    // a second delivery of it to the same subscription is stale; empty is never a second one
		Variables expr.Variables
	}

	// SignalReceived hands a broadcast signal to every open subscription.
	SignalReceived struct {
		Name      string
		Broadcast string // a second delivery of it is stale; empty is never a second one
		Variables expr.Variables
	}

	// TaskCompleted reports that a person completed a user task.
	TaskCompleted struct {
		ID        ElementID
		Variables expr.Variables
	}

	// ChildCompleted reports that a called instance ended. ErrorCode is set
	// when it ended by a BPMN error; Failure when its result could not be had.
	ChildCompleted struct {
		ID        ElementID
		Outcome   Outcome
		Variables expr.Variables
		ErrorCode string
		Message   string
		Failure   string
	}

	// IncidentResolved ends an incident in the way a person chose.
	IncidentResolved struct {
		ID        IncidentID
		Action    IncidentAction
		Variables expr.Variables
		ErrorCode string // of ThrowError
	}

	// VariablesSet changes variables of the instance from outside.
	VariablesSet struct{ Variables expr.Variables }

	// StopRequested ends the instance: everything is withdrawn.
	StopRequested struct{ Reason string }

	// Resumed lets an instance go on that has used up the steps of one Step.
	Resumed struct{}
)

func (Started) event()           {}
func (ActivityCompleted) event() {}
func (ActivityFailed) event()    {}
func (TimerFired) event()        {}
func (MessageReceived) event()   {}
func (SignalReceived) event()    {}
func (TaskCompleted) event()     {}
func (ChildCompleted) event()    {}
func (IncidentResolved) event()  {}
func (VariablesSet) event()      {}
func (StopRequested) event()     {}
func (Resumed) event()           {}

// IncidentAction is what a person does about an incident.
type IncidentAction string

// The actions.
const (
	Retry        IncidentAction = "retry"    // do the failed step again
	CompleteTask IncidentAction = "complete" // take the step as done, with these variables as its result
	ThrowError   IncidentAction = "throw"    // throw a BPMN error from the element
	Skip         IncidentAction = "skip"     // leave the element without a result
)
