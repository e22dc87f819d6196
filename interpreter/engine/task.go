package engine

import "strings"

// activateJob asks the host to run the activity of a service, business rule or
// send task. A send task without one sends its message.
func (in *Instance) activateJob(v visit) {
	if v.node.job == nil {
		in.activateSend(v)
		return
	}
	c, err := in.job(v)
	var boundary []opening
	if err == nil {
		boundary, err = in.prepareBoundary(v)
	}
	if err != nil {
		in.hold(v, Entering, err, result{})
		return
	}
	t := in.park(&v, ForActivity)
	c.ID, c.Attempt = t.ID, t.Attempt
	in.emit(c, v.node)
	in.openBoundary(boundary, v.id)
}

// job evaluates what a task asks of an activity.
func (in *Instance) job(v visit) (RunActivity, error) {
	j, env := v.node.job, in.env(v.scope)
	c := RunActivity{Element: v.node.ID, Name: v.node.Name, Inline: j.inline, Retry: j.retry}
	var err error
	if c.Type, err = j.kind.text(env, "the activity type"); err != nil {
		return c, err
	}
	if c.Type == "" {
		return c, j.kind.fault("the activity type is empty")
	}
	if c.Queue, err = j.queue.text(env, "the task queue"); err != nil {
		return c, err
	}
	if c.Timeout, err = j.timeout.span(env, "the timeout", defaultTimeout); err != nil {
		return c, err
	}
	if c.Heartbeat, err = j.heartbeat.span(env, "the heartbeat", 0); err != nil {
		return c, err
	}
	if c.Headers, err = in.headers(v); err != nil {
		return c, err
	}
	c.Input, err = in.input(v)
	return c, err
}

func (in *Instance) headers(v visit) (map[string]string, error) {
	list := v.node.job.headers
	if len(list) == 0 {
		return nil, nil
	}
	env := in.env(v.scope)
	out := make(map[string]string, len(list))
	for _, m := range list {
		text, err := m.value.text(env, "the header")
		if err != nil {
			return nil, err
		}
		out[strings.Join(m.path, ".")] = text
	}
	return out, nil
}

func (in *Instance) activityCompleted(ev ActivityCompleted) {
	v, t := in.unpark(ev.ID)
	in.line("done", v.node, t.ID, "")
	in.finish(v, result{value: ev.Result, given: true})
}

// activityFailed throws the BPMN error of an activity, or makes an incident of
// a technical failure. The boundary events stay open during an incident.
func (in *Instance) activityFailed(ev ActivityFailed) {
	v, t := in.unpark(ev.ID)
	if ev.ErrorCode != "" {
		in.line("fails", v.node, t.ID, ev.ErrorCode)
		in.throwOrHold(v, bpmnError{code: ev.ErrorCode, message: ev.Message, data: ev.Data}, Working, result{})
		return
	}
	in.line("fails", v.node, t.ID, "")
	message := ev.Message
	if message == "" {
		message = "the activity failed"
	}
	in.hold(v, Working, &fault{ActivityIncident, message}, result{})
}

// activateSend publishes the message of a send task.
func (in *Instance) activateSend(v visit) {
	if err := in.publish(v); err != nil {
		in.hold(v, Entering, err, result{})
		return
	}
	in.finish(v, result{})
}
