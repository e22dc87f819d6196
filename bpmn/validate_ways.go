package bpmn

import (
	"slices"
	"strings"
)

// checkWays checks the ways through a graph: what no token can reach, what
// leads nowhere, and what goes round for ever.
func (c *compiler) checkWays() {
	w := ways{graph: c.graph, links: map[linkName]*Node{}}
	for _, n := range c.graph.Nodes {
		if n.catchesLink() {
			w.links[n.link()] = n
		}
	}
	reached, ending := w.reached(), w.ending()
	loop := w.endlessLoop(reached)
	if len(loop) > 0 {
		c.nodeFault(ruleLoopWithoutWait, loop[0], "%s is in a loop that never waits and never ends: %s", c.describe(loop[0]), listIDs(loop))
	}
	for _, n := range c.graph.Nodes {
		switch {
		case !reached[n.Index]:
			c.nodeFault(ruleUnreachable, n, "%s cannot be reached from a start event", c.describe(n))
		case !ending[n.Index] && len(loop) == 0:
			c.nodeFault(ruleNoWayToEnd, n, "no way leads from %s to an end", c.describe(n))
		}
	}
}

// listIDs names nodes in a message, the first ones if there are many.
func listIDs(nodes []*Node) string {
	const limit = 10
	var ids []string
	for i, n := range nodes {
		if i == limit {
			ids = append(ids, "...")
			break
		}
		ids = append(ids, n.ID)
	}
	return strings.Join(ids, ", ")
}

// ways are the ways through a graph; links lead to their catch events.
type ways struct {
	graph *Graph
	links map[linkName]*Node
}

// next calls visit with every node that a token on n can go to.
func (w ways) next(n *Node, visit func(*Node)) {
	for _, f := range n.Out {
		visit(f.Target)
	}
	for _, b := range n.Boundary {
		visit(b)
	}
	if n.throwsLink() {
		if to := w.links[n.link()]; to != nil {
			visit(to)
		}
	}
}

// reached marks what can be reached from the start events.
func (w ways) reached() []bool {
	marked := make([]bool, len(w.graph.Nodes))
	todo := w.graph.Starts()
	mark := func(n *Node) {
		if !marked[n.Index] {
			marked[n.Index] = true
			todo = append(todo, n)
		}
	}
	for _, n := range todo {
		marked[n.Index] = true
	}
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		w.next(n, mark)
		for _, start := range n.Starts {
			mark(start)
		}
	}
	return marked
}

// ending marks what has a way to an end: to an end event or another node that
// no flow leaves.
func (w ways) ending() []bool {
	marked := make([]bool, len(w.graph.Nodes))
	before := make([][]*Node, len(w.graph.Nodes))
	var todo []*Node
	for _, n := range w.graph.Nodes {
		leaves := false
		w.next(n, func(to *Node) {
			before[to.Index] = append(before[to.Index], n)
			leaves = leaves || to.Host != n
		})
		if !leaves {
			marked[n.Index] = true
			todo = append(todo, n)
		}
	}
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, from := range before[n.Index] {
			if !marked[from.Index] {
				marked[from.Index] = true
				todo = append(todo, from)
			}
		}
	}
	return marked
}

// endlessLoop returns the nodes of one loop that a token certainly never
// leaves and never waits in, nil if there is none.
func (w ways) endlessLoop(reached []bool) []*Node {
	automatic := w.automatic()
	sure := make([][]*Node, len(w.graph.Nodes))
	left := make([]int, len(w.graph.Nodes)) // sure ways that have not turned out to end
	before := make([][]*Node, len(w.graph.Nodes))
	var done []*Node
	for _, n := range w.graph.Nodes {
		if reached[n.Index] && automatic[n.Index] {
			sure[n.Index] = w.sureNext(n)
		}
		for _, to := range sure[n.Index] {
			before[to.Index] = append(before[to.Index], n)
		}
		left[n.Index] = len(sure[n.Index])
		if left[n.Index] == 0 {
			done = append(done, n)
		}
	}
	for len(done) > 0 {
		n := done[len(done)-1]
		done = done[:len(done)-1]
		for _, from := range before[n.Index] {
			if left[from.Index]--; left[from.Index] == 0 {
				done = append(done, from)
			}
		}
	}
	for _, n := range w.graph.Nodes {
		if left[n.Index] > 0 {
			return follow(n, sure, left)
		}
	}
	return nil
}

// follow walks from n along ways that do not end until it comes to a node
// again, and returns the nodes from there on.
func follow(n *Node, sure [][]*Node, left []int) []*Node {
	at := map[*Node]int{}
	var path []*Node
	for {
		if i, again := at[n]; again {
			return path[i:]
		}
		at[n] = len(path)
		path = append(path, n)
		for _, to := range sure[n.Index] {
			if left[to.Index] > 0 {
				n = to
				break
			}
		}
	}
}

// automatic marks the nodes that a token passes without waiting for anything.
// A sub-process is one if all of its content is.
func (w ways) automatic() []bool {
	marked := make([]bool, len(w.graph.Nodes))
	for i, n := range w.graph.Nodes {
		marked[i] = len(n.Boundary) == 0 && passes(n)
	}
	for i, n := range slices.Backward(w.graph.Nodes) { // content comes after its sub-process
		if !marked[i] && n.Scope != nil {
			marked[n.Scope.Index] = false
		}
	}
	return marked
}

func passes(n *Node) bool {
	switch n.Kind {
	case StartEvent, Task, ManualTask, ScriptTask, SubProcess, IntermediateThrowEvent, ExclusiveGateway:
		return true
	case IntermediateCatchEvent:
		return n.catchesLink()
	case ParallelGateway, InclusiveGateway:
		return len(n.In) <= 1
	case EndEvent:
		return len(n.Events) == 0 || n.Events[0].Kind != ErrorEvent
	case BoundaryEvent, ServiceTask, SendTask, ReceiveTask, UserTask, BusinessRuleTask, CallActivity, EventBasedGateway,
		Transaction, AdHocSubProcess, ComplexGateway:
		return false
	}
	return false
}

// sureNext returns where a token that leaves n goes whatever the data are.
func (w ways) sureNext(n *Node) []*Node {
	if n.throwsLink() {
		if to := w.links[n.link()]; to != nil {
			return []*Node{to}
		}
		return nil
	}
	chosen := n.Kind == ExclusiveGateway || n.Kind == InclusiveGateway
	var to []*Node
	for _, f := range n.Out {
		if f.Condition == "" && f != n.DefaultFlow && (!chosen || len(n.Out) == 1) {
			to = append(to, f.Target)
		}
	}
	return to
}
