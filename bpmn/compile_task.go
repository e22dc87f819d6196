package bpmn

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/perdure/perdure/bpmn/model"
	"github.com/perdure/perdure/interpreter/expr"
	"github.com/perdure/perdure/interpreter/iso8601"
)

// activity compiles what is special about an activity.
func (c *compiler) activity(e model.Activity, n *Node) {
	x := c.extensions[e]
	if x == nil {
		x = &extension{}
	}
	switch e := e.(type) {
	case *model.ServiceTask:
		c.job(e, n, x.Task, e.Implementation)
	case *model.BusinessRuleTask:
		c.job(e, n, x.Task, e.Implementation)
	case *model.SendTask:
		c.sendTask(e, n, x)
	case *model.ReceiveTask:
		message := c.message(e, e.MessageRef, x)
		n.Message = &message
	case *model.UserTask:
		c.userTask(e, n, x.User)
	case *model.ScriptTask:
		c.scriptTask(e, n)
	case *model.CallActivity:
		c.callActivity(e, n, x.Call)
	}
}

// job compiles what a task does: what perdure:task says or, without it, the
// attribute implementation, which then names the activity type.
func (c *compiler) job(e model.Activity, n *Node, x *taskExtension, implementation string) {
	n.Job = &Job{}
	switch {
	case x != nil && x.Type != "":
		n.ResultVariable = c.resultVariable(x.Source, x.ResultVariable)
		c.jobDetails(n.Job, x)
	case namesActivity(implementation):
		if x != nil {
			n.ResultVariable = c.resultVariable(x.Source, x.ResultVariable)
			c.jobDetails(n.Job, x)
		}
		n.Job.Type = c.value(e.Base().Source, implementation, "implementation")
	default:
		c.fault(ruleImplementation, e, "%s does not say what does its work", describe(e))
	}
}

// namesActivity says whether an implementation is more than the standard's
// placeholders.
func namesActivity(implementation string) bool {
	return implementation != "" && !strings.HasPrefix(implementation, "##")
}

func (c *compiler) jobDetails(job *Job, x *taskExtension) {
	if x.Type != "" {
		job.Type = c.value(x.Source, x.Type, "type")
	}
	if x.TaskQueue != "" {
		job.Queue = c.value(x.Source, x.TaskQueue, "taskQueue")
	}
	job.Inline = x.Inline
	job.Timeout = c.checked(x.Source, x.Timeout, "timeout", checkPositive)
	job.Heartbeat = c.checked(x.Source, x.Heartbeat, "heartbeat", checkPositive)
	if x.Retry != nil {
		job.Retry = c.retry(x.Retry)
	}
	for _, h := range x.Headers {
		if h.Name == "" {
			c.faultAt(ruleExtensionValue, h.Source, "perdure:header has no name")
		}
		job.Headers = append(job.Headers, Mapping{Target: h.Name, Value: c.value(h.Source, h.Value, "header")})
	}
}

// checkPositive says why a text is not a duration of some time.
func checkPositive(text string) error {
	if err := checkDuration(text); err != nil {
		return err
	}
	if d, err := iso8601.ParseDuration(text); err != nil || d.IsZero() {
		return errors.New("it must be longer than no time")
	}
	return nil
}

func (c *compiler) retry(x *retryExtension) *Retry {
	invalid := func(name, why string) {
		c.faultAt(ruleExtensionValue, x.Source, "the attribute %s of perdure:retry %s", name, why)
	}
	if hasAttr(x.Source, "maxAttempts") && x.MaxAttempts < 1 {
		invalid("maxAttempts", "is less than 1")
	}
	if hasAttr(x.Source, "backoff") && (x.Backoff < 1 || x.Backoff > 100) {
		invalid("backoff", "is not between 1 and 100")
	}
	for _, d := range []struct{ name, text string }{{"interval", x.Interval}, {"maxInterval", x.MaxInterval}} {
		if d.text == "" {
			continue
		}
		if err := checkPositive(d.text); err != nil {
			invalid(d.name, fmt.Sprintf("is %s: %v", quote(d.text), err))
		}
	}
	return &Retry{MaxAttempts: x.MaxAttempts, Interval: x.Interval, Backoff: x.Backoff, MaxInterval: x.MaxInterval}
}

