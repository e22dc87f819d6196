package protocol

import (
	"encoding/json"
	"strings"
	"time"
)

// Definition names one immutable version of a process and its compiled graph.
type Definition struct {
	ID      string `json:"id"` // key:version:uuid
	Key     string `json:"key"`
	Version int    `json:"version"`
	SHA256  string `json:"sha256"` // of the compiled graph
}

// Actor is who asked for something: the holder of a credential, never a field
// of a request's body.
type Actor struct {
	User        string `json:"user"`
	Affiliation string `json:"affiliation,omitempty"`
	// OnBehalfOf is the person that the user says to act for.
	OnBehalfOf string `json:"onBehalfOf,omitempty"`
}

// SystemActor is the actor of what the platform does by itself.
var SystemActor = Actor{User: "system", Affiliation: "perdure"}

// Parent links a called instance to the call activity that started it.
type Parent struct {
	Instance string `json:"instance"`
	Element  string `json:"element"` // element instance id, e.g. "pay#4"
}

// Input starts a ProcessWorkflow, and continues one as new.
type Input struct {
	Definition  Definition `json:"definition"`
	Instance    string     `json:"instance"`
	BusinessKey string     `json:"businessKey,omitempty"`
	// Start is the id of the start event, empty for the none start event.
	Start string `json:"start,omitempty"`
	// Variables is a JSON object: the initial state.
	Variables json.RawMessage `json:"variables,omitempty"`
	Parent    *Parent         `json:"parent,omitempty"`
	StartedBy Actor           `json:"startedBy,omitzero"`
	// Register asks the instance to make itself known to the repository,
	// because whoever started it has not.
	Register bool `json:"register,omitempty"`
	// Report asks the instance to report its end to its Parent by a signal,
	// because the parent's run that started it is over.
	Report bool `json:"report,omitempty"`

	// Snapshot is the engine's state of the run before; empty in the first.
	Snapshot json.RawMessage `json:"snapshot,omitempty"`
	// Sequence is that of the last Batch of the run before.
	Sequence uint64 `json:"sequence,omitempty"`
}

// Outcome says how an instance ended.
type Outcome string

// The ways to end.
const (
	Completed  Outcome = "completed"  // the last token was consumed
	Terminated Outcome = "terminated" // by a terminate end event
	Stopped    Outcome = "stopped"    // by a person or a caller
	Errored    Outcome = "error"      // by a BPMN error that only a caller can catch
)

// Result is what a ProcessWorkflow returns.
type Result struct {
	Outcome   Outcome         `json:"outcome"`
	Variables json.RawMessage `json:"variables,omitempty"`
	ErrorCode string          `json:"errorCode,omitempty"`
	Message   string          `json:"message,omitempty"`
}

// TaskInfo is what an activity may know of the task that it works for. What
// follows from the workflow id and the element instance is not sent: every
// activity carries this in the history.
type TaskInfo struct {
	Instance string `json:"-"`
	// Element is the id in the diagram, ElementInstance that of this
	// activation, e.g. "pay" and "pay#4".
	Element         string `json:"-"`
	ElementInstance string `json:"id"`
	Process         string `json:"process"`
	BusinessKey     string `json:"businessKey,omitempty"`
	// Key is the idempotency key: the same for every attempt of the step.
	Key     string            `json:"-"`
	Headers map[string]string `json:"headers,omitempty"`
	// Trace is the hash of everything the instance did up to here.
	Trace string `json:"trace"`
}

// Of completes what was sent with what follows from it: instance is the
// workflow id.
func (t TaskInfo) Of(instance string) TaskInfo {
	t.Instance = instance
	t.Element = t.ElementInstance[:max(0, strings.LastIndexByte(t.ElementInstance, '#'))]
	t.Key = StepKey(instance, t.ElementInstance)
	return t
}

// StepKey is the idempotency key of one step of an instance.
func StepKey(instance, elementInstance string) string { return instance + "/" + elementInstance }

