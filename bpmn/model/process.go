package model

// Process is a sequence or flow of activities (BPMN 2.0.2, 10.2).
type Process struct {
	inDefinitions
	Named
	Container
	ProcessType string `bpmn:"@processType=None"`
	IsClosed    bool   `bpmn:"@isClosed"`
	// IsExecutable is empty when the file does not say.
	IsExecutable              string                     `bpmn:"@isExecutable"`
	DefinitionalCollaboration Ref[*Collaboration]        `bpmn:"@definitionalCollaborationRef,drawing"`
	Supports                  []Ref[*Process]            `bpmn:"supports,drawing"`
	SupportedInterfaces       []Ref[*Interface]          `bpmn:"supportedInterfaceRef,drawing"`
	Auditing                  *Auditing                  `bpmn:"auditing"`
	Monitoring                *Monitoring                `bpmn:"monitoring"`
	Properties                []*Property                `bpmn:"property"`
	IOSpecification           *IOSpecification           `bpmn:"ioSpecification"`
	IOBindings                []*IOBinding               `bpmn:"ioBinding"`
	CorrelationSubscriptions  []*CorrelationSubscription `bpmn:"correlationSubscription"`
	ResourceRoles             []ResourceRole             `bpmn:"*"`
}

// Container holds flow elements: a process or a sub-process (BPMN 2.0.2,
// 8.4.8).
type Container struct {
	LaneSets     []*LaneSet    `bpmn:"laneSet"`
	FlowElements []FlowElement `bpmn:"*"`
	Artifacts    []Artifact    `bpmn:"*"`
}

// Content returns the container itself.
func (c *Container) Content() *Container { return c }

// FlowElementsContainer is an element that holds flow elements.
type FlowElementsContainer interface {
	Element
	Content() *Container
}

// FlowElement is what a process consists of (BPMN 2.0.2, 8.4.7).
type FlowElement interface {
	Element
	Flow() *FlowElementPart
}

// FlowElementPart is what all flow elements have.
type FlowElementPart struct {
	Named
	Auditing          *Auditing             `bpmn:"auditing"`
	Monitoring        *Monitoring           `bpmn:"monitoring"`
	CategoryValueRefs []Ref[*CategoryValue] `bpmn:"categoryValueRef,drawing"`
}

// Flow returns the part itself.
func (f *FlowElementPart) Flow() *FlowElementPart { return f }

// FlowNode is an event, an activity or a gateway (BPMN 2.0.2, 8.4.13).
type FlowNode interface {
	FlowElement
	Node() *FlowNodePart
}

// FlowNodePart is what all flow nodes have. The sequence flows decide;
// Incoming and Outgoing only repeat them.
type FlowNodePart struct {
	FlowElementPart
	Incoming []Ref[*SequenceFlow] `bpmn:"incoming,drawing"`
	Outgoing []Ref[*SequenceFlow] `bpmn:"outgoing,drawing"`
}

// Node returns the part itself.
func (f *FlowNodePart) Node() *FlowNodePart { return f }

// SequenceFlow says what comes after what (BPMN 2.0.2, 8.4.13).
type SequenceFlow struct {
	FlowElementPart
	SourceRef           Ref[FlowNode] `bpmn:"@sourceRef"`
	TargetRef           Ref[FlowNode] `bpmn:"@targetRef"`
	IsImmediate         string        `bpmn:"@isImmediate"`
	ConditionExpression *Expression   `bpmn:"conditionExpression"`
}

// Auditing is left to other namespaces by the standard.
type Auditing struct{ BaseElement }

// Monitoring is left to other namespaces by the standard.
type Monitoring struct{ BaseElement }

// LaneSet divides a process into lanes (BPMN 2.0.2, 10.8).
type LaneSet struct {
	Named
	Lanes []*Lane `bpmn:"lane"`
}

// Lane names those who do the work of its flow nodes (BPMN 2.0.2, 10.8).
type Lane struct {
	Named
	PartitionElementRef string          `bpmn:"@partitionElementRef"`
	PartitionElement    *AnyElement     `bpmn:"partitionElement"`
	FlowNodeRefs        []Ref[FlowNode] `bpmn:"flowNodeRef,drawing"`
	ChildLaneSet        *LaneSet        `bpmn:"childLaneSet"`
}

// AnyElement is an element whose content has no meaning here.
type AnyElement struct{ BaseElement }

// Artifact is something drawn beside the flow (BPMN 2.0.2, 8.4.1).
type Artifact interface {
	Element
	artifact()
}

type drawn struct{}

func (drawn) artifact() {}

// Association connects an artifact with something.
type Association struct {
	drawn
	BaseElement
	SourceRef            Ref[Element] `bpmn:"@sourceRef,drawing"`
	TargetRef            Ref[Element] `bpmn:"@targetRef,drawing"`
	AssociationDirection string       `bpmn:"@associationDirection=None"`
}

// Group frames elements of one category.
type Group struct {
	drawn
	BaseElement
	CategoryValueRef Ref[*CategoryValue] `bpmn:"@categoryValueRef,drawing"`
}

// TextAnnotation is a note.
type TextAnnotation struct {
	drawn
	BaseElement
	TextFormat string `bpmn:"@textFormat=text/plain"`
	Text       string `bpmn:"text"`
}
