package model

// New returns an empty element for the name of an XML element that can stand
// where several types are allowed, or nil when there is none of that name.
// Elements with one fixed type in their place are not in the list.
func New(name string) Element {
	for _, find := range []func(string) Element{newFlowElement, newRootElement, newEventDefinition, newPart} {
		if e := find(name); e != nil {
			return e
		}
	}
	return nil
}

func newFlowElement(name string) Element {
	switch name {
	case "sequenceFlow":
		return new(SequenceFlow)
	case "startEvent":
		return new(StartEvent)
	case "endEvent":
		return new(EndEvent)
	case "intermediateCatchEvent":
		return new(IntermediateCatchEvent)
	case "intermediateThrowEvent":
		return new(IntermediateThrowEvent)
	case "implicitThrowEvent":
		return new(ImplicitThrowEvent)
	case "boundaryEvent":
		return new(BoundaryEvent)
	case "task":
		return new(Task)
	case "serviceTask":
		return new(ServiceTask)
	case "sendTask":
		return new(SendTask)
	case "receiveTask":
		return new(ReceiveTask)
	case "userTask":
		return new(UserTask)
	case "manualTask":
		return new(ManualTask)
	case "scriptTask":
		return new(ScriptTask)
	case "businessRuleTask":
		return new(BusinessRuleTask)
	case "subProcess":
		return new(SubProcess)
	case "transaction":
		return new(Transaction)
	case "adHocSubProcess":
		return new(AdHocSubProcess)
	case "callActivity":
		return new(CallActivity)
	case "exclusiveGateway":
		return new(ExclusiveGateway)
	case "inclusiveGateway":
		return new(InclusiveGateway)
	case "parallelGateway":
		return new(ParallelGateway)
	case "complexGateway":
		return new(ComplexGateway)
	case "eventBasedGateway":
		return new(EventBasedGateway)
	case "dataObject":
		return new(DataObject)
	case "dataObjectReference":
		return new(DataObjectReference)
	case "dataStoreReference":
		return new(DataStoreReference)
	case "choreographyTask", "subChoreography", "callChoreography":
		return new(ChoreographyActivity)
	}
	return nil
}

func newRootElement(name string) Element {
	switch name {
	case "process":
		return new(Process)
	case "collaboration":
		return new(Collaboration)
	case "message":
		return new(Message)
	case "signal":
		return new(Signal)
	case "error":
		return new(Error)
	case "escalation":
		return new(Escalation)
	case "itemDefinition":
		return new(ItemDefinition)
	case "interface":
		return new(Interface)
	case "endPoint":
		return new(EndPoint)
	case "category":
		return new(Category)
	case "resource":
		return new(Resource)
	case "dataStore":
		return new(DataStore)
	case "correlationProperty":
		return new(CorrelationProperty)
	case "partnerEntity":
		return new(PartnerEntity)
	case "partnerRole":
		return new(PartnerRole)
	case "globalTask":
		return new(PlainGlobalTask)
	case "globalUserTask":
		return new(GlobalUserTask)
	case "globalManualTask":
		return new(GlobalManualTask)
	case "globalScriptTask":
		return new(GlobalScriptTask)
	case "globalBusinessRuleTask":
		return new(GlobalBusinessRuleTask)
	case "choreography", "globalChoreographyTask", "globalConversation":
		return new(Choreography)
	}
	return nil
}

func newEventDefinition(name string) Element {
	switch name {
	case "messageEventDefinition":
		return new(MessageEventDefinition)
	case "timerEventDefinition":
		return new(TimerEventDefinition)
	case "signalEventDefinition":
		return new(SignalEventDefinition)
	case "errorEventDefinition":
		return new(ErrorEventDefinition)
	case "escalationEventDefinition":
		return new(EscalationEventDefinition)
	case "cancelEventDefinition":
		return new(CancelEventDefinition)
	case "compensateEventDefinition":
		return new(CompensateEventDefinition)
	case "conditionalEventDefinition":
		return new(ConditionalEventDefinition)
	case "linkEventDefinition":
		return new(LinkEventDefinition)
	case "terminateEventDefinition":
		return new(TerminateEventDefinition)
	}
	return nil
}

func newPart(name string) Element {
	switch name {
	case "association":
		return new(Association)
	case "group":
		return new(Group)
	case "textAnnotation":
		return new(TextAnnotation)
	case "standardLoopCharacteristics":
		return new(StandardLoopCharacteristics)
	case "multiInstanceLoopCharacteristics":
		return new(MultiInstanceLoopCharacteristics)
	case "resourceRole":
		return new(GenericRole)
	case "performer":
		return new(Performer)
	case "humanPerformer":
		return new(HumanPerformer)
	case "potentialOwner":
		return new(PotentialOwner)
	case "conversation", "subConversation", "callConversation":
		return new(Conversation)
	}
	return nil
}
