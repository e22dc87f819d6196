package model

// Event is something that happens (BPMN 2.0.2, 10.5).
type Event interface {
	FlowNode
	Event() *EventPart
}

// EventPart is what all events have.
type EventPart struct {
	FlowNodePart
	Properties          []*Property            `bpmn:"property"`
	EventDefinitions    []EventDefinition      `bpmn:"*"`
	EventDefinitionRefs []Ref[EventDefinition] `bpmn:"eventDefinitionRef"`
}

// Event returns the part itself.
func (e *EventPart) Event() *EventPart { return e }

// Definitions returns the event definitions, whether they stand in the event
// or are referred to.
func (e *EventPart) Definitions() []EventDefinition {
	all := append([]EventDefinition(nil), e.EventDefinitions...)
	for i := range e.EventDefinitionRefs {
		if d := e.EventDefinitionRefs[i].Target; d != nil {
			all = append(all, d)
		}
	}
	return all
}

// CatchEvent is an event that waits.
type CatchEvent interface {
	Event
	Catch() *CatchPart
}

// CatchPart is what all catch events have.
type CatchPart struct {
	EventPart
	ParallelMultiple       bool                     `bpmn:"@parallelMultiple"`
	DataOutputs            []*DataOutput            `bpmn:"dataOutput"`
	DataOutputAssociations []*DataOutputAssociation `bpmn:"dataOutputAssociation"`
	OutputSet              *OutputSet               `bpmn:"outputSet"`
}

// Catch returns the part itself.
func (c *CatchPart) Catch() *CatchPart { return c }

// ThrowEvent is an event that the process causes.
type ThrowEvent interface {
	Event
	Throw() *ThrowPart
}

// ThrowPart is what all throw events have.
type ThrowPart struct {
	EventPart
	DataInputs            []*DataInput            `bpmn:"dataInput"`
	DataInputAssociations []*DataInputAssociation `bpmn:"dataInputAssociation"`
	InputSet              *InputSet               `bpmn:"inputSet"`
}

// Throw returns the part itself.
func (t *ThrowPart) Throw() *ThrowPart { return t }

// StartEvent is where a process or sub-process begins (BPMN 2.0.2, 10.5.2).
type StartEvent struct {
	CatchPart
	IsInterrupting bool `bpmn:"@isInterrupting=true"`
}

// IntermediateCatchEvent waits in the flow (BPMN 2.0.2, 10.5.4).
type IntermediateCatchEvent struct{ CatchPart }

// BoundaryEvent waits while an activity is active (BPMN 2.0.2, 10.5.4).
type BoundaryEvent struct {
	CatchPart
	CancelActivity bool          `bpmn:"@cancelActivity=true"`
	AttachedToRef  Ref[FlowNode] `bpmn:"@attachedToRef"`
}

// EndEvent is where a path ends (BPMN 2.0.2, 10.5.3).
type EndEvent struct{ ThrowPart }

// IntermediateThrowEvent throws within the flow (BPMN 2.0.2, 10.5.4).
type IntermediateThrowEvent struct{ ThrowPart }

// ImplicitThrowEvent is thrown by a multi-instance activity.
type ImplicitThrowEvent struct{ ThrowPart }

// EventDefinition says what an event waits for or throws (BPMN 2.0.2, 10.5.5).
type EventDefinition interface {
	RootElement
	eventDefinition()
}

// EventDefinitionPart is what all event definitions have.
type EventDefinitionPart struct {
	inDefinitions
	BaseElement
}

func (EventDefinitionPart) eventDefinition() {}

// MessageEventDefinition waits for or throws a message.
type MessageEventDefinition struct {
	EventDefinitionPart
	MessageRef   Ref[*Message]   `bpmn:"@messageRef"`
	OperationRef Ref[*Operation] `bpmn:"operationRef"`
}

// TimerEventDefinition waits for a time.
type TimerEventDefinition struct {
	EventDefinitionPart
	TimeDate     *Expression `bpmn:"timeDate"`
	TimeDuration *Expression `bpmn:"timeDuration"`
	TimeCycle    *Expression `bpmn:"timeCycle"`
}

// SignalEventDefinition waits for or broadcasts a signal.
type SignalEventDefinition struct {
	EventDefinitionPart
	SignalRef Ref[*Signal] `bpmn:"@signalRef"`
}

// ErrorEventDefinition catches or throws an error.
type ErrorEventDefinition struct {
	EventDefinitionPart
	ErrorRef Ref[*Error] `bpmn:"@errorRef"`
}

// EscalationEventDefinition catches or throws an escalation.
type EscalationEventDefinition struct {
	EventDefinitionPart
	EscalationRef Ref[*Escalation] `bpmn:"@escalationRef"`
}

// CancelEventDefinition cancels a transaction.
type CancelEventDefinition struct{ EventDefinitionPart }

// CompensateEventDefinition undoes an activity.
type CompensateEventDefinition struct {
	EventDefinitionPart
	WaitForCompletion bool          `bpmn:"@waitForCompletion=true"`
	ActivityRef       Ref[Activity] `bpmn:"@activityRef"`
}

// ConditionalEventDefinition waits until a condition holds.
type ConditionalEventDefinition struct {
	EventDefinitionPart
	Condition *Expression `bpmn:"condition"`
}

// LinkEventDefinition jumps within a level of a process.
type LinkEventDefinition struct {
	EventDefinitionPart
	Name    string                      `bpmn:"@name"`
	Sources []Ref[*LinkEventDefinition] `bpmn:"source,drawing"`
	Target  Ref[*LinkEventDefinition]   `bpmn:"target,drawing"`
}

// TerminateEventDefinition ends everything in its level.
type TerminateEventDefinition struct{ EventDefinitionPart }
