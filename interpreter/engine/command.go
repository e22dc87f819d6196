package engine

import (
	"time"

	"github.com/perdure/perdure/interpreter/expr"
)

// Command is something the host must do. Commands are plain data: they wait in
// the outbox of the state, survive a snapshot, and can be read by a test.
//
//sumtype:decl
type Command interface {
	// String is the one rendering of a command, used by traces and scripts.
	String() string
	command()
}

type (
	// RunActivity asks for work and for ActivityCompleted or ActivityFailed.
	RunActivity struct {
		ID      ElementID `json:"id"`
		Element string    `json:"element"`
		Name    string    `json:"name,omitempty"`
		// Attempt is 1, and one more after each retry of an incident.
		Attempt   int               `json:"attempt"`
		Type      string            `json:"type"`
		Queue     string            `json:"queue,omitempty"`
		Inline    bool              `json:"inline,omitempty"`
		Timeout   time.Duration     `json:"timeout"`
		Heartbeat time.Duration     `json:"heartbeat,omitempty"`
		Retry     RetryPolicy       `json:"retry"`
		Headers   map[string]string `json:"headers,omitempty"`
		Input     expr.Variables    `json:"input"`
	}

	// CancelActivity withdraws a RunActivity. Its late result is stale.
	CancelActivity struct {
		ID ElementID `json:"id"`
	}

	// StartTimer asks for TimerFired at Due.
	StartTimer struct {
		ID      ElementID `json:"id"`
		Element string    `json:"element"`
		Name    string    `json:"name,omitempty"`
		Due     time.Time `json:"due"`
	}

	// CancelTimer withdraws a StartTimer.
	CancelTimer struct {
		ID ElementID `json:"id"`
	}

	// OpenTask puts a user task into the inbox and asks for TaskCompleted.
	OpenTask struct {
		ID              ElementID      `json:"id"`
		Element         string         `json:"element"`
		Name            string         `json:"name,omitempty"`
		Documentation   string         `json:"documentation,omitempty"`
		Assignee        string         `json:"assignee,omitempty"`
		CandidateUsers  []string       `json:"candidateUsers,omitempty"`
		CandidateGroups []string       `json:"candidateGroups,omitempty"`
		Due             *time.Time     `json:"due,omitempty"`
		FollowUp        *time.Time     `json:"followUp,omitempty"`
		Priority        int            `json:"priority,omitempty"`
		Form            string         `json:"form,omitempty"`
		Lane            string         `json:"lane,omitempty"`
		Variables       expr.Variables `json:"variables,omitempty"`
	}

	// CloseTask takes a user task out of the inbox.
	CloseTask struct {
		ID        ElementID `json:"id"`
		Completed bool      `json:"completed"`
	}

	// Subscribe asks for MessageReceived; for signals it only makes the
	// instance known to those who broadcast.
	Subscribe struct {
		ID      ElementID        `json:"id"`
		Element string           `json:"element"`
		Kind    SubscriptionKind `json:"kind"`
		Name    string           `json:"name"`
		Key     string           `json:"key,omitempty"`
	}

	// Unsubscribe withdraws a Subscribe, also after the delivery that ended it.
	Unsubscribe struct {
		ID ElementID `json:"id"`
	}

	// PublishMessage sends a message to whoever waits for it. ID is unique
	// within the instance.
	PublishMessage struct {
		ID        ElementID      `json:"id"`
		Element   string         `json:"element"`
		Name      string         `json:"name"`
		Key       string         `json:"key,omitempty"`
		Variables expr.Variables `json:"variables,omitempty"`
	}

	// BroadcastSignal sends a signal to every other instance that waits for
	// it; the engine has served this one.
	BroadcastSignal struct {
		ID        ElementID      `json:"id"`
		Element   string         `json:"element"`
		Name      string         `json:"name"`
		Variables expr.Variables `json:"variables,omitempty"`
	}

	// StartChild calls another process and asks for ChildCompleted.
	StartChild struct {
		ID          ElementID      `json:"id"`
		Element     string         `json:"element"`
		Name        string         `json:"name,omitempty"`
		Attempt     int            `json:"attempt"`
		Process     string         `json:"process"`
		Version     int            `json:"version,omitempty"`
		BusinessKey string         `json:"businessKey,omitempty"`
		Input       expr.Variables `json:"input"`
	}

	// CancelChild stops a called instance.
	CancelChild struct {
		ID ElementID `json:"id"`
	}

	// AdoptChild asks a called instance, started by an earlier run, to report.
	AdoptChild struct {
		ID ElementID `json:"id"`
		// Attempt is that of the StartChild.
		Attempt int `json:"attempt"`
	}

	// RaiseIncident says that a person must look.
	RaiseIncident struct {
		ID       IncidentID   `json:"id"`
		Instance ElementID    `json:"instance"`
		Element  string       `json:"element"`
		Kind     IncidentKind `json:"kind"`
		Message  string       `json:"message"`
		Attempt  int          `json:"attempt"`
	}

	// ClearIncident says that the incident is over. Action is what ended it,
	// "aborted" when the element was interrupted.
	ClearIncident struct {
		ID     IncidentID `json:"id"`
		Action string     `json:"action"`
	}

	// End is always the last command.
	End struct {
		Outcome   Outcome        `json:"outcome"`
		Variables expr.Variables `json:"variables"`
		ErrorCode string         `json:"errorCode,omitempty"`
		Message   string         `json:"message,omitempty"`
	}
)

