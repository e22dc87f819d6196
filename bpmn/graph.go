package bpmn

// GraphFormat is the version of the compiled form itself. It changes when a
// field of Graph changes its meaning.
const GraphFormat = 1

// Semantics is the version of the execution rules that a newly compiled graph
// asks for. A running instance keeps the one of its graph for life.
const Semantics = 1

// Graph is one executable process in compiled form: what the engine runs. It
// is plain data with one canonical JSON text, is stored under the sha256 of
// that text, and is never changed after Compile or ReadGraph.
type Graph struct {
	Format    int    `json:"format"`
	Semantics int    `json:"semantics"`
	ID        string `json:"id"` // the process id, which is the process key
	Name      string `json:"name,omitempty"`
	// Nodes holds the flow nodes of every level in document order, a
	// sub-process before its content.
	Nodes []*Node `json:"nodes"`
	Flows []*Flow `json:"flows"`

	nodes  map[string]*Node
	flows  map[string]*Flow
	sha256 string
}

// Kind says what a flow node is, by its BPMN element name.
type Kind string

// The flow nodes of BPMN 2.0.2.
const (
	StartEvent             Kind = "startEvent"
	EndEvent               Kind = "endEvent"
	IntermediateCatchEvent Kind = "intermediateCatchEvent"
	IntermediateThrowEvent Kind = "intermediateThrowEvent"
	BoundaryEvent          Kind = "boundaryEvent"
	Task                   Kind = "task"
	ServiceTask            Kind = "serviceTask"
	SendTask               Kind = "sendTask"
	ReceiveTask            Kind = "receiveTask"
	UserTask               Kind = "userTask"
	ManualTask             Kind = "manualTask"
	ScriptTask             Kind = "scriptTask"
	BusinessRuleTask       Kind = "businessRuleTask"
	SubProcess             Kind = "subProcess"
	Transaction            Kind = "transaction"
	AdHocSubProcess        Kind = "adHocSubProcess"
	CallActivity           Kind = "callActivity"
	ExclusiveGateway       Kind = "exclusiveGateway"
	ParallelGateway        Kind = "parallelGateway"
	InclusiveGateway       Kind = "inclusiveGateway"
	ComplexGateway         Kind = "complexGateway"
	EventBasedGateway      Kind = "eventBasedGateway"
)

// Node is a flow node: an event, an activity of BPMN, or a gateway.
type Node struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	Kind Kind   `json:"kind"`
	// Parent is the id of the sub-process that holds the node, empty at the
	// top level of the process.
	Parent string `json:"parent,omitempty"`
	// Default is the id of the default sequence flow, if there is one.
	Default string `json:"default,omitempty"`
	// AttachedTo is the id of the activity that a boundary event stands on.
	AttachedTo string `json:"attachedTo,omitempty"`
	// NonInterrupting is cancelActivity="false" of a boundary event.
	NonInterrupting bool `json:"nonInterrupting,omitempty"`
	// Events are the event definitions: none for a none event, one for most.
	Events []EventDefinition `json:"events,omitempty"`
	// Message is what a send task without a job throws and what a receive task
	// waits for.
	Message *EventDefinition `json:"message,omitempty"`
	// Job is what a service, send or business rule task does.
	Job *Job `json:"job,omitempty"`
	// Script is the body of a script task.
	Script string `json:"script,omitempty"`
	// User describes the work of a user task.
	User *User `json:"user,omitempty"`
	// Call is the target of a call activity.
	Call *Call `json:"call,omitempty"`
	// Inputs build the data of a job, task, call or thrown event. Without
	// them it is given every variable in scope.
	Inputs []Mapping `json:"inputs,omitempty"`
	// Outputs take data over from a result. Without them every field of a
	// result that is an object becomes a variable.
	Outputs []Mapping `json:"outputs,omitempty"`
	// ResultVariable names the one variable that takes the whole result.
	ResultVariable string `json:"resultVariable,omitempty"`

	// Index is the place of the node in Graph.Nodes.
	Index int `json:"-"`
	// In and Out are the sequence flows in document order.
	In  []*Flow `json:"-"`
	Out []*Flow `json:"-"`
	// DefaultFlow is what Default names, else nil.
	DefaultFlow *Flow `json:"-"`
	// Scope is the sub-process that holds the node, nil at the top level.
	Scope *Node `json:"-"`
	// Boundary are the events attached to this activity, in document order.
	Boundary []*Node `json:"-"`
	// Host is the activity that a boundary event is attached to, else nil.
	Host *Node `json:"-"`
	// Starts are where a sub-process begins: its start event or, when it has
	// none, every node inside that no flow leads to (BPMN 2.0.2, 10.5.2).
	Starts []*Node `json:"-"`
}

