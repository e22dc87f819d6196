package bpmn

// Rule is something that a definition must fulfil.
type Rule struct {
	ID string `json:"id"`
	// Clause is where the rule comes from: a clause of BPMN 2.0.2 (OMG
	// formal/13-12-09), of XML, or "Perdure" for what only this
	// implementation asks for.
	Clause   string   `json:"clause"`
	Text     string   `json:"text"`
	Severity Severity `json:"severity"`
	// Hint says what to do, unless a fault knows better.
	Hint string `json:"hint"`
}

// The ids of the rules.
const (
	ruleXMLSyntax             = "xml-syntax"
	ruleXMLEncoding           = "xml-encoding"
	ruleXMLDTD                = "xml-dtd-forbidden"
	ruleXMLDepth              = "xml-too-deep"
	ruleXMLLimit              = "xml-too-large"
	ruleXMLRoot               = "xml-one-root"
	ruleXMLPrefix             = "xml-unbound-prefix"
	ruleXMLDuplicateAttribute = "xml-duplicate-attribute"

	ruleJSONForm           = "json-form"
	ruleNotBPMN            = "not-bpmn"
	ruleModelSize          = "model-too-large"
	ruleUnknownElement     = "unknown-element"
	ruleUnknownAttribute   = "unknown-attribute"
	ruleAttributeValue     = "attribute-value"
	ruleMissingID          = "missing-id"
	ruleInvalidID          = "invalid-id"
	ruleDuplicateID        = "duplicate-id"
	ruleUndefinedReference = "undefined-reference"
	ruleWrongReference     = "wrong-reference-type"
	ruleDrawingReference   = "drawing-reference"

	ruleUnknownExtension   = "unknown-extension"
	ruleMisplacedExtension = "misplaced-extension"
	ruleExtensionValue     = "extension-value"
	ruleVendorExtension    = "vendor-extension"

	ruleNoExecutable   = "no-executable-process"
	ruleUnsupported    = "unsupported-element"
	ruleDataNotRun     = "data-not-executed"
	ruleMessageFlow    = "message-flow-not-executed"
	ruleNoStart        = "no-start-event"
	ruleStartEvents    = "one-none-start"
	ruleEmptyContent   = "empty-sub-process"
	ruleFlowScope      = "flow-across-scope"
	ruleFlowEnds       = "flow-without-end"
	ruleStartIncoming  = "start-incoming"
	ruleEndOutgoing    = "end-outgoing"
	ruleBoundaryIn     = "boundary-incoming"
	ruleBoundaryHost   = "boundary-host"
	ruleErrorInterrupt = "error-interrupts"
	ruleEventTrigger   = "event-trigger"
	ruleEventName      = "event-name"
	ruleLinkPair       = "link-pair"
	ruleTimer          = "timer-definition"

	ruleGatewayOut      = "gateway-without-way-out"
	ruleCondition       = "missing-condition"
	ruleConditionPlace  = "condition-without-effect"
	ruleDefaultFlow     = "default-flow"
	ruleEventGateway    = "event-gateway-target"
	ruleGatewayDir      = "gateway-direction"
	ruleImplementation  = "task-without-implementation"
	ruleCalledElement   = "called-element"
	ruleScriptFormat    = "unsupported-script-format"
	ruleExprLanguage    = "unsupported-expression-language"
	ruleExprSyntax      = "expression-syntax"
	ruleUnreachable     = "unreachable-node"
	ruleNoWayToEnd      = "no-way-to-end"
	ruleLoopWithoutWait = "loop-without-wait"
	ruleMoreFaults      = "more-faults"
)

// Rules returns every rule that Read, Compile and FromJSON check, in the order in which
// they are met.
func Rules() []Rule {
	return append(append(readingRules(), structureRules()...), executionRules()...)
}

