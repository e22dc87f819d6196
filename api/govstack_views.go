package api

import (
	"github.com/perdure/perdure/api/service"
	"github.com/perdure/perdure/repository"
)

// The shapes of the GovStack Workflow Building Block 1.0, chapter 8. Where its
// document and its examples differ, both are there: a process carries its
// definition flat and nested (GS-8.8).

// Property is one item of a ListOfProperties.
type Property struct {
	Code  string `json:"code"`
	Value any    `json:"value"`
}

// GovDefinition is a ProcessDefinition.
type GovDefinition struct {
	Name         string     `json:"name"`
	Type         string     `json:"type" enum:"None,Private,Public"`
	Version      string     `json:"version"`
	IsExecutable bool       `json:"isExecutable"`
	IsClosed     bool       `json:"isClosed"`
	Description  string     `json:"description"`
	ProcessBody  []Property `json:"processBody" doc:"Code \"bpmn\" carries the BPMN XML, code \"bpmn-url\" says where it is."`
}

// GovProcess is a Process.
type GovProcess struct {
	ID       string `json:"id" doc:"key:version:uuid"`
	Key      string `json:"key"`
	Category string `json:"category"`
	Status   string `json:"status" enum:"active,suspended"`
	GovDefinition

	ProcessDefinition GovDefinition `json:"processDefinition"`
}

// govProcess shows a process; without XML its body only says where that is.
func govProcess(p repository.Process, xml []byte) GovProcess {
	body := []Property{{Code: "bpmn-url", Value: pathOf("api", "v1", "processes", p.ID, "bpmn")}}
	if xml != nil {
		body = []Property{{Code: "bpmn", Value: string(xml)}}
	}
	definition := GovDefinition{
		Name: p.Name, Type: p.Type, Version: versionText(p.Version), IsExecutable: p.Executable,
		IsClosed: p.Closed, Description: p.Description, ProcessBody: body,
	}
	status := "active"
	if !p.Enabled {
		status = "suspended"
	}
	return GovProcess{
		ID: p.ID, Key: p.Key, Category: p.Category, Status: status,
		GovDefinition: definition, ProcessDefinition: definition,
	}
}

// GovStarted is what start and stop answer.
type GovStarted struct {
	ID         string `json:"id"`
	ProcessRef string `json:"processRef"`
	Suspended  bool   `json:"suspended"`
	Ended      bool   `json:"ended"`
	State      string `json:"state" doc:"running, suspended, completed, terminated, stopped or error"`
	// Variables are there when the caller waited for the end.
	Variables *Object `json:"variables,omitempty" doc:"The output, when the caller asked to wait for the end."`
}

func govStarted(in repository.Instance) GovStarted {
	return GovStarted{
		ID: in.ID, ProcessRef: in.ProcessID, Suspended: in.Suspended,
		Ended: in.State != repository.Running, State: stateOf(in),
	}
}

// stateOf adds to the states of the repository the one that is no outcome.
func stateOf(in repository.Instance) string {
	if in.State == repository.Running && in.Suspended {
		return "suspended"
	}
	return in.State
}

// GovInstance is a ProcessInstance.
type GovInstance struct {
	ID             string `json:"id"`
	ProcessRef     string `json:"processRef"`
	InitTime       string `json:"initTime"`
	State          string `json:"state"`
	LastChangeTime string `json:"lastChangeTime"`
}

const govTime = "2006-01-02T15:04:05.000Z07:00"

func govInstance(in repository.Instance) GovInstance {
	return GovInstance{
		ID: in.ID, ProcessRef: in.ProcessID, InitTime: in.Started.UTC().Format(govTime),
		State: stateOf(in), LastChangeTime: in.Changed.UTC().Format(govTime),
	}
}

// GovInstanceDetail is a ProcessInstance with the details of GS-8.6 and GS-3.1.
type GovInstanceDetail struct {
	GovInstance

	StartedBy   Actor    `json:"startedBy"`
	BusinessKey string   `json:"businessKey,omitempty"`
	Trigger     string   `json:"trigger"`
	Suspended   bool     `json:"suspended"`
	Ended       bool     `json:"ended"`
	Input       Object   `json:"input"`
	Output      *Object  `json:"output,omitempty"`
	EndTime     string   `json:"endTime,omitempty"`
	ExitCode    *int     `json:"exitCode,omitempty" doc:"0 success, 1 error, 2 stopped or terminated"`
	ErrorCode   string   `json:"errorCode,omitempty"`
	Message     string   `json:"message,omitempty"`
	Incidents   int      `json:"incidents" doc:"How many wait for a person."`
	Log         []GovLog `json:"log"`
}

// GovLog is one line of an instance's log.
type GovLog struct {
	Time    string `json:"time"`
	Source  string `json:"source" enum:"instance,audit"`
	Text    string `json:"text"`
	Element string `json:"element,omitempty"`
	Actor   *Actor `json:"actor,omitempty"`
}

func govInstanceDetail(in repository.Instance, log []service.LogEntry) GovInstanceDetail {
	detail := GovInstanceDetail{
		GovInstance: govInstance(in), StartedBy: actorView(in.StartedBy), BusinessKey: in.BusinessKey,
		Trigger: in.Trigger, Suspended: in.Suspended, Ended: in.State != repository.Running,
		Input: Object(in.Input), ExitCode: in.ExitCode, ErrorCode: in.ErrorCode, Message: in.Message,
		Incidents: in.Incidents,
		Log: convertAll(log, func(e service.LogEntry) GovLog {
			return GovLog{Time: e.Time.UTC().Format(govTime), Source: e.Source, Text: e.Text, Element: e.Element, Actor: actorOrNil(e.Actor)}
		}),
	}
	if in.Ended != nil {
		output := Object(in.Output)
		detail.EndTime, detail.Output = in.Ended.UTC().Format(govTime), &output
	}
	return detail
}
