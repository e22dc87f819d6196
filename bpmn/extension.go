package bpmn

import (
	"reflect"

	"github.com/perdure/perdure/bpmn/model"
)

// extension is what Perdure's own elements in extensionElements say. The tags
// are those of package model; the namespace is Namespace.
type extension struct {
	Task        *taskExtension        `bpmn:"task"`
	Inputs      []*mappingExtension   `bpmn:"input"`
	Outputs     []*mappingExtension   `bpmn:"output"`
	User        *userExtension        `bpmn:"user"`
	Correlation *correlationExtension `bpmn:"correlation"`
	Call        *callExtension        `bpmn:"call"`
}

// extensionPart is what all elements of the extension have.
type extensionPart struct {
	Source *model.XML
}

func (e *extensionPart) setSource(x *model.XML) { e.Source = x }

// taskExtension says what a service, send or business rule task does.
type taskExtension struct {
	extensionPart
	Type           string              `bpmn:"@type"`
	TaskQueue      string              `bpmn:"@taskQueue"`
	Inline         bool                `bpmn:"@inline"`
	Timeout        string              `bpmn:"@timeout"`
	Heartbeat      string              `bpmn:"@heartbeat"`
	ResultVariable string              `bpmn:"@resultVariable"`
	Retry          *retryExtension     `bpmn:"retry"`
	Headers        []*headerExtension  `bpmn:"header"`
	Inputs         []*mappingExtension `bpmn:"input"`
	Outputs        []*mappingExtension `bpmn:"output"`
}

// retryExtension says how a job is tried again.
type retryExtension struct {
	extensionPart
	MaxAttempts int     `bpmn:"@maxAttempts"`
	Interval    string  `bpmn:"@interval"`
	Backoff     float64 `bpmn:"@backoff"`
	MaxInterval string  `bpmn:"@maxInterval"`
}

// headerExtension is a header of a job.
type headerExtension struct {
	extensionPart
	Name  string `bpmn:"@name"`
	Value string `bpmn:"@value"`
}

// mappingExtension computes one input or output.
type mappingExtension struct {
	extensionPart
	Target string `bpmn:"@target"`
	Expr   string `bpmn:"@source"`
	Value  string `bpmn:"@value"`
}

// userExtension describes the work of a user task.
type userExtension struct {
	extensionPart
	Assignee        string `bpmn:"@assignee"`
	CandidateUsers  string `bpmn:"@candidateUsers"`
	CandidateGroups string `bpmn:"@candidateGroups"`
	DueDate         string `bpmn:"@dueDate"`
	FollowUpDate    string `bpmn:"@followUpDate"`
	Priority        string `bpmn:"@priority"`
	Form            string `bpmn:"@form"`
	ResultVariable  string `bpmn:"@resultVariable"`
}

// correlationExtension gives the correlation key of a message.
type correlationExtension struct {
	extensionPart
	Key string `bpmn:"@key"`
}

// callExtension completes a call activity.
type callExtension struct {
	extensionPart
	Version     int    `bpmn:"@version"`
	BusinessKey string `bpmn:"@businessKey"`
}

// readExtensions reads Perdure's elements wherever they stand and warns once
// of each other namespace.
func (d *decoder) readExtensions(to *Definitions) {
	d.walk(to.Definitions, func(e model.Element) {
		base := e.Base()
		if len(base.Extensions) == 0 {
			return
		}
		own := &model.XML{Space: Namespace, Name: "extensionElements", Parent: base.Source}
		for _, x := range base.Extensions {
			if x.Space == Namespace {
				own.Children = append(own.Children, x)
			} else {
				d.foreignNamespace(x, x.Space)
			}
		}
		if len(own.Children) == 0 {
			return
		}
		read := &extension{}
		d.namespace = Namespace
		d.fill(own, reflect.ValueOf(read).Elem(), nil)
		d.namespace = bpmnNamespace
		to.extensions[e] = read
		d.misplaced(e, read)
	})
}

// misplaced reports elements of the extension where they have no meaning.
func (d *decoder) misplaced(e model.Element, x *extension) {
	report := func(at *extensionPart, name, where string) {
		d.fault(ruleMisplacedExtension, at.Source, "perdure:%s has no meaning at %s; it belongs to %s", name, describe(e), where)
	}
	if x.Task != nil && !allowsTask(e) {
		report(&x.Task.extensionPart, "task", "a service, send or business rule task")
	}
	if _, user := e.(*model.UserTask); x.User != nil && !user {
		report(&x.User.extensionPart, "user", "a user task")
	}
	if _, call := e.(*model.CallActivity); x.Call != nil && !call {
		report(&x.Call.extensionPart, "call", "a call activity")
	}
	if x.Correlation != nil && !allowsCorrelation(e) {
		report(&x.Correlation.extensionPart, "correlation", "a message, or an event or task with one")
	}
	if !allowsMappings(e) {
		for _, m := range x.Inputs {
			report(&m.extensionPart, "input", "an activity or event")
		}
		for _, m := range x.Outputs {
			report(&m.extensionPart, "output", "an activity or event")
		}
	}
}

func allowsTask(e model.Element) bool {
	switch e.(type) {
	case *model.ServiceTask, *model.SendTask, *model.BusinessRuleTask:
		return true
	}
	return false
}

func allowsMappings(e model.Element) bool {
	switch e.(type) {
	case model.Activity, model.Event:
		return true
	}
	return false
}

func allowsCorrelation(e model.Element) bool {
	switch e := e.(type) {
	case *model.Message, *model.MessageEventDefinition, *model.SendTask, *model.ReceiveTask:
		return true
	case model.Event:
		for _, definition := range e.Event().Definitions() {
			if _, message := definition.(*model.MessageEventDefinition); message {
				return true
			}
		}
	}
	return false
}
