package engine

// activateCall starts another process and waits for its end.
func (in *Instance) activateCall(v visit) {
	c, err := in.call(v)
	var boundary []opening
	if err == nil {
		boundary, err = in.prepareBoundary(v)
	}
	if err != nil {
		in.hold(v, Entering, err, result{})
		return
	}
	t := in.park(&v, ForChild)
	c.ID, c.Attempt = t.ID, t.Attempt
	in.emit(c, v.node)
	in.openBoundary(boundary, v.id)
}

func (in *Instance) call(v visit) (StartChild, error) {
	target, env := v.node.call, in.env(v.scope)
	c := StartChild{
		Element: v.node.ID, Name: v.node.Name, Version: target.version, BusinessKey: in.opt.BusinessKey,
	}
	var err error
	if c.Process, err = target.process.text(env, "the called process"); err != nil {
		return c, err
	}
	if c.Process == "" {
		return c, target.process.fault("the called process is empty")
	}
	if target.businessKey != nil {
		if c.BusinessKey, err = target.businessKey.text(env, "the business key"); err != nil {
			return c, err
		}
	}
	c.Input, err = in.input(v)
	return c, err
}

// childCompleted goes on after a called process: also after one that was
// terminated by its own end event. An error is thrown at the call activity.
func (in *Instance) childCompleted(ev ChildCompleted) {
	v, t := in.unpark(ev.ID)
	switch {
	case ev.Failure != "":
		in.line("fails", v.node, t.ID, "")
		in.hold(v, Working, &fault{CallIncident, ev.Failure}, result{})
	case ev.Outcome == Completed || ev.Outcome == Terminated:
		in.line("done", v.node, t.ID, "")
		in.finish(v, given(ev.Variables))
	case ev.Outcome == Errored:
		in.line("fails", v.node, t.ID, ev.ErrorCode)
		in.throwOrHold(v, bpmnError{code: ev.ErrorCode, message: ev.Message, data: ev.Variables}, Working, result{})
	default:
		in.line("fails", v.node, t.ID, "")
		in.hold(v, Working, &fault{CallIncident, "the called process was stopped"}, result{})
	}
}
