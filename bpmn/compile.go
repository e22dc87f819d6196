package bpmn

import (
	"fmt"
	"slices"
	"strings"

	"github.com/perdure/perdure/bpmn/model"
)

// Compile checks every executable process and returns one graph for each, in
// the order of the file. A process is executable unless isExecutable is false:
// files that come without the attribute are meant to run. Processes that are
// not executable are left out.
//
// The faults are all that is known about the file, those of Read included.
// With an error among them there are no graphs.
func (d *Definitions) Compile() ([]*Graph, Faults) {
	c := &compiler{Definitions: d, collector: d.faults.clone()}
	var graphs []*Graph
	for _, root := range d.RootElements {
		if p, ok := root.(*model.Process); ok && executable(p) {
			graphs = append(graphs, c.compile(p))
		}
	}
	c.checkDefinitions(len(graphs))
	if len(c.errors) > 0 {
		return nil, c.collector.faults()
	}
	for _, g := range graphs {
		g.sha256 = digest(g.JSON())
	}
	return graphs, c.collector.faults()
}

// executable applies the rule that a file which does not say is meant to run.
func executable(p *model.Process) bool {
	said := strings.TrimSpace(p.IsExecutable)
	return said != "false" && said != "0"
}

// clone returns a collector that can take faults of its own.
func (c *collector) clone() *collector {
	return &collector{rules: c.rules, errors: slices.Clone(c.errors), warnings: slices.Clone(c.warnings), hidden: c.hidden}
}

// compiler turns one process after the other into a graph.
type compiler struct {
	*Definitions
	*collector

	process *model.Process
	graph   *Graph
	// compiled and sources lead from the model to the graph and back.
	compiled map[model.FlowNode]*Node
	sources  map[string]model.Element
	lanes    map[model.FlowNode]string
	// incomplete is set when a node or flow had to be left out, so that the
	// graph says nothing about ways through it.
	incomplete bool
	dataTold   bool
}

func (c *compiler) compile(p *model.Process) *Graph {
	c.process = p
	c.graph = &Graph{Format: GraphFormat, Semantics: Semantics, ID: p.ID, Name: p.Name, Nodes: []*Node{}, Flows: []*Flow{}}
	c.compiled, c.sources, c.lanes = map[model.FlowNode]*Node{}, map[string]model.Element{}, map[model.FlowNode]string{}
	c.incomplete, c.dataTold = false, false
	c.nameLanes(p.LaneSets)
	c.checkProcess(p)
	var flows []*model.SequenceFlow
	c.content(p, "", &flows)
	for _, f := range flows {
		c.flow(f)
	}
	for _, n := range c.inOrder() {
		c.defaultFlow(n)
	}
	c.attach()
	if err := c.graph.link(); err != nil {
		if len(c.errors) == 0 {
			c.fault(ruleUndefinedReference, p, "process %s cannot be linked: %v", quote(p.ID), err)
		}
		return c.graph
	}
	c.checkGraph()
	c.process = nil
	return c.graph
}

// content compiles the flow nodes of one level and gathers its sequence flows.
func (c *compiler) content(in model.FlowElementsContainer, parent string, flows *[]*model.SequenceFlow) {
	c.checkContent(in)
	for _, e := range in.Content().FlowElements {
		switch e := e.(type) {
		case *model.SequenceFlow:
			*flows = append(*flows, e)
		case model.FlowNode:
			n := c.node(e, parent)
			if sub, ok := e.(*model.SubProcess); ok && n != nil {
				c.nameLanes(sub.LaneSets)
				c.content(sub, sub.ID, flows)
			}
		}
	}
}

// node compiles one flow node. It returns nil for one that cannot be named or
// is not supported, which has been reported.
func (c *compiler) node(e model.FlowNode, parent string) *Node {
	base := e.Base()
	if !c.supported(e) || base.ID == "" || c.sources[base.ID] != nil {
		c.incomplete = true
		return nil
	}
	n := &Node{ID: base.ID, Name: e.Flow().Name, Kind: Kind(base.ElementName()), Parent: parent}
	c.graph.Nodes = append(c.graph.Nodes, n)
	c.compiled[e], c.sources[n.ID] = n, e
	c.mappings(e, n)
	switch e := e.(type) {
	case model.Event:
		c.event(e, n)
	case model.Activity:
		c.activity(e, n)
	}
	return n
}

