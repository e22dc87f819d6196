package engine

import (
	"time"

	"github.com/perdure/perdure/interpreter/expr"
	"github.com/perdure/perdure/interpreter/iso8601"
)

// ElementID names one activation of an element, e.g. "review#1". It appears in
// traces, histories, activity ids and the inbox.
type ElementID string

// IncidentID names an incident, e.g. "!3".
type IncidentID string

// State is everything there is to know about an instance. It is plain data
// and round-trips through JSON: a snapshot is its JSON text.
type State struct {
	Schema int `json:"schema"`
	// Next numbers the activations.
	Next   uint64  `json:"next"`
	Scopes []Scope `json:"scopes,omitempty"`
	Tokens []Token `json:"tokens,omitempty"`
	Timers []Timer `json:"timers,omitempty"`
	// Subscriptions are the open message and signal subscriptions.
	Subscriptions []Subscription `json:"subscriptions,omitempty"`
	Incidents     []Incident     `json:"incidents,omitempty"`
	// Todo are tokens on their way when a Step used up its steps.
	Todo []Arrival `json:"todo,omitempty"`
	// Outbox are the commands that the host has not yet taken, in order.
	Outbox Outbox `json:"outbox,omitempty"`
	// Seen are the last deliveries, so that a second one is stale.
	Seen []string `json:"seen,omitempty"`
	// Steps counts automatic steps since the last outside event.
	Steps int `json:"steps,omitempty"`
	// Quiet counts those since a variable last changed its value.
	Quiet int `json:"quiet,omitempty"`
	// Trace is the hash of every step and command so far.
	Trace uint64 `json:"trace,string"`
	// Ended is set once End is in the outbox or has been taken.
	Ended bool `json:"ended,omitempty"`
}

// Scope owns variables: the process itself (the first one, with an empty ID),
// or an activation of a sub-process.
type Scope struct {
	ID        ElementID      `json:"id"`
	Element   string         `json:"element,omitempty"` // empty for the process
	Parent    ElementID      `json:"parent,omitempty"`
	Variables expr.Variables `json:"variables"`
}

// Waiting says what a token waits for.
type Waiting string

// What a token can wait for.
const (
	ForActivity Waiting = "activity"
	ForTask     Waiting = "task"
	ForMessage  Waiting = "message"
	ForSignal   Waiting = "signal"
	ForTimer    Waiting = "timer"
	ForEvent    Waiting = "event" // the first of several, after an event-based gateway
	ForChild    Waiting = "child"
	ForScope    Waiting = "scope" // the end of a sub-process
	ForJoin     Waiting = "join"
	ForIncident Waiting = "incident"
)

// Token is a place where the instance waits.
type Token struct {
	ID      ElementID `json:"id"`
	Element string    `json:"element"`
	Scope   ElementID `json:"scope,omitempty"`
	// Flow is the sequence flow it came by; joins need it.
	Flow    string  `json:"flow,omitempty"`
	Waiting Waiting `json:"waiting"`
	// Attempt counts the tries of the step, from 1.
	Attempt int `json:"attempt,omitempty"`
	// Stage is where the step broke off; only with an incident.
	Stage Stage `json:"stage,omitempty"`
	// Held is the result that could not be taken over, under the name
	// "result"; of a BPMN error also its "code" and "message".
	Held expr.Variables `json:"held,omitempty"`
	// Count is how many equal tokens this one stands for; 0 means one. Only a
	// loop incident puts several tokens into one.
	Count int `json:"count,omitempty"`
}

// Stage is a part of what a token does on a node. It tells what a retry of an
// incident does again.
type Stage string

// The stages, in their order.
const (
	Arriving  Stage = "arriving"  // the token has not entered the node
	Joining   Stage = "joining"   // it waits at a join that can never fire
	Entering  Stage = "entering"  // inputs and events are evaluated, nothing is open
	Working   Stage = "working"   // the work has begun: the boundary events are open
	Finishing Stage = "finishing" // the outputs are taken over
	Leaving   Stage = "leaving"   // the outgoing flows are chosen
)

// Timer is a running timer.
type Timer struct {
	ID      ElementID `json:"id"`
	Element string    `json:"element"` // the timer event
	// Owner is the token that the timer belongs to: of the catch event, of the
	// event-based gateway, or of the activity it is attached to.
	Owner ElementID `json:"owner"`
	Due   time.Time `json:"due"`
	// Cycle, of a repeating timer, tells when it fires next; Fired counts its
	// firings.
	Cycle *iso8601.Cycle `json:"cycle,omitempty"`
	Fired int            `json:"fired,omitempty"`
}

// Subscription is an open message or signal subscription.
type Subscription struct {
	ID      ElementID        `json:"id"`
	Element string           `json:"element"`
	Owner   ElementID        `json:"owner"`
	Kind    SubscriptionKind `json:"kind"`
	Name    string           `json:"name"`
	Key     string           `json:"key,omitempty"`
}

// Incident is a token that a person must help.
type Incident struct {
	ID      IncidentID   `json:"id"`
	Token   ElementID    `json:"token"`
	Element string       `json:"element"`
	Kind    IncidentKind `json:"kind"`
	Message string       `json:"message"`
	Attempt int          `json:"attempt"`
}

// Arrival is a token on its way onto a node.
type Arrival struct {
	Element string    `json:"element"`
	Flow    string    `json:"flow,omitempty"`
	Scope   ElementID `json:"scope,omitempty"`
}

// Outbox is an ordered list of commands with a JSON form.
type Outbox []Command