// Flow is a sequence flow.
type Flow struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	From string `json:"from"`
	To   string `json:"to"`
	// Condition is an expression, empty when the flow has none.
	Condition string `json:"condition,omitempty"`

	Index  int   `json:"-"`
	Source *Node `json:"-"`
	Target *Node `json:"-"`
}

// EventKind says what an event waits for or throws.
type EventKind string

// The event definitions of BPMN 2.0.2. A node without one is a none event.
const (
	MessageEvent      EventKind = "message"
	TimerEvent        EventKind = "timer"
	SignalEvent       EventKind = "signal"
	ErrorEvent        EventKind = "error"
	EscalationEvent   EventKind = "escalation"
	CancelEvent       EventKind = "cancel"
	CompensationEvent EventKind = "compensation"
	ConditionalEvent  EventKind = "conditional"
	LinkEvent         EventKind = "link"
	TerminateEvent    EventKind = "terminate"
)

// EventDefinition is one trigger of a catch event or one result of a throw
// event.
type EventDefinition struct {
	Kind EventKind `json:"kind"`
	// Name is that of the message, signal, error, escalation or link.
	Name string `json:"name,omitempty"`
	// Code is the errorCode or escalationCode; empty catches all.
	Code string `json:"code,omitempty"`
	// Key is the correlation key of a message. Without one the business key
	// of the instance is used.
	Key *Value `json:"key,omitempty"`
	// Timer is set for a timer.
	Timer *Timer `json:"timer,omitempty"`
}

// TimerKind says how a timer's text is read.
type TimerKind string

// The three timer definitions of BPMN 2.0.2.
const (
	TimeDate     TimerKind = "date"
	TimeDuration TimerKind = "duration"
	TimeCycle    TimerKind = "cycle"
)

// Timer is when a timer event fires: an ISO 8601 text, or an expression that
// gives one.
type Timer struct {
	Kind  TimerKind `json:"kind"`
	Value Value     `json:"value"`
}

// Value is a technical attribute: a literal text, or an expression. In the
// file a text that begins with "=" is an expression, "${...}" within a text is
// replaced by the value of the expression in it, and everything else is
// literal. Exactly one field is set; both empty is the empty text.
type Value struct {
	Text string `json:"text,omitempty"`
	Expr string `json:"expr,omitempty"`
}

// Mapping computes one variable or one field of an input.
type Mapping struct {
	// Target is the name of the variable or the field, with dots for fields
	// of fields.
	Target string `json:"target"`
	Value  Value  `json:"value"`
}

// Job is work that an activity of Temporal does for a task.
type Job struct {
	// Type is the activity type: what a worker has registered.
	Type Value `json:"type"`
	// Queue is the task queue; empty means the worker's own.
	Queue Value `json:"queue,omitzero"`
	// Inline runs the job as a local activity: for short, idempotent work.
	Inline bool `json:"inline,omitempty"`
	// Timeout bounds one attempt, an ISO 8601 duration. Default PT1M.
	Timeout Value `json:"timeout,omitzero"`
	// Heartbeat is the longest silence of a long attempt. Default none.
	Heartbeat Value `json:"heartbeat,omitzero"`
	// Retry says how a technical failure is tried again.
	Retry *Retry `json:"retry,omitempty"`
	// Headers are handed to the activity beside its input.
	Headers []Mapping `json:"headers,omitempty"`
}

// Retry is the retry policy of a job. Zero values mean the defaults of the
// interpreter: 5 attempts, first after PT1S, factor 2, at most PT5M.
type Retry struct {
	MaxAttempts int     `json:"maxAttempts,omitempty"`
	Interval    string  `json:"interval,omitempty"` // ISO 8601
	Backoff     float64 `json:"backoff,omitempty"`
	MaxInterval string  `json:"maxInterval,omitempty"` // ISO 8601
}

// User describes the work item of a user task.
type User struct {
	Assignee        *Value `json:"assignee,omitempty"`
	CandidateUsers  *Value `json:"candidateUsers,omitempty"`
	CandidateGroups *Value `json:"candidateGroups,omitempty"`
	DueDate         *Value `json:"dueDate,omitempty"`
	FollowUpDate    *Value `json:"followUpDate,omitempty"`
	Priority        *Value `json:"priority,omitempty"`
	Form            *Value `json:"form,omitempty"`
	Documentation   string `json:"documentation,omitempty"`
	Lane            string `json:"lane,omitempty"`
}

// Call is the target of a call activity.
type Call struct {
	// Process is the key of the called process.
	Process Value `json:"process"`
	// Version fixes one version of it; 0 means the latest enabled one when
	// the call is made.
	Version int `json:"version,omitempty"`
	// BusinessKey is that of the called instance; nil means the caller's.
	BusinessKey *Value `json:"businessKey,omitempty"`
}
