package engine

// activateUserTask puts a user task into the inbox.
func (in *Instance) activateUserTask(v visit) {
	c, err := in.work(v)
	var boundary []opening
	if err == nil {
		boundary, err = in.prepareBoundary(v)
	}
	if err != nil {
		in.hold(v, Entering, err, result{})
		return
	}
	c.ID = in.park(&v, ForTask).ID
	in.emit(c, v.node)
	in.openBoundary(boundary, v.id)
}

// work evaluates what a user task asks of a person. Dates may be given as
// durations from now.
func (in *Instance) work(v visit) (OpenTask, error) {
	u, env := v.node.user, in.env(v.scope)
	c := OpenTask{
		Element: v.node.ID, Name: v.node.Name, Documentation: u.documentation, Lane: u.laneOfTask,
	}
	var err error
	if u.assignee != nil && err == nil {
		c.Assignee, err = u.assignee.text(env, "the assignee")
	}
	if u.users != nil && err == nil {
		c.CandidateUsers, err = u.users.list(env, "the candidate users")
	}
	if u.groups != nil && err == nil {
		c.CandidateGroups, err = u.groups.list(env, "the candidate groups")
	}
	if u.due != nil && err == nil {
		c.Due, err = u.due.moment(env, "the due date")
	}
	if u.followUp != nil && err == nil {
		c.FollowUp, err = u.followUp.moment(env, "the follow-up date")
	}
	if u.priority != nil && err == nil {
		c.Priority, err = u.priority.number(env, "the priority")
	}
	if u.form != nil && err == nil {
		c.Form, err = u.form.text(env, "the form")
	}
	if err != nil {
		return c, err
	}
	c.Variables, err = in.input(v)
	return c, err
}

func (in *Instance) taskCompleted(ev TaskCompleted) {
	v, t := in.unpark(ev.ID)
	in.line("done", v.node, t.ID, "")
	in.emit(CloseTask{ID: t.ID, Completed: true}, v.node)
	in.finish(v, given(ev.Variables))
}
