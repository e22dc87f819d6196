package engine

// activateEventGateway waits for the first of several events (BPMN 2.0.2,
// 13.4.4).
func (in *Instance) activateEventGateway(v visit) {
	var list []opening
	for _, f := range v.node.Out {
		o, err := in.prepare(in.def.flows[f.Index].target, v.scope)
		if err != nil {
			in.hold(v, Entering, err, result{})
			return
		}
		list = append(list, o)
	}
	in.park(&v, ForEvent)
	in.openBoundary(list, v.id)
}

// choseEvent goes on from the event that came first; all the others are
// withdrawn.
func (in *Instance) choseEvent(v visit, n *node, r result) {
	in.close(v)
	in.line("leave", v.node, "", "")
	for _, f := range v.node.Out {
		if in.def.flows[f.Index].target != n {
			continue
		}
		in.lineTake(f)
		in.lineEnter(n, f)
		in.finish(visit{node: n, scope: v.scope, flow: f}, r)
		return
	}
}