func readingRules() []Rule {
	return []Rule{
		{ruleXMLSyntax, "XML 1.0, 2.1", "The file is well-formed XML.", Error, "export the file again from the modelling tool"},
		{ruleXMLEncoding, "XML 1.0, 4.3.3", "The file is UTF-8 text, with or without a byte order mark.", Error, "save the file as UTF-8"},
		{ruleXMLDTD, "XML 1.0, 2.8", "The file has no DOCTYPE and no other declaration; entities are never resolved.", Error, "remove the declaration"},
		{ruleXMLDepth, "Perdure", "Elements are nested at most 64 deep.", Error, "move inner sub-processes into processes of their own and call them"},
		{ruleXMLLimit, "Perdure", "The file keeps to the limits: 4 MiB, 150,000 XML elements, 64 attributes each, 16 KiB in an attribute, 256 KiB in a text.", Error, "split the file, or keep large texts outside of it"},
		{ruleXMLRoot, "XML 1.0, 2.1", "There is one root element and no text outside of it.", Error, "export the file again from the modelling tool"},
		{ruleXMLPrefix, "Namespaces in XML 1.0, 5", "Every prefix is bound to a namespace.", Error, "declare the prefix with xmlns:prefix=\"...\""},
		{ruleXMLDuplicateAttribute, "XML 1.0, 3.1", "No element has the same attribute twice.", Error, "remove one of the two"},
		{ruleJSONForm, "GovStack Workflow 6.1.1", "The JSON form of a definition is JSON with the fields that ToJSON writes.", Error, "compare it with what the service returns for another definition"},
		{ruleNotBPMN, "BPMN 2.0.2, 15", "The root element is definitions in the namespace " + bpmnNamespace + ".", Error, "export the process as BPMN 2.0 XML"},
		{ruleModelSize, "Perdure", "A file has at most 5,000 elements with an id, 200 processes and 10,000 shapes.", Error, "split the file; a call activity can call a process of another file"},
		{ruleUnknownElement, "BPMN 2.0.2, 15.3", "Every element stands where the schema allows it.", Error, "remove the element or move it to its place; extensions belong into extensionElements"},
		{ruleUnknownAttribute, "BPMN 2.0.2, 15.3", "Every attribute without a namespace is one of the schema.", Warning, "it is ignored; check its spelling"},
		{ruleAttributeValue, "BPMN 2.0.2, 15.3", "Attributes have a value of their type.", Error, "correct the value"},
		{ruleMissingID, "BPMN 2.0.2, 8.3.1", "Processes, flow nodes and sequence flows have an id.", Error, "give it an id"},
		{ruleInvalidID, "Namespaces in XML 1.0, 3", "An id is an NCName of at most 255 characters: letters, digits, '_', '-' and '.', beginning with a letter or '_'.", Error, "choose another id"},
		{ruleDuplicateID, "BPMN 2.0.2, 8.3.1", "No two elements of BPMN have the same id.", Error, "give one of them another id"},
		{ruleUndefinedReference, "BPMN 2.0.2, 15.3", "A reference names an element of the file.", Error, "correct the reference, or add what it names; other files are not read"},
		{ruleWrongReference, "BPMN 2.0.2, 15.3", "A reference names an element of the type it is for.", Error, "correct the reference"},
		{ruleDrawingReference, "BPMN 2.0.2, 15.3", "References that only matter in a drawing name an element too.", Warning, "it is ignored; save the diagram again"},
		{ruleUnknownExtension, "Perdure", "Elements and attributes of " + Namespace + " are known ones, in their place.", Error, "check the spelling"},
		{ruleMisplacedExtension, "Perdure", "An element of " + Namespace + " stands where it has a meaning.", Error, "move or remove it"},
		{ruleExtensionValue, "Perdure", "Attributes of " + Namespace + " have a value of their type.", Error, "correct the value"},
		{ruleVendorExtension, "BPMN 2.0.2, 8.3.3", "Extensions of others are kept and not executed.", Warning, "say with elements of " + Namespace + " what the engine must do"},
	}
}

