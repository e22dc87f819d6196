package bpmn

import "fmt"

// Node returns the flow node with the id, nil if there is none.
func (g *Graph) Node(id string) *Node { return g.nodes[id] }

// Flow returns the sequence flow with the id, nil if there is none.
func (g *Graph) Flow(id string) *Flow { return g.flows[id] }

// Starts returns the start events at the top level, in document order.
func (g *Graph) Starts() []*Node {
	var starts []*Node
	for _, n := range g.Nodes {
		if n.Kind == StartEvent && n.Scope == nil {
			starts = append(starts, n)
		}
	}
	return starts
}

// link fills what nodes and flows know of each other.
func (g *Graph) link() error {
	g.nodes = make(map[string]*Node, len(g.Nodes))
	g.flows = make(map[string]*Flow, len(g.Flows))
	for i, n := range g.Nodes {
		if n == nil || n.ID == "" || g.nodes[n.ID] != nil {
			return fmt.Errorf("node %d is missing, has no id or the id of another one", i)
		}
		n.Index = i
		g.nodes[n.ID] = n
	}
	for i, f := range g.Flows {
		if f == nil || f.ID == "" || g.flows[f.ID] != nil {
			return fmt.Errorf("flow %d is missing, has no id or the id of another one", i)
		}
		f.Index = i
		g.flows[f.ID] = f
		if err := g.linkFlow(f); err != nil {
			return err
		}
	}
	for _, n := range g.Nodes {
		if err := g.linkNode(n); err != nil {
			return err
		}
	}
	for _, n := range g.Nodes {
		if n.Kind == SubProcess {
			n.Starts = g.startsOf(n)
		}
	}
	return nil
}

func (g *Graph) linkFlow(f *Flow) error {
	f.Source, f.Target = g.nodes[f.From], g.nodes[f.To]
	if f.Source == nil || f.Target == nil {
		return fmt.Errorf("flow %q leads from %q to %q, which are not both there", f.ID, f.From, f.To)
	}
	f.Source.Out = append(f.Source.Out, f)
	f.Target.In = append(f.Target.In, f)
	return nil
}

func (g *Graph) linkNode(n *Node) error {
	if n.Parent != "" {
		n.Scope = g.nodes[n.Parent]
		if n.Scope == nil || n.Scope.Kind != SubProcess || n.Scope.Index >= n.Index {
			return fmt.Errorf("node %q has the parent %q, which is not a sub-process before it", n.ID, n.Parent)
		}
	}
	if n.Default != "" {
		n.DefaultFlow = g.flows[n.Default]
		if n.DefaultFlow == nil || n.DefaultFlow.Source != n {
			return fmt.Errorf("node %q has the default flow %q, which does not lead out of it", n.ID, n.Default)
		}
	}
	if n.AttachedTo != "" {
		n.Host = g.nodes[n.AttachedTo]
		if n.Host == nil || n.Host == n {
			return fmt.Errorf("node %q is attached to %q, which is not there", n.ID, n.AttachedTo)
		}
		n.Host.Boundary = append(n.Host.Boundary, n)
	}
	return nil
}

// startsOf returns where a sub-process begins: at its start events or, when it
// has none, at every node that no flow leads to (BPMN 2.0.2, 10.5.2).
func (g *Graph) startsOf(sub *Node) []*Node {
	var starts, open []*Node
	for _, n := range g.Nodes[sub.Index+1:] {
		switch {
		case n.Scope != sub:
		case n.Kind == StartEvent:
			starts = append(starts, n)
		case len(n.In) == 0 && n.AttachedTo == "" && !n.catchesLink():
			open = append(open, n)
		}
	}
	if len(starts) > 0 {
		return starts
	}
	return open
}

// catchesLink says whether the node is the landing place of a link.
func (n *Node) catchesLink() bool {
	return n.Kind == IntermediateCatchEvent && len(n.Events) == 1 && n.Events[0].Kind == LinkEvent
}
