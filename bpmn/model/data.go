package model

// DataState is the state of a data element, a name only (BPMN 2.0.2, 10.4.1).
type DataState struct{ Named }

// ItemAware is what all elements that hold data have.
type ItemAware struct {
	ItemSubjectRef Ref[*ItemDefinition] `bpmn:"@itemSubjectRef,drawing"`
	DataState      *DataState           `bpmn:"dataState"`
}

// Property is data of a process, activity or event that is not drawn.
type Property struct {
	Named
	ItemAware
}

// DataObject is data of a process or sub-process.
type DataObject struct {
	FlowElementPart
	ItemAware
	IsCollection bool `bpmn:"@isCollection"`
}

// DataObjectReference is a data object in one of its states.
type DataObjectReference struct {
	FlowElementPart
	ItemAware
	DataObjectRef Ref[*DataObject] `bpmn:"@dataObjectRef,drawing"`
}

// DataStore keeps data beyond an instance.
type DataStore struct {
	inDefinitions
	Named
	ItemAware
	Capacity    string `bpmn:"@capacity"`
	IsUnlimited bool   `bpmn:"@isUnlimited=true"`
}

// DataStoreReference is a data store as a process sees it.
type DataStoreReference struct {
	FlowElementPart
	ItemAware
	DataStoreRef Ref[*DataStore] `bpmn:"@dataStoreRef,drawing"`
}

// IOSpecification is the data an activity needs and produces (BPMN 2.0.2,
// 10.4.2).
type IOSpecification struct {
	BaseElement
	DataInputs  []*DataInput  `bpmn:"dataInput"`
	DataOutputs []*DataOutput `bpmn:"dataOutput"`
	InputSets   []*InputSet   `bpmn:"inputSet"`
	OutputSets  []*OutputSet  `bpmn:"outputSet"`
}

// DataInput is one input.
type DataInput struct {
	Named
	ItemAware
	IsCollection bool `bpmn:"@isCollection"`
}

// DataOutput is one output.
type DataOutput struct {
	Named
	ItemAware
	IsCollection bool `bpmn:"@isCollection"`
}

// InputSet is a set of inputs that suffices to start.
type InputSet struct {
	Named
	DataInputRefs           []Ref[*DataInput] `bpmn:"dataInputRefs"`
	OptionalInputRefs       []Ref[*DataInput] `bpmn:"optionalInputRefs"`
	WhileExecutingInputRefs []Ref[*DataInput] `bpmn:"whileExecutingInputRefs"`
	OutputSetRefs           []Ref[*OutputSet] `bpmn:"outputSetRefs"`
}

// OutputSet is a set of outputs that may be produced.
type OutputSet struct {
	Named
	DataOutputRefs           []Ref[*DataOutput] `bpmn:"dataOutputRefs"`
	OptionalOutputRefs       []Ref[*DataOutput] `bpmn:"optionalOutputRefs"`
	WhileExecutingOutputRefs []Ref[*DataOutput] `bpmn:"whileExecutingOutputRefs"`
	InputSetRefs             []Ref[*InputSet]   `bpmn:"inputSetRefs"`
}

// IOBinding connects an operation with inputs and outputs.
type IOBinding struct {
	BaseElement
	OperationRef  Ref[*Operation] `bpmn:"@operationRef"`
	InputDataRef  Ref[Element]    `bpmn:"@inputDataRef"`
	OutputDataRef Ref[Element]    `bpmn:"@outputDataRef"`
}

// DataAssociation moves data (BPMN 2.0.2, 10.4.2).
type DataAssociation struct {
	BaseElement
	SourceRefs     []Ref[Element] `bpmn:"sourceRef"`
	TargetRef      Ref[Element]   `bpmn:"targetRef"`
	Transformation *Expression    `bpmn:"transformation"`
	Assignments    []*Assignment  `bpmn:"assignment"`
}

// DataInputAssociation moves data into an activity or throw event.
type DataInputAssociation struct{ DataAssociation }

// DataOutputAssociation moves data out of an activity or catch event.
type DataOutputAssociation struct{ DataAssociation }

// Assignment copies one part of the data.
type Assignment struct {
	BaseElement
	From *Expression `bpmn:"from"`
	To   *Expression `bpmn:"to"`
}
