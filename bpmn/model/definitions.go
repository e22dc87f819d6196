package model

// Definitions is the root of a file (BPMN 2.0.2, 8.2.1).
type Definitions struct {
	Named
	TargetNamespace    string `bpmn:"@targetNamespace"`
	ExpressionLanguage string `bpmn:"@expressionLanguage"`
	TypeLanguage       string `bpmn:"@typeLanguage"`
	Exporter           string `bpmn:"@exporter"`
	ExporterVersion    string `bpmn:"@exporterVersion"`

	Imports       []*Import       `bpmn:"import"`
	Extension     []*Extension    `bpmn:"extension"`
	Relationships []*Relationship `bpmn:"relationship"`
	RootElements  []RootElement   `bpmn:"*"`
}

// RootElement is an element directly in the definitions (BPMN 2.0.2, 8.3.10).
type RootElement interface {
	Element
	rootElement()
}

type inDefinitions struct{}

func (inDefinitions) rootElement() {}

// Import names another file (BPMN 2.0.2, 8.2.2).
type Import struct {
	BaseElement
	ImportType string `bpmn:"@importType"`
	Location   string `bpmn:"@location"`
	Namespace  string `bpmn:"@namespace"`
}

// Extension declares an extension of BPMN that the file uses (BPMN 2.0.2,
// 8.3.3).
type Extension struct {
	BaseElement
	Definition     string `bpmn:"@definition"`
	MustUnderstand bool   `bpmn:"@mustUnderstand"`
}

// Relationship connects elements of several models (BPMN 2.0.2, 8.3.5).
type Relationship struct {
	BaseElement
	Type      string   `bpmn:"@type"`
	Direction string   `bpmn:"@direction"`
	Sources   []string `bpmn:"source"`
	Targets   []string `bpmn:"target"`
}

// ItemDefinition is a type of data (BPMN 2.0.2, 8.4.10).
type ItemDefinition struct {
	inDefinitions
	BaseElement
	ItemKind     string `bpmn:"@itemKind=Information"`
	StructureRef string `bpmn:"@structureRef"`
	IsCollection bool   `bpmn:"@isCollection"`
}

// Message is what participants exchange (BPMN 2.0.2, 8.4.11).
type Message struct {
	inDefinitions
	Named
	ItemRef Ref[*ItemDefinition] `bpmn:"@itemRef,drawing"`
}

// Signal is broadcast (BPMN 2.0.2, 10.5.5).
type Signal struct {
	inDefinitions
	Named
	StructureRef Ref[*ItemDefinition] `bpmn:"@structureRef,drawing"`
}

// Error is what error events throw and catch (BPMN 2.0.2, 8.4.3).
type Error struct {
	inDefinitions
	Named
	ErrorCode    string               `bpmn:"@errorCode"`
	StructureRef Ref[*ItemDefinition] `bpmn:"@structureRef,drawing"`
}

// Escalation is what escalation events throw and catch (BPMN 2.0.2, 8.4.4).
type Escalation struct {
	inDefinitions
	Named
	EscalationCode string               `bpmn:"@escalationCode"`
	StructureRef   Ref[*ItemDefinition] `bpmn:"@structureRef,drawing"`
}

// Category groups elements by values (BPMN 2.0.2, 8.4.1).
type Category struct {
	inDefinitions
	Named
	Values []*CategoryValue `bpmn:"categoryValue"`
}

// CategoryValue is one value of a category.
type CategoryValue struct {
	BaseElement
	Value string `bpmn:"@value"`
}

// Resource is somebody or something that can perform work (BPMN 2.0.2, 8.4.12).
type Resource struct {
	inDefinitions
	Named
	Parameters []*ResourceParameter `bpmn:"resourceParameter"`
}

// ResourceParameter is a parameter of a resource.
type ResourceParameter struct {
	Named
	Type       Ref[*ItemDefinition] `bpmn:"@type,drawing"`
	IsRequired bool                 `bpmn:"@isRequired"`
}

// Interface is a set of operations of a service (BPMN 2.0.2, 8.5.1).
type Interface struct {
	inDefinitions
	Named
	ImplementationRef string       `bpmn:"@implementationRef"`
	Operations        []*Operation `bpmn:"operation"`
}

// Operation is one operation of an interface (BPMN 2.0.2, 8.5.3).
type Operation struct {
	Named
	ImplementationRef string        `bpmn:"@implementationRef"`
	InMessageRef      Ref[*Message] `bpmn:"inMessageRef"`
	OutMessageRef     Ref[*Message] `bpmn:"outMessageRef"`
	ErrorRefs         []Ref[*Error] `bpmn:"errorRef"`
}

// EndPoint is where a service can be reached (BPMN 2.0.2, 8.5.2).
type EndPoint struct {
	inDefinitions
	BaseElement
}

// Expression is a text to be evaluated. Language is empty for that of the
// definitions (BPMN 2.0.2, 8.4.6).
type Expression struct {
	BaseElement
	Language           string `bpmn:"@language"`
	EvaluatesToTypeRef string `bpmn:"@evaluatesToTypeRef"`
	Text               string `bpmn:"#text"`
}
