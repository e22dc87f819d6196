package model

// Collaboration shows participants and the messages between them (BPMN 2.0.2,
// 9).
type Collaboration struct {
	inDefinitions
	Named
	IsClosed                bool                      `bpmn:"@isClosed"`
	Participants            []*Participant            `bpmn:"participant"`
	MessageFlows            []*MessageFlow            `bpmn:"messageFlow"`
	Artifacts               []Artifact                `bpmn:"*"`
	Conversations           []ConversationNode        `bpmn:"*"`
	ConversationAssociation []*AnyElement             `bpmn:"conversationAssociation"`
	ParticipantAssociations []*ParticipantAssociation `bpmn:"participantAssociation"`
	MessageFlowAssociations []*MessageFlowAssociation `bpmn:"messageFlowAssociation"`
	CorrelationKeys         []*CorrelationKey         `bpmn:"correlationKey"`
	ChoreographyRefs        []string                  `bpmn:"choreographyRef"`
	ConversationLinks       []*AnyElement             `bpmn:"conversationLink"`
}

// Participant is one side of a collaboration, often a pool with a process.
type Participant struct {
	Named
	ProcessRef    Ref[*Process]            `bpmn:"@processRef"`
	InterfaceRefs []Ref[*Interface]        `bpmn:"interfaceRef,drawing"`
	EndPointRefs  []Ref[*EndPoint]         `bpmn:"endPointRef,drawing"`
	Multiplicity  *ParticipantMultiplicity `bpmn:"participantMultiplicity"`
}

// ParticipantMultiplicity says how many participants there can be.
type ParticipantMultiplicity struct {
	BaseElement
	Minimum string `bpmn:"@minimum"`
	Maximum string `bpmn:"@maximum"`
}

// MessageFlow is a message between participants.
type MessageFlow struct {
	Named
	SourceRef  Ref[Element]  `bpmn:"@sourceRef,drawing"`
	TargetRef  Ref[Element]  `bpmn:"@targetRef,drawing"`
	MessageRef Ref[*Message] `bpmn:"@messageRef,drawing"`
}

// ParticipantAssociation maps participants of two collaborations.
type ParticipantAssociation struct {
	BaseElement
	InnerParticipantRef Ref[*Participant] `bpmn:"innerParticipantRef,drawing"`
	OuterParticipantRef Ref[*Participant] `bpmn:"outerParticipantRef,drawing"`
}

// MessageFlowAssociation maps message flows of two collaborations.
type MessageFlowAssociation struct {
	BaseElement
	InnerMessageFlowRef Ref[*MessageFlow] `bpmn:"@innerMessageFlowRef,drawing"`
	OuterMessageFlowRef Ref[*MessageFlow] `bpmn:"@outerMessageFlowRef,drawing"`
}

// PartnerEntity is a participant by name.
type PartnerEntity struct {
	inDefinitions
	Named
	ParticipantRefs []Ref[*Participant] `bpmn:"participantRef,drawing"`
}

// PartnerRole is a participant by role.
type PartnerRole struct {
	inDefinitions
	Named
	ParticipantRefs []Ref[*Participant] `bpmn:"participantRef,drawing"`
}

// CorrelationProperty is a part of a correlation key (BPMN 2.0.2, 8.4.2).
type CorrelationProperty struct {
	inDefinitions
	Named
	Type       Ref[*ItemDefinition]                      `bpmn:"@type,drawing"`
	Retrievals []*CorrelationPropertyRetrievalExpression `bpmn:"correlationPropertyRetrievalExpression"`
}

// CorrelationPropertyRetrievalExpression finds the property in a message.
type CorrelationPropertyRetrievalExpression struct {
	BaseElement
	MessageRef  Ref[*Message] `bpmn:"@messageRef"`
	MessagePath *Expression   `bpmn:"messagePath"`
}

// CorrelationKey is a set of properties that identify a conversation.
type CorrelationKey struct {
	Named
	PropertyRefs []Ref[*CorrelationProperty] `bpmn:"correlationPropertyRef"`
}

// CorrelationSubscription binds a key to the data of a process.
type CorrelationSubscription struct {
	BaseElement
	CorrelationKeyRef Ref[*CorrelationKey]          `bpmn:"@correlationKeyRef"`
	Bindings          []*CorrelationPropertyBinding `bpmn:"correlationPropertyBinding"`
}

// CorrelationPropertyBinding binds one property.
type CorrelationPropertyBinding struct {
	BaseElement
	PropertyRef Ref[*CorrelationProperty] `bpmn:"@correlationPropertyRef"`
	DataPath    *Expression               `bpmn:"dataPath"`
}

// ConversationNode is a conversation, sub-conversation or call of one (BPMN
// 2.0.2, 9.5), by name only.
type ConversationNode interface {
	Element
	conversationNode()
}

// Conversation is any conversation node.
type Conversation struct{ Named }

func (Conversation) conversationNode() {}

// Choreography is a choreography or global choreography task (BPMN 2.0.2, 11),
// or a global conversation, by name only.
type Choreography struct {
	inDefinitions
	Named
}

// ChoreographyActivity is an activity of a choreography within a process or
// sub-process, by name only.
type ChoreographyActivity struct{ FlowNodePart }
