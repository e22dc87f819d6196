package bpmn

import "github.com/perdure/perdure/bpmn/model"

// checkDefinitions reports what stands outside of the executable processes.
func (c *compiler) checkDefinitions(executable int) {
	if executable == 0 {
		c.fault(ruleNoExecutable, c.Definitions.Definitions, "the file has no executable process")
	}
	for _, x := range c.Extension {
		if x.MustUnderstand {
			c.unsupported(x, "the extension "+quote(x.Definition)+" must be understood, which")
		}
	}
	messageFlows := false
	for _, root := range c.RootElements {
		switch root := root.(type) {
		case *model.Choreography:
			c.unsupported(root, describe(root))
		case *model.Collaboration:
			for _, node := range root.Conversations {
				c.unsupported(node, describe(node))
			}
			if (len(root.MessageFlows) > 0 || len(root.CorrelationKeys) > 0) && !messageFlows {
				messageFlows = true
				c.fault(ruleMessageFlow, root, "the message flows of %s are not executed", describe(root))
			}
		}
	}
}

func (c *compiler) unsupported(at model.Element, what string) {
	c.fault(ruleUnsupported, at, "%s is not supported", what)
}

// checkProcess reports what of a process itself is not executed.
func (c *compiler) checkProcess(p *model.Process) {
	if p.IOSpecification != nil {
		c.unsupported(p.IOSpecification, "the ioSpecification of "+describe(p))
	}
	c.properties(p, p.Properties)
	for _, b := range p.IOBindings {
		c.unsupported(b, "an ioBinding of "+describe(p))
	}
	for _, s := range p.CorrelationSubscriptions {
		c.unsupported(s, "a correlationSubscription of "+describe(p))
	}
	c.roles(p, p.ResourceRoles)
}

// placeholder is the name of a property that the bpmn.io modelers add, so that
// a data input association has something to lead to.
const placeholder = "__targetRef_placeholder"

func (c *compiler) properties(owner model.Element, properties []*model.Property) {
	for _, p := range properties {
		if p.Name != placeholder {
			c.unsupported(p, "the property "+quote(p.Name)+" of "+describe(owner))
		}
	}
}

func (c *compiler) roles(owner model.Element, roles []model.ResourceRole) {
	for _, r := range roles {
		c.unsupported(r, "the "+r.Base().ElementName()+" of "+describe(owner)+" (a user task takes perdure:user)")
	}
}

// associations reports data associations that would move data. What modelers
// write for an arrow between a data object and a task moves none.
func (c *compiler) associations(owner model.Element, inputs []*model.DataInputAssociation, outputs []*model.DataOutputAssociation) {
	for _, a := range inputs {
		property, _ := a.TargetRef.Target.(*model.Property)
		c.association(owner, a, &a.DataAssociation, property != nil && property.Name == placeholder)
	}
	for _, a := range outputs {
		c.association(owner, a, &a.DataAssociation, len(a.SourceRefs) == 0)
	}
}

func (c *compiler) association(owner, at model.Element, a *model.DataAssociation, drawn bool) {
	if drawn && a.Transformation == nil && len(a.Assignments) == 0 {
		c.dataNotRun(at)
		return
	}
	c.unsupported(at, "the "+at.Base().ElementName()+" of "+describe(owner))
}

// dataNotRun warns once in a process that data is only drawn.
func (c *compiler) dataNotRun(at model.Element) {
	if !c.dataTold {
		c.dataTold = true
		c.fault(ruleDataNotRun, at, "%s is a drawing; variables hold the data of an instance", describe(at))
	}
}

// supported reports what of a flow node is not executed. It is false for a
// node of a kind that cannot be compiled at all.
func (c *compiler) supported(e model.FlowNode) bool {
	switch e := e.(type) {
	case *model.SubProcess:
		if e.TriggeredByEvent {
			c.unsupported(e, describe(e)+" is an event sub-process, which")
			return false
		}
	case *model.Transaction, *model.AdHocSubProcess, *model.ComplexGateway, *model.ChoreographyActivity, *model.ImplicitThrowEvent:
		c.unsupported(e, describe(e))
		return false
	case *model.ReceiveTask:
		if e.Instantiate {
			c.unsupported(e, describe(e)+" starts instances, which")
		}
	case *model.EventBasedGateway:
		if e.Instantiate {
			c.unsupported(e, describe(e)+" starts instances, which")
		}
		if e.EventGatewayType == "Parallel" {
			c.unsupported(e, describe(e)+" waits for all of its events, which")
		}
	}
	switch e := e.(type) {
	case model.Activity:
		c.supportedActivity(e)
	case model.Event:
		c.supportedEvent(e)
	}
	return true
}

func (c *compiler) supportedActivity(e model.Activity) {
	a := e.Activity()
	if a.LoopCharacteristics != nil {
		c.unsupported(a.LoopCharacteristics, "the "+a.LoopCharacteristics.Base().ElementName()+" of "+describe(e))
	}
	if a.IsForCompensation {
		c.unsupported(e, describe(e)+" is for compensation, which")
	}
	if a.StartQuantity != 1 {
		c.unsupported(e, describe(e)+" has a startQuantity other than 1, which")
	}
	if a.CompletionQuantity != 1 {
		c.unsupported(e, describe(e)+" has a completionQuantity other than 1, which")
	}
	if a.IOSpecification != nil {
		c.unsupported(a.IOSpecification, "the ioSpecification of "+describe(e))
	}
	c.properties(e, a.Properties)
	c.associations(e, a.DataInputAssociations, a.DataOutputAssociations)
	c.roles(e, a.ResourceRoles)
}

func (c *compiler) supportedEvent(e model.Event) {
	c.properties(e, e.Event().Properties)
	switch e := e.(type) {
	case model.CatchEvent:
		part := e.Catch()
		if part.ParallelMultiple {
			c.unsupported(e, describe(e)+" waits for all of its triggers, which")
		}
		if len(part.DataOutputs) > 0 {
			c.unsupported(part.DataOutputs[0], "a dataOutput of "+describe(e))
		}
		if part.OutputSet != nil {
			c.unsupported(part.OutputSet, "the outputSet of "+describe(e))
		}
		c.associations(e, nil, part.DataOutputAssociations)
	case model.ThrowEvent:
		part := e.Throw()
		if len(part.DataInputs) > 0 {
			c.unsupported(part.DataInputs[0], "a dataInput of "+describe(e))
		}
		if part.InputSet != nil {
			c.unsupported(part.InputSet, "the inputSet of "+describe(e))
		}
		c.associations(e, part.DataInputAssociations, nil)
	}
}

// checkContent reports how a level begins, and its data.
func (c *compiler) checkContent(in model.FlowElementsContainer) {
	starts, none := 0, 0
	for _, e := range in.Content().FlowElements {
		switch e := e.(type) {
		case *model.StartEvent:
			starts++
			if len(e.Definitions()) == 0 {
				none++
			}
		case *model.DataObject, *model.DataObjectReference, *model.DataStoreReference:
			c.dataNotRun(e)
		}
	}
	_, process := in.(*model.Process)
	switch {
	case process && starts == 0:
		c.incomplete = true
		c.fault(ruleNoStart, in, "%s has no start event", describe(in))
	case process && none > 1:
		c.fault(ruleStartEvents, in, "%s has %d none start events", describe(in), none)
	case !process && starts > 1:
		c.fault(ruleStartEvents, in, "%s has %d start events", describe(in), starts)
	}
}