func (RunActivity) command()     {}
func (CancelActivity) command()  {}
func (StartTimer) command()      {}
func (CancelTimer) command()     {}
func (OpenTask) command()        {}
func (CloseTask) command()       {}
func (Subscribe) command()       {}
func (Unsubscribe) command()     {}
func (PublishMessage) command()  {}
func (BroadcastSignal) command() {}
func (StartChild) command()      {}
func (CancelChild) command()     {}
func (AdoptChild) command()      {}
func (RaiseIncident) command()   {}
func (ClearIncident) command()   {}
func (End) command()             {}

// RetryPolicy says how often and when a host tries a failed activity again.
type RetryPolicy struct {
	MaxAttempts int           `json:"maxAttempts"` // 1 means never again
	Interval    time.Duration `json:"interval"`
	Backoff     float64       `json:"backoff"`
	MaxInterval time.Duration `json:"maxInterval"`
}

// SubscriptionKind tells messages from signals.
type SubscriptionKind string

// What can be subscribed to.
const (
	MessageSubscription SubscriptionKind = "message"
	SignalSubscription  SubscriptionKind = "signal"
)

// Outcome says how an instance ended; the same words as protocol.Outcome.
type Outcome string

// The ways to end.
const (
	Completed  Outcome = "completed"
	Terminated Outcome = "terminated"
	Stopped    Outcome = "stopped"
	Errored    Outcome = "error"
)

// IncidentKind says what went wrong.
type IncidentKind string

// The kinds of incident.
const (
	ActivityIncident   IncidentKind = "activity"   // a job failed after its retries
	ExpressionIncident IncidentKind = "expression" // an expression could not be evaluated
	BudgetIncident     IncidentKind = "budget"     // an expression used up its steps or bytes
	NoFlowIncident     IncidentKind = "no-flow"    // no condition holds and there is no default flow
	ErrorIncident      IncidentKind = "error"      // a BPMN error that nobody catches
	LoopIncident       IncidentKind = "loop"       // no wait and no change in too many steps
	JoinIncident       IncidentKind = "join"       // a gateway waits for tokens that can never come
	CallIncident       IncidentKind = "call"       // a called process could not run or ended abnormally
	DataIncident       IncidentKind = "data"       // a result or variable is too large or of the wrong shape
)
