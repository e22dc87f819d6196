package model

// Activity is work within a process (BPMN 2.0.2, 10.3).
type Activity interface {
	FlowNode
	Activity() *ActivityPart
}

// ActivityPart is what all activities have.
type ActivityPart struct {
	FlowNodePart
	IsForCompensation      bool                     `bpmn:"@isForCompensation"`
	StartQuantity          int                      `bpmn:"@startQuantity=1"`
	CompletionQuantity     int                      `bpmn:"@completionQuantity=1"`
	Default                Ref[*SequenceFlow]       `bpmn:"@default"`
	IOSpecification        *IOSpecification         `bpmn:"ioSpecification"`
	Properties             []*Property              `bpmn:"property"`
	DataInputAssociations  []*DataInputAssociation  `bpmn:"dataInputAssociation"`
	DataOutputAssociations []*DataOutputAssociation `bpmn:"dataOutputAssociation"`
	ResourceRoles          []ResourceRole           `bpmn:"*"`
	LoopCharacteristics    LoopCharacteristics      `bpmn:"*"`
}

// Activity returns the part itself.
func (a *ActivityPart) Activity() *ActivityPart { return a }

// Task is work without a type (BPMN 2.0.2, 10.3.3).
type Task struct{ ActivityPart }

// ServiceTask is work done by a service.
type ServiceTask struct {
	ActivityPart
	Implementation string          `bpmn:"@implementation=##WebService"`
	OperationRef   Ref[*Operation] `bpmn:"@operationRef"`
}

// SendTask sends a message.
type SendTask struct {
	ActivityPart
	Implementation string          `bpmn:"@implementation=##WebService"`
	MessageRef     Ref[*Message]   `bpmn:"@messageRef"`
	OperationRef   Ref[*Operation] `bpmn:"@operationRef"`
}

// ReceiveTask waits for a message.
type ReceiveTask struct {
	ActivityPart
	Implementation string          `bpmn:"@implementation=##WebService"`
	Instantiate    bool            `bpmn:"@instantiate"`
	MessageRef     Ref[*Message]   `bpmn:"@messageRef"`
	OperationRef   Ref[*Operation] `bpmn:"@operationRef"`
}

// UserTask is work done by a person with the help of software.
type UserTask struct {
	ActivityPart
	Implementation string       `bpmn:"@implementation=##unspecified"`
	Renderings     []*Rendering `bpmn:"rendering"`
}

// Rendering says how a user task is shown; its content is an extension.
type Rendering struct{ BaseElement }

// ManualTask is work done by a person without the engine's knowledge.
type ManualTask struct{ ActivityPart }

// ScriptTask is work done by the engine.
type ScriptTask struct {
	ActivityPart
	ScriptFormat string `bpmn:"@scriptFormat"`
	Script       string `bpmn:"script"`
}

// BusinessRuleTask is work done by a rule engine.
type BusinessRuleTask struct {
	ActivityPart
	Implementation string `bpmn:"@implementation=##unspecified"`
}

// SubProcess is an activity with a flow inside (BPMN 2.0.2, 10.3.5).
type SubProcess struct {
	ActivityPart
	Container
	TriggeredByEvent bool `bpmn:"@triggeredByEvent"`
}

// Transaction is a sub-process whose work can be undone.
type Transaction struct {
	ActivityPart
	Container
	TriggeredByEvent bool   `bpmn:"@triggeredByEvent"`
	Method           string `bpmn:"@method=##Compensate"`
}

// AdHocSubProcess is a sub-process whose activities have no fixed order.
type AdHocSubProcess struct {
	ActivityPart
	Container
	TriggeredByEvent         bool        `bpmn:"@triggeredByEvent"`
	CancelRemainingInstances bool        `bpmn:"@cancelRemainingInstances=true"`
	Ordering                 string      `bpmn:"@ordering=Parallel"`
	CompletionCondition      *Expression `bpmn:"completionCondition"`
}

// CallActivity runs another process or a global task (BPMN 2.0.2, 10.3.6).
type CallActivity struct {
	ActivityPart
	// CalledElement is a QName, or an expression that gives one.
	CalledElement string `bpmn:"@calledElement"`
}

// LoopCharacteristics repeat an activity (BPMN 2.0.2, 10.3.8).
type LoopCharacteristics interface {
	Element
	loopCharacteristics()
}

type loop struct{}

func (loop) loopCharacteristics() {}

// StandardLoopCharacteristics repeat while a condition holds.
type StandardLoopCharacteristics struct {
	loop
	BaseElement
	TestBefore    bool        `bpmn:"@testBefore"`
	LoopMaximum   string      `bpmn:"@loopMaximum"`
	LoopCondition *Expression `bpmn:"loopCondition"`
}

