package engine

import "github.com/perdure/perdure/bpmn"

// reach says which incoming flows of one inclusive join a token can still
// arrive by: one set for each node of the graph, by index. The paths do not
// visit the join itself (BPMN 2.0.2, 13.4.3).
type reach []flowSet

// flowSet is a set of incoming flows of one node, by their place.
type flowSet []uint64

func newFlowSet(size int) flowSet { return make(flowSet, (size+63)/64) }

func (s flowSet) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s flowSet) has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }

func (s flowSet) meets(other flowSet) bool {
	for i := range s {
		if s[i]&other[i] != 0 {
			return true
		}
	}
	return false
}

// reachOf walks backwards from every incoming flow of a join, over the nodes
// of its level. Beside the sequence flows, a boundary event is a way out of
// its activity and a link leads from throw to catch.
func (d *Definition) reachOf(join *node) reach {
	from := d.predecessors(join)
	r := make(reach, len(d.nodes))
	for place, in := range join.In {
		seen := make([]bool, len(d.nodes))
		todo := []*bpmn.Node{in.Source}
		for len(todo) > 0 {
			n := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			if seen[n.Index] || n == join.Node {
				continue
			}
			seen[n.Index] = true
			if r[n.Index] == nil {
				r[n.Index] = newFlowSet(len(join.In))
			}
			r[n.Index].add(place)
			todo = append(todo, from[n.Index]...)
		}
	}
	return r
}

// predecessors lists, for the nodes of the join's level, where a token comes
// from.
func (d *Definition) predecessors(join *node) [][]*bpmn.Node {
	from := make([][]*bpmn.Node, len(d.nodes))
	for _, n := range d.nodes {
		if n.Scope != join.Scope {
			continue
		}
		for _, f := range n.Out {
			from[f.Target.Index] = append(from[f.Target.Index], n.Node)
		}
		for _, b := range n.Boundary {
			from[b.Index] = append(from[b.Index], n.Node)
		}
		if n.link != nil {
			from[n.link.Index] = append(from[n.link.Index], n.Node)
		}
	}
	return from
}
