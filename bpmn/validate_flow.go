package bpmn

import (
	"fmt"

	"github.com/perdure/perdure/bpmn/model"
)

// checkGraph checks a linked graph: first each node with its flows, then the
// ways through the whole.
func (c *compiler) checkGraph() {
	for _, n := range c.graph.Nodes {
		c.checkEnds(n)
		c.checkConditions(n)
		if gateway, ok := c.sources[n.ID].(model.Gateway); ok {
			c.checkGateway(n, gateway)
		}
		if n.Kind == SubProcess && len(n.Starts) == 0 {
			c.nodeFault(ruleEmptyContent, n, "%s holds nothing that can start", c.describe(n))
		}
	}
	c.checkLinks()
	if !c.incomplete {
		c.checkWays()
	}
}

func (c *compiler) nodeFault(rule string, n *Node, format string, args ...any) {
	c.fault(rule, c.sources[n.ID], format, args...)
}

func (c *compiler) describe(n *Node) string { return describe(c.sources[n.ID]) }

// checkEnds checks that nothing leads into a beginning or out of an end.
func (c *compiler) checkEnds(n *Node) {
	switch {
	case n.Kind == StartEvent && len(n.In) > 0:
		c.nodeFault(ruleStartIncoming, n, "sequence flow %s leads into %s", quote(n.In[0].ID), c.describe(n))
	case n.Kind == EndEvent && len(n.Out) > 0:
		c.nodeFault(ruleEndOutgoing, n, "sequence flow %s leads out of %s", quote(n.Out[0].ID), c.describe(n))
	case n.Kind == BoundaryEvent && len(n.In) > 0:
		c.nodeFault(ruleBoundaryIn, n, "sequence flow %s leads into %s", quote(n.In[0].ID), c.describe(n))
	}
}

// checkConditions checks where conditions stand and where they are missing.
func (c *compiler) checkConditions(n *Node) {
	for _, f := range n.Out {
		switch {
		case f == n.DefaultFlow && f.Condition != "":
			c.fault(ruleDefaultFlow, c.sources[f.ID], "the default flow %s of %s has a condition", quote(f.ID), c.describe(n))
		case f.Condition != "" && !chooses(n.Kind):
			c.fault(ruleConditionPlace, c.sources[f.ID], "sequence flow %s leads out of %s and has a condition", quote(f.ID), c.describe(n))
		case f.Condition == "" && f != n.DefaultFlow && len(n.Out) > 1 && (n.Kind == ExclusiveGateway || n.Kind == InclusiveGateway):
			c.fault(ruleCondition, c.sources[f.ID], "sequence flow %s out of %s has no condition and is not the default flow", quote(f.ID), c.describe(n))
		}
	}
}

// chooses says whether conditions on the flows out of a node are evaluated.
func chooses(k Kind) bool {
	switch k {
	case Task, ServiceTask, SendTask, ReceiveTask, UserTask, ManualTask, ScriptTask, BusinessRuleTask,
		SubProcess, Transaction, AdHocSubProcess, CallActivity,
		ExclusiveGateway, InclusiveGateway, ComplexGateway:
		return true
	case StartEvent, EndEvent, IntermediateCatchEvent, IntermediateThrowEvent, BoundaryEvent, ParallelGateway, EventBasedGateway:
		return false
	}
	return false
}

func (c *compiler) checkGateway(n *Node, gateway model.Gateway) {
	if len(n.Out) == 0 && !c.incomplete {
		c.nodeFault(ruleGatewayOut, n, "no sequence flow leads out of %s", c.describe(n))
	}
	if n.Kind == EventBasedGateway {
		c.checkEventGateway(n)
	}
	switch direction := gateway.Gateway().GatewayDirection; {
	case direction == "Converging" && len(n.Out) > 1,
		direction == "Diverging" && len(n.In) > 1,
		direction == "Mixed" && (len(n.In) < 2 || len(n.Out) < 2):
		c.nodeFault(ruleGatewayDir, n, "%s says %s but has %d flows in and %d out", c.describe(n), direction, len(n.In), len(n.Out))
	}
}

// checkEventGateway checks what comes after an event-based gateway.
func (c *compiler) checkEventGateway(n *Node) {
	messages, tasks := false, false
	for _, f := range n.Out {
		target := f.Target
		message, allowed := awaits(target)
		messages = messages || message
		tasks = tasks || target.Kind == ReceiveTask
		switch {
		case !allowed:
			c.nodeFault(ruleEventGateway, n, "%s leads to %s, which is not an event to wait for", c.describe(n), c.describe(target))
		case len(target.In) > 1:
			c.nodeFault(ruleEventGateway, n, "%s leads to %s, which %d sequence flows lead to", c.describe(n), c.describe(target), len(target.In))
		case len(target.Boundary) > 0:
			c.nodeFault(ruleEventGateway, n, "%s leads to %s, which has boundary events", c.describe(n), c.describe(target))
		}
	}
	if messages && tasks {
		c.nodeFault(ruleEventGateway, n, "%s leads to message events and to receive tasks", c.describe(n))
	}
}

// awaits says whether an event-based gateway can wait for the node, and
// whether that is a message event.
func awaits(n *Node) (message, allowed bool) {
	switch {
	case n.Kind == ReceiveTask:
		return false, true
	case n.Kind != IntermediateCatchEvent || len(n.Events) != 1:
		return false, false
	}
	kind := n.Events[0].Kind
	return kind == MessageEvent, kind == MessageEvent || kind == TimerEvent || kind == SignalEvent
}

// linkName tells links of different levels apart.
type linkName struct{ parent, name string }

// checkLinks checks that links come in pairs, level by level.
func (c *compiler) checkLinks() {
	catches, throws := map[linkName]int{}, map[linkName]int{}
	for _, n := range c.graph.Nodes {
		if n.catchesLink() {
			catches[n.link()]++
		} else if n.throwsLink() {
			throws[n.link()]++
		}
	}
	for _, n := range c.graph.Nodes {
		if wrong := linkFault(n, throws, catches); wrong != "" {
			c.incomplete = true
			c.nodeFault(ruleLinkPair, n, "the link %s of %s %s", quote(n.Events[0].Name), c.describe(n), wrong)
		}
	}
}

// linkFault says what is wrong with a link event, empty if nothing is.
func linkFault(n *Node, throws, catches map[linkName]int) string {
	switch {
	case n.catchesLink() && throws[n.link()] == 0:
		return "is thrown nowhere at its level"
	case n.catchesLink() && catches[n.link()] > 1:
		return fmt.Sprintf("is caught %d times at its level", catches[n.link()])
	case n.catchesLink() && len(n.In) > 0:
		return fmt.Sprintf("is caught, and sequence flow %s leads into it", quote(n.In[0].ID))
	case n.throwsLink() && catches[n.link()] == 0:
		return "is caught nowhere at its level"
	case n.throwsLink() && len(n.Out) > 0:
		return fmt.Sprintf("is thrown, and sequence flow %s leads out of it", quote(n.Out[0].ID))
	}
	return ""
}

func (n *Node) throwsLink() bool {
	return n.Kind == IntermediateThrowEvent && len(n.Events) == 1 && n.Events[0].Kind == LinkEvent
}

func (n *Node) link() linkName { return linkName{n.Parent, n.Events[0].Name} }