// MultiInstanceLoopCharacteristics run an activity once for each item.
type MultiInstanceLoopCharacteristics struct {
	loop
	BaseElement
	IsSequential              bool                         `bpmn:"@isSequential"`
	Behavior                  string                       `bpmn:"@behavior=All"`
	OneBehaviorEventRef       Ref[EventDefinition]         `bpmn:"@oneBehaviorEventRef"`
	NoneBehaviorEventRef      Ref[EventDefinition]         `bpmn:"@noneBehaviorEventRef"`
	LoopCardinality           *Expression                  `bpmn:"loopCardinality"`
	LoopDataInputRef          Ref[Element]                 `bpmn:"loopDataInputRef"`
	LoopDataOutputRef         Ref[Element]                 `bpmn:"loopDataOutputRef"`
	InputDataItem             *DataInput                   `bpmn:"inputDataItem"`
	OutputDataItem            *DataOutput                  `bpmn:"outputDataItem"`
	ComplexBehaviorDefinition []*ComplexBehaviorDefinition `bpmn:"complexBehaviorDefinition"`
	CompletionCondition       *Expression                  `bpmn:"completionCondition"`
}

// ComplexBehaviorDefinition throws an event when a condition holds.
type ComplexBehaviorDefinition struct {
	BaseElement
	Condition *Expression         `bpmn:"condition"`
	Event     *ImplicitThrowEvent `bpmn:"event"`
}

// ResourceRole says who is concerned with an activity (BPMN 2.0.2, 10.3.1).
type ResourceRole interface {
	Element
	Role() *ResourceRolePart
}

// ResourceRolePart is what all roles have.
type ResourceRolePart struct {
	Named
	ResourceRef          Ref[*Resource]                `bpmn:"resourceRef"`
	ParameterBindings    []*ResourceParameterBinding   `bpmn:"resourceParameterBinding"`
	AssignmentExpression *ResourceAssignmentExpression `bpmn:"resourceAssignmentExpression"`
}

// Role returns the part itself.
func (r *ResourceRolePart) Role() *ResourceRolePart { return r }

// GenericRole is a resourceRole without a more special meaning.
type GenericRole struct{ ResourceRolePart }

// Performer does the work.
type Performer struct{ ResourceRolePart }

// HumanPerformer is a person who does the work.
type HumanPerformer struct{ ResourceRolePart }

// PotentialOwner is a person who may do the work.
type PotentialOwner struct{ ResourceRolePart }

// ResourceParameterBinding gives a resource parameter its value.
type ResourceParameterBinding struct {
	BaseElement
	ParameterRef Ref[*ResourceParameter] `bpmn:"@parameterRef"`
	Expression   *Expression             `bpmn:"expression"`
	Formal       *Expression             `bpmn:"formalExpression"`
}

// ResourceAssignmentExpression finds the resource at run time.
type ResourceAssignmentExpression struct {
	BaseElement
	Expression *Expression `bpmn:"expression"`
	Formal     *Expression `bpmn:"formalExpression"`
}

// GlobalTask is a task that several processes can call (BPMN 2.0.2, 10.3.7).
type GlobalTask interface {
	RootElement
	Global() *GlobalTaskPart
}

// GlobalTaskPart is what all global tasks have.
type GlobalTaskPart struct {
	inDefinitions
	Named
	SupportedInterfaces []Ref[*Interface] `bpmn:"supportedInterfaceRef,drawing"`
	IOSpecification     *IOSpecification  `bpmn:"ioSpecification"`
	IOBindings          []*IOBinding      `bpmn:"ioBinding"`
	ResourceRoles       []ResourceRole    `bpmn:"*"`
}

// Global returns the part itself.
func (g *GlobalTaskPart) Global() *GlobalTaskPart { return g }

// PlainGlobalTask is a globalTask without a type.
type PlainGlobalTask struct{ GlobalTaskPart }

// GlobalUserTask is a user task that can be called.
type GlobalUserTask struct {
	GlobalTaskPart
	Implementation string       `bpmn:"@implementation=##unspecified"`
	Renderings     []*Rendering `bpmn:"rendering"`
}

// GlobalManualTask is a manual task that can be called.
type GlobalManualTask struct{ GlobalTaskPart }

// GlobalScriptTask is a script task that can be called.
type GlobalScriptTask struct {
	GlobalTaskPart
	ScriptLanguage string `bpmn:"@scriptLanguage"`
	Script         string `bpmn:"script"`
}

// GlobalBusinessRuleTask is a business rule task that can be called.
type GlobalBusinessRuleTask struct {
	GlobalTaskPart
	Implementation string `bpmn:"@implementation=##unspecified"`
}
