package protocol

// Names of workflow types, activities, updates, signals and queries. They are
// recorded in histories: add, never rename.
const (
	// ProcessWorkflow interprets one process instance. Its workflow id is the
	// instance id.
	ProcessWorkflow = "bpmn.process"

	// ProjectActivity carries out a Batch: all that one workflow task changes
	// of what the repository shows.
	ProjectActivity = "perdure.project"
	// ResolveActivity answers which definition a call activity calls.
	ResolveActivity = "perdure.resolve"
	// ChildResultActivity fetches the result of a called instance that closed
	// while its caller continued as new.
	ChildResultActivity = "perdure.child-result"

	// EventSignal is the one Temporal signal of an instance; it carries an
	// Incoming.
	EventSignal = "bpmn"
	// EventUpdate delivers an Incoming and answers once the instance has
	// taken it, with an EventResult. Its validator refuses what is not open.
	EventUpdate = "event"

	// StateQuery answers a StateView.
	StateQuery = "state"
	// VariablesQuery answers the variables of the instance as a JSON object.
	VariablesQuery = "variables"
	// HistoryQuery answers the steps of this run as []HistoryEntry.
	HistoryQuery = "history"
)

// HeaderKey is the Temporal header under which an activity finds its TaskInfo.
const HeaderKey = "perdure"

// TraceMetadata is the payload metadata key under which the worker's shim
// echoes TaskInfo.Trace in an activity's result.
const TraceMetadata = "perdure-trace"

// Types of temporal.ApplicationError that mean something to BPMN.
const (
	// BPMNErrorPrefix and an error code make the type of an application error
	// that a boundary event may catch.
	BPMNErrorPrefix = "bpmn:error:"
)

// Types of the application errors with which EventUpdate refuses.
const (
	ErrTypeNotOpen  = "perdure:not-open" // no such task, subscription or incident is open
	ErrTypeEnded    = "perdure:ended"    // the instance has ended
	ErrTypeInvalid  = "perdure:invalid"  // the event makes no sense for its target
	ErrTypeConflict = "perdure:conflict" // somebody else came first
)

// ErrCodeNotStarted is the error code of an instance that could not begin,
// because its variables or its start event are not acceptable.
const ErrCodeNotStarted = "perdure:not-started"

// Search attributes, set once at the start.
const (
	ProcessAttribute     = "BpmnProcess"     // Keyword: process key
	VersionAttribute     = "BpmnVersion"     // Int
	BusinessKeyAttribute = "BpmnBusinessKey" // Keyword
)