// flow compiles a sequence flow, unless it lacks an end or crosses a border.
func (c *compiler) flow(f *model.SequenceFlow) {
	if f.SourceRef.Text == "" || f.TargetRef.Text == "" {
		c.fault(ruleFlowEnds, f, "%s lacks its source or its target", describe(f))
	}
	source, target := f.SourceRef.Target, f.TargetRef.Target
	if source == nil || target == nil {
		c.incomplete = true
		return
	}
	if source.Base().Parent != target.Base().Parent || c.processOf(source) != c.process {
		c.incomplete = true
		c.fault(ruleFlowScope, f, "%s leads from %s to %s, which is in another process or at another level", describe(f), describe(source), describe(target))
		return
	}
	from, to := c.compiled[source], c.compiled[target]
	if from == nil || to == nil || f.ID == "" || c.sources[f.ID] != nil {
		c.incomplete = true
		return
	}
	c.sources[f.ID] = f
	c.graph.Flows = append(c.graph.Flows, &Flow{ID: f.ID, Name: f.Name, From: from.ID, To: to.ID, Condition: c.condition(f)})
}

// processOf returns the process that an element is in.
func (c *compiler) processOf(e model.Element) *model.Process {
	for ; e != nil; e = e.Base().Parent {
		if p, ok := e.(*model.Process); ok {
			return p
		}
	}
	return nil
}

// defaultFlow sets the default flow of an activity or gateway.
func (c *compiler) defaultFlow(e model.FlowNode) {
	ref := defaultOf(e)
	if ref == nil || ref.Target == nil {
		return
	}
	switch flow := ref.Target; {
	case flow.SourceRef.Target != e:
		c.fault(ruleDefaultFlow, e, "the default flow %s of %s does not lead out of it", quote(flow.ID), describe(e))
	case c.sources[flow.ID] != flow:
		// It has been reported why the flow itself is not there.
	default:
		c.compiled[e].Default = flow.ID
	}
}

func defaultOf(e model.FlowNode) *model.Ref[*model.SequenceFlow] {
	switch e := e.(type) {
	case model.Activity:
		return &e.Activity().Default
	case *model.ExclusiveGateway:
		return &e.Default
	case *model.InclusiveGateway:
		return &e.Default
	}
	return nil
}

// attach connects boundary events with their activities.
func (c *compiler) attach() {
	for _, e := range c.inOrder() {
		b, ok := e.(*model.BoundaryEvent)
		if !ok {
			continue
		}
		host := b.AttachedToRef.Target
		_, activity := host.(model.Activity)
		switch {
		case b.AttachedToRef.Text == "":
			c.incomplete = true
			c.fault(ruleBoundaryHost, b, "%s is attached to nothing", describe(b))
		case host == nil: // an undefined reference
			c.incomplete = true
		case !activity || host.Base().Parent != b.Parent:
			c.incomplete = true
			c.fault(ruleBoundaryHost, b, "%s is attached to %s, which is not an activity of its level", describe(b), describe(host))
		case c.compiled[host] != nil:
			c.compiled[b].AttachedTo = host.Base().ID
		}
	}
}

// inOrder returns the compiled nodes in the order of the graph.
func (c *compiler) inOrder() []model.FlowNode {
	nodes := make([]model.FlowNode, 0, len(c.graph.Nodes))
	for _, n := range c.graph.Nodes {
		nodes = append(nodes, c.sources[n.ID].(model.FlowNode))
	}
	return nodes
}

// nameLanes remembers the lane of each node; an inner lane wins.
func (c *compiler) nameLanes(sets []*model.LaneSet) {
	for _, set := range sets {
		for _, lane := range set.Lanes {
			for _, ref := range lane.FlowNodeRefs {
				if ref.Target != nil {
					c.lanes[ref.Target] = lane.Name
				}
			}
			if lane.ChildLaneSet != nil {
				c.nameLanes([]*model.LaneSet{lane.ChildLaneSet})
			}
		}
	}
}

// fault reports something about an element.
func (c *compiler) fault(rule string, e model.Element, format string, args ...any) {
	c.faultAt(rule, e.Base().Source, format, args...)
}

func (c *compiler) faultAt(rule string, x *model.XML, format string, args ...any) {
	f := Fault{Rule: rule, Element: nearestID(x), Line: x.Line, Column: x.Column, Message: fmt.Sprintf(format, args...)}
	if c.process != nil {
		f.Process = c.process.ID
	}
	c.add(f)
}