// sendTask compiles a job if there is one, and else the message that the
// engine sends itself.
func (c *compiler) sendTask(e *model.SendTask, n *Node, x *extension) {
	if x.Task != nil || namesActivity(e.Implementation) || e.MessageRef.Text == "" {
		c.job(e, n, x.Task, e.Implementation)
		return
	}
	message := c.message(e, e.MessageRef, x)
	n.Message = &message
}

func (c *compiler) userTask(e *model.UserTask, n *Node, x *userExtension) {
	n.User = &User{Documentation: documentation(e), Lane: c.lanes[e]}
	if x == nil {
		return
	}
	n.ResultVariable = c.resultVariable(x.Source, x.ResultVariable)
	n.User.Assignee = c.optional(x.Source, x.Assignee, "assignee")
	n.User.CandidateUsers = c.optional(x.Source, x.CandidateUsers, "candidateUsers")
	n.User.CandidateGroups = c.optional(x.Source, x.CandidateGroups, "candidateGroups")
	n.User.Form = c.optional(x.Source, x.Form, "form")
	n.User.DueDate = c.optionalChecked(x.Source, x.DueDate, "dueDate", checkDue)
	n.User.FollowUpDate = c.optionalChecked(x.Source, x.FollowUpDate, "followUpDate", checkDue)
	n.User.Priority = c.optionalChecked(x.Source, x.Priority, "priority", checkWhole)
}

func (c *compiler) optionalChecked(at *model.XML, text, what string, check func(string) error) *Value {
	if text == "" {
		return nil
	}
	v := c.checked(at, text, what, check)
	return &v
}

// checkDue accepts a date, or a duration from the moment the task opens.
func checkDue(text string) error {
	if strings.HasPrefix(text, "P") {
		return checkDuration(text)
	}
	_, err := iso8601.ParseDate(text)
	return err
}

func checkWhole(text string) error {
	if _, err := strconv.ParseInt(text, 10, 32); err != nil {
		return errors.New("it is not a whole number")
	}
	return nil
}

func documentation(e model.Element) string {
	var texts []string
	for _, d := range e.Base().Documentation {
		if text := strings.TrimSpace(d.Text); text != "" {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, "\n\n")
}

func (c *compiler) scriptTask(e *model.ScriptTask, n *Node) {
	switch strings.ToLower(strings.TrimSpace(e.ScriptFormat)) {
	case "", "expr", "application/x-expr", "text/x-expr":
	default:
		c.fault(ruleScriptFormat, e, "%s has a script in %s", describe(e), quote(e.ScriptFormat))
		return
	}
	n.Script = strings.TrimSpace(e.Script)
	if n.Script == "" {
		c.fault(ruleExprSyntax, e, "%s has no script", describe(e))
		return
	}
	_, err := expr.CompileScript(n.Script)
	c.syntax(e.Source, n.Script, "script", err)
}

// callActivity compiles the called process: its id, with or without a prefix,
// or an expression that gives one.
func (c *compiler) callActivity(e *model.CallActivity, n *Node, x *callExtension) {
	called := strings.TrimSpace(e.CalledElement)
	if prefix, local, ok := strings.Cut(called, ":"); ok && !strings.HasPrefix(called, "=") {
		if _, bound := e.Source.Resolve(prefix); bound && isID(local) {
			called = local
		}
	}
	if called == "" {
		c.fault(ruleCalledElement, e, "%s does not say what it calls", describe(e))
	}
	n.Call = &Call{Process: c.value(e.Source, called, "calledElement")}
	for _, root := range c.RootElements {
		if _, global := root.(model.GlobalTask); global && root.Base().ID == called && called != "" {
			c.fault(ruleUnsupported, e, "%s calls %s; calls of global tasks are not supported", describe(e), describe(root))
		}
	}
	if x == nil {
		return
	}
	n.Call.Version = x.Version
	if hasAttr(x.Source, "version") && x.Version < 1 {
		c.faultAt(ruleExtensionValue, x.Source, "the attribute version of perdure:call is less than 1")
	}
	n.Call.BusinessKey = c.optional(x.Source, x.BusinessKey, "businessKey")
}

func (c *compiler) resultVariable(at *model.XML, name string) string {
	if name != "" && !isVariable(name) {
		c.faultAt(ruleExtensionValue, at, "the resultVariable %s cannot be the name of a variable", quote(name))
	}
	return name
}