func structureRules() []Rule {
	return []Rule{
		{ruleNoExecutable, "BPMN 2.0.2, 10.2", "At least one process is executable: isExecutable is true or left out.", Error, "set isExecutable=\"true\" on a process"},
		{ruleUnsupported, "BPMN 2.0.2, 2.2.2", "Everything that has an effect at run time is executed by this release.", Error, "model it with supported elements"},
		{ruleDataNotRun, "BPMN 2.0.2, 10.4", "Data objects, references and stores are drawings: variables hold the data.", Warning, "nothing to do if they only document"},
		{ruleMessageFlow, "BPMN 2.0.2, 9.4", "Message flows and correlation keys of a collaboration are drawings: messages are correlated by name and key.", Warning, "nothing to do if sender and receiver use the same message name, and perdure:correlation where the business key is not the key"},
		{ruleNoStart, "BPMN 2.0.2, 10.5.2", "A process has a start event.", Error, "add a start event"},
		{ruleStartEvents, "BPMN 2.0.2, 10.5.2", "A process has at most one none start event; a sub-process has one and no other, or none at all.", Error, "merge the start events"},
		{ruleEmptyContent, "BPMN 2.0.2, 10.3.5", "A sub-process holds a node that can start.", Error, "give it a start event, or make it a task"},
		{ruleFlowEnds, "BPMN 2.0.2, 8.4.13", "A sequence flow has a source and a target.", Error, "connect both ends"},
		{ruleFlowScope, "BPMN 2.0.2, 7.6.1", "A sequence flow connects two nodes of one process and one level.", Error, "use events, messages or a boundary event to cross a border"},
		{ruleStartIncoming, "BPMN 2.0.2, 10.5.2", "No sequence flow leads into a start event.", Error, "let it lead to the node after the start event"},
		{ruleEndOutgoing, "BPMN 2.0.2, 10.5.3", "No sequence flow leads out of an end event.", Error, "use an intermediate throw event"},
		{ruleBoundaryIn, "BPMN 2.0.2, 10.5.4", "No sequence flow leads into a boundary event.", Error, "let it lead to the activity"},
		{ruleBoundaryHost, "BPMN 2.0.2, 10.5.4", "A boundary event is attached to an activity of its own level.", Error, "attach it to an activity"},
		{ruleErrorInterrupt, "BPMN 2.0.2, 10.5.4", "An error event on the boundary interrupts the activity.", Error, "remove cancelActivity=\"false\""},
		{ruleEventTrigger, "BPMN 2.0.2, 10.5", "An event has a trigger that its kind and place allow.", Error, "add or change the event definition"},
		{ruleEventName, "BPMN 2.0.2, 10.5.5", "Messages, signals and links have a name, errors a code, and all of them are literal.", Error, "refer to a message, signal or error of the file and give it a literal name or code"},
		{ruleLinkPair, "BPMN 2.0.2, 10.5.5", "A link that is thrown is caught once at its level, one that is caught is thrown there, and no flow leads out of the throw or into the catch event.", Error, "throw and catch the link under one name at one level, with one catch event and no flow between them"},
		{ruleTimer, "BPMN 2.0.2, 10.5.5", "A timer has one valid date, duration or cycle (ISO 8601); cycles stand at start events and boundary events that do not interrupt.", Error, "correct the timer, e.g. PT15M"},
	}
}

func executionRules() []Rule {
	return []Rule{
		{ruleGatewayOut, "BPMN 2.0.2, 10.6.1", "A gateway has a way out.", Error, "add an outgoing sequence flow or remove the gateway"},
		{ruleCondition, "BPMN 2.0.2, 10.6.2", "Where a gateway chooses among flows, each but the default one has a condition.", Error, "add a conditionExpression or make it the default flow"},
		{ruleConditionPlace, "BPMN 2.0.2, 8.4.13", "Conditions stand on flows out of activities and of exclusive and inclusive gateways.", Error, "remove the condition or put an exclusive gateway before it"},
		{ruleDefaultFlow, "BPMN 2.0.2, 8.4.13", "A default flow leads out of the node that names it, and has no condition.", Error, "correct the attribute default, or remove the condition"},
		{ruleEventGateway, "BPMN 2.0.2, 10.6.6", "After an event-based gateway come message, timer or signal catch events or receive tasks without boundary events, each by this flow only, and not both message events and receive tasks.", Error, "put the event directly after the gateway"},
		{ruleGatewayDir, "BPMN 2.0.2, 8.4.9", "gatewayDirection agrees with the flows.", Warning, "it is ignored; correct it or leave it out"},
		{ruleImplementation, "BPMN 2.0.2, 10.3.3", "A service or business rule task says what does the work, a send task that or its message.", Error, "add <perdure:task type=\"...\"/> to its extensionElements, or the attribute implementation or messageRef"},
		{ruleCalledElement, "BPMN 2.0.2, 10.3.6", "A call activity names the process it calls.", Error, "set calledElement to the id of a process"},
		{ruleScriptFormat, "BPMN 2.0.2, 10.3.3", "A script is written in the language of Perdure.", Error, "set scriptFormat=\"expr\" and write one assignment a line, or use a service task"},
		{ruleExprLanguage, "BPMN 2.0.2, 8.4.6", "An expression is written in the language of Perdure.", Error, "remove the attribute language and write the expression as in the handbook"},
		{ruleExprSyntax, "Perdure", "Expressions and scripts compile.", Error, "correct the expression"},
		{ruleUnreachable, "BPMN 2.0.2, 13.2", "Every node can be reached from a start.", Warning, "connect it or remove it"},
		{ruleNoWayToEnd, "BPMN 2.0.2, 13.2", "From every node there is a way to an end.", Warning, "connect it with an end event"},
		{ruleLoopWithoutWait, "Perdure", "A loop has a condition to leave it or something to wait for.", Error, "add a gateway with a condition, or a timer event"},
		{ruleMoreFaults, "Perdure", "At most 100 faults are listed.", Warning, "correct the ones above first"},
	}
}