// Incoming is an event from outside. Exactly one field besides Actor is set.
type Incoming struct {
	Actor    Actor            `json:"actor,omitzero"`
	Task     *TaskCompletion  `json:"task,omitempty"`
	Message  *MessageDelivery `json:"message,omitempty"`
	Signal   *SignalDelivery  `json:"signal,omitempty"`
	Incident *IncidentAction  `json:"incident,omitempty"`
	Stop     *Stop            `json:"stop,omitempty"`
	Set      *SetVariables    `json:"set,omitempty"`
	Adopt    *Adopt           `json:"adopt,omitempty"`
	Sync     *Sync            `json:"sync,omitempty"`
	Child    *ChildReport     `json:"child,omitempty"`
}

// TaskCompletion completes a user task.
type TaskCompletion struct {
	Task      string          `json:"task"` // element instance id
	Variables json.RawMessage `json:"variables,omitempty"`
}

// MessageDelivery hands a correlated message to one open subscription.
type MessageDelivery struct {
	Subscription string          `json:"subscription"` // element instance id
	MessageID    string          `json:"messageId"`
	Variables    json.RawMessage `json:"variables,omitempty"`
}

// SignalDelivery hands a broadcast to every open subscription of its name.
type SignalDelivery struct {
	Name      string          `json:"name"`
	Broadcast string          `json:"broadcast"`
	Variables json.RawMessage `json:"variables,omitempty"`
}

// IncidentAction is how a person ends an incident.
type IncidentAction struct {
	Incident string `json:"incident"`
	// Action is "retry", "complete", "throw" or "skip".
	Action    string          `json:"action"`
	Variables json.RawMessage `json:"variables,omitempty"`
	ErrorCode string          `json:"errorCode,omitempty"` // of "throw"
}

// Stop ends the instance before its time.
type Stop struct {
	Reason string `json:"reason,omitempty"`
}

// SetVariables changes variables of a running instance.
type SetVariables struct {
	Variables json.RawMessage `json:"variables"`
}

// Sync asks the instance to tell the repository everything that is open of it,
// because a process may have died between the two.
type Sync struct{}

// Adopt tells a called instance that its caller continued as new, so that it
// must report its end by a signal.
type Adopt struct {
	Parent Parent `json:"parent"`
}

// ChildReport is the report that Adopt asks for.
type ChildReport struct {
	Element string `json:"element"` // of the caller
	Result  Result `json:"result"`
}

// EventResult is the answer to an EventUpdate.
type EventResult struct {
	// Ended is set when the instance ended in consequence.
	Ended *Result `json:"ended,omitempty"`
}

// StateView is the answer to a StateQuery.
type StateView struct {
	Tokens    []TokenView     `json:"tokens"`
	Timers    []TimerView     `json:"timers,omitempty"`
	Incidents []IncidentView  `json:"incidents,omitempty"`
	Variables json.RawMessage `json:"variables"`
}

// TokenView is one place where the instance waits.
type TokenView struct {
	ID      string `json:"id"` // element instance id
	Element string `json:"element"`
	Name    string `json:"name,omitempty"`
	Kind    string `json:"kind"`
	Waiting string `json:"waiting"` // for: activity, task, message, signal, timer, child, join, event, incident
}

// TimerView is one running timer.
type TimerView struct {
	ID      string    `json:"id"`
	Element string    `json:"element"`
	Due     time.Time `json:"due"`
}

// IncidentView is one open incident.
type IncidentView struct {
	ID      string `json:"id"`
	Element string `json:"element"`
	Kind    string `json:"kind"`
	Message string `json:"message"`
}

// HistoryEntry is one step of an instance in words.
type HistoryEntry struct {
	Time time.Time `json:"time"`
	// Verb is what a token did (enter, leave, take, wait, abort, throw), what
	// happened to it (done, fails, fires, catch), what a person did (fixed,
	// set, stop), or "=>" for a command, whose text is the detail.
	Verb    string `json:"verb"`
	Element string `json:"element,omitempty"`
	Name    string `json:"name,omitempty"`
	// ID is the element instance id, where the step is about one.
	ID     string `json:"id,omitempty"`
	Detail string `json:"detail,omitempty"`
}
