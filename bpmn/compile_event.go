package bpmn

import (
	"strings"

	"github.com/perdure/perdure/bpmn/model"
)

// event compiles what is special about an event.
func (c *compiler) event(e model.Event, n *Node) {
	if b, ok := e.(*model.BoundaryEvent); ok {
		n.NonInterrupting = !b.CancelActivity
	}
	definitions := e.Event().Definitions()
	if len(definitions) == 0 {
		if n.Kind == IntermediateCatchEvent || n.Kind == BoundaryEvent {
			c.fault(ruleEventTrigger, e, "%s has no event definition, so that nothing can trigger it", describe(e))
		}
		return
	}
	if len(definitions) > 1 {
		c.fault(ruleUnsupported, e, "%s has %d event definitions; multiple events are not supported", describe(e), len(definitions))
		return
	}
	definition, ok := c.eventDefinition(e, definitions[0])
	if !ok {
		return
	}
	if !allowed(n, definition.Kind) {
		c.fault(ruleEventTrigger, e, "%s cannot be %s event here", describe(e), article(string(definition.Kind)))
		return
	}
	if n.NonInterrupting && definition.Kind == ErrorEvent {
		c.fault(ruleErrorInterrupt, e, "%s catches an error and says cancelActivity=\"false\"", describe(e))
	}
	n.Events = []EventDefinition{definition}
}

// allowed says which triggers and results an event can have (BPMN 2.0.2,
// 10.5.2 to 10.5.4), as far as they are supported.
func allowed(n *Node, kind EventKind) bool {
	switch n.Kind {
	case StartEvent:
		return n.Parent == "" && (kind == MessageEvent || kind == TimerEvent || kind == SignalEvent)
	case IntermediateCatchEvent:
		return kind == MessageEvent || kind == TimerEvent || kind == SignalEvent || kind == LinkEvent
	case IntermediateThrowEvent:
		return kind == MessageEvent || kind == SignalEvent || kind == LinkEvent
	case BoundaryEvent:
		return kind == MessageEvent || kind == TimerEvent || kind == SignalEvent || kind == ErrorEvent
	case EndEvent:
		return kind == MessageEvent || kind == SignalEvent || kind == ErrorEvent || kind == TerminateEvent
	case Task, ServiceTask, SendTask, ReceiveTask, UserTask, ManualTask, ScriptTask, BusinessRuleTask,
		SubProcess, Transaction, AdHocSubProcess, CallActivity,
		ExclusiveGateway, ParallelGateway, InclusiveGateway, ComplexGateway, EventBasedGateway:
		// Not events.
	}
	return false
}

// eventDefinition compiles one event definition. It reports false for one that
// is not supported.
func (c *compiler) eventDefinition(e model.Event, of model.EventDefinition) (EventDefinition, bool) {
	switch of := of.(type) {
	case *model.MessageEventDefinition:
		return c.message(e, of.MessageRef, c.extensions[e], c.extensions[of]), true
	case *model.TimerEventDefinition:
		return EventDefinition{Kind: TimerEvent, Timer: c.timer(e, of)}, true
	case *model.SignalEventDefinition:
		d := EventDefinition{Kind: SignalEvent}
		if of.SignalRef.Target != nil {
			d.Name = of.SignalRef.Target.Name
		}
		c.named(e, of.SignalRef.Text, of.SignalRef.Target != nil, d.Name, "signal")
		return d, true
	case *model.ErrorEventDefinition:
		return c.errorEvent(e, of), true
	case *model.LinkEventDefinition:
		c.named(e, of.Name, true, of.Name, "link")
		return EventDefinition{Kind: LinkEvent, Name: of.Name}, true
	case *model.TerminateEventDefinition:
		return EventDefinition{Kind: TerminateEvent}, true
	default:
		name := strings.TrimSuffix(of.Base().ElementName(), "EventDefinition")
		c.fault(ruleUnsupported, e, "%s is %s event, which is not supported", describe(e), article(name))
		return EventDefinition{}, false
	}
}

// message compiles a message that is caught or thrown. The correlation key of
// the event wins over that of the message.
func (c *compiler) message(owner model.Element, ref model.Ref[*model.Message], extensions ...*extension) EventDefinition {
	d := EventDefinition{Kind: MessageEvent}
	if ref.Target != nil {
		d.Name = ref.Target.Name
		extensions = append(extensions, c.extensions[ref.Target])
	}
	c.named(owner, ref.Text, ref.Target != nil, d.Name, "message")
	for _, x := range extensions {
		if x != nil && x.Correlation != nil {
			key := c.source(x.Correlation.Source, x.Correlation.Key, "correlation key")
			d.Key = &Value{Expr: key}
			break
		}
	}
	return d
}

// errorEvent compiles an error: one that is thrown has a code, one that is
// caught without a reference is any.
func (c *compiler) errorEvent(e model.Event, of *model.ErrorEventDefinition) EventDefinition {
	d := EventDefinition{Kind: ErrorEvent}
	_, throws := e.(model.ThrowEvent)
	target := of.ErrorRef.Target
	if target != nil {
		d.Name, d.Code = target.Name, target.ErrorCode
	}
	switch {
	case of.ErrorRef.Text == "" && !throws:
	case of.ErrorRef.Text != "" && target == nil: // an undefined reference
	case d.Code == "":
		c.fault(ruleEventName, e, "%s names no error with an errorCode", describe(e))
	default:
		c.literal(e, d.Code, "error code")
	}
	return d
}

// named reports an event or task that refers to nothing, or to something
// without a literal name. A reference that leads nowhere has been reported.
func (c *compiler) named(owner model.Element, reference string, found bool, name, what string) {
	switch {
	case reference == "":
		c.fault(ruleEventName, owner, "%s names no %s", describe(owner), what)
	case found && name == "":
		c.fault(ruleEventName, owner, "%s refers to the %s %s, which has no name", describe(owner), what, quote(reference))
	case found:
		c.literal(owner, name, what+" name")
	}
}

// literal reports a name that looks like an expression: names are literal.
func (c *compiler) literal(owner model.Element, name, what string) {
	if strings.HasPrefix(strings.TrimSpace(name), "=") || nextExpression(name, "$#") >= 0 {
		c.fault(ruleEventName, owner, "the %s %s of %s is an expression", what, quote(name), describe(owner))
	}
}

// article puts "a" or "an" before the name of an event.
func article(name string) string {
	if strings.ContainsRune("aeiou", rune(name[0])) {
		return "an " + name
	}
	return "a " + name
}
