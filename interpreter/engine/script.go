package engine

// activateScript runs the assignments of a script task.
func (in *Instance) activateScript(v visit) {
	set, err := v.node.script.Run(in.env(v.scope))
	if err != nil {
		in.hold(v, Entering, err, result{})
		return
	}
	list := make([]assignment, len(set))
	for i := range set {
		list[i] = assignment{name: set[i].Name, value: set[i].Value}
	}
	if err := in.assign(v.scope, list); err != nil {
		in.hold(v, Entering, err, result{})
		return
	}
	in.finish(v, result{})
}
