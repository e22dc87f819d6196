package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/perdure/perdure/protocol"
)

// What the API answers, as far as people are shown it. raw keeps the answer
// whole for -o json.

// process is a deployed version.
type process struct {
	raw json.RawMessage

	ID          string    `json:"id"`
	Key         string    `json:"key"`
	Version     int       `json:"version"`
	Name        string    `json:"name"`
	Type        string    `json:"type"`
	Description string    `json:"description"`
	Enabled     bool      `json:"enabled"`
	Executable  bool      `json:"executable"`
	SHA256      string    `json:"sha256"`
	DeployedAt  time.Time `json:"deployedAt"`
	DeployedBy  actor     `json:"deployedBy"`
}

// instance is a process instance.
type instance struct {
	raw json.RawMessage

	ID             string          `json:"id"`
	ProcessKey     string          `json:"processKey"`
	ProcessVersion int             `json:"processVersion"`
	ProcessName    string          `json:"processName"`
	BusinessKey    string          `json:"businessKey"`
	ParentID       string          `json:"parentId"`
	Trigger        string          `json:"trigger"`
	State          string          `json:"state"`
	Incidents      int             `json:"incidents"`
	StopRequested  bool            `json:"stopRequested"`
	StartedBy      actor           `json:"startedBy"`
	Started        time.Time       `json:"started"`
	Changed        time.Time       `json:"changed"`
	Ended          time.Time       `json:"ended"`
	ErrorCode      string          `json:"errorCode"`
	Message        string          `json:"message"`
	Output         json.RawMessage `json:"output"`
}

// stateCompleted is the state of an instance that has come to its normal end.
const stateCompleted = string(protocol.Completed)

// running holds until the end, also while the instance is suspended.
func (in instance) running() bool { return in.Ended.IsZero() }

// process names the version that the instance runs.
func (in instance) process() string { return fmt.Sprintf("%s:%d", in.ProcessKey, in.ProcessVersion) }

// actor is who did something.
type actor struct {
	User       string `json:"user"`
	OnBehalfOf string `json:"onBehalfOf"`
}

func (a actor) String() string {
	if a.OnBehalfOf != "" {
		return a.User + " on behalf of " + a.OnBehalfOf
	}
	return a.User
}

// task is a user task.
type task struct {
	ID          string    `json:"id"`
	Instance    string    `json:"instance"`
	Element     string    `json:"element"`
	Name        string    `json:"name"`
	ProcessKey  string    `json:"processKey"`
	BusinessKey string    `json:"businessKey"`
	Assignee    string    `json:"assignee"`
	State       string    `json:"state"`
	Created     time.Time `json:"created"`
	Due         time.Time `json:"due"`
}

// incident is something that a person must look at.
type incident struct {
	ID         string    `json:"id"`
	Instance   string    `json:"instance"`
	ProcessKey string    `json:"processKey"`
	Element    string    `json:"element"`
	Kind       string    `json:"kind"`
	Message    string    `json:"message"`
	State      string    `json:"state"`
	Raised     time.Time `json:"raised"`
}

// UnmarshalJSON implements json.Unmarshaler: it keeps the whole text too.
func (p *process) UnmarshalJSON(data []byte) error {
	type fields process
	err := json.Unmarshal(data, (*fields)(p))
	p.raw = append(json.RawMessage(nil), data...)
	return err
}

// UnmarshalJSON implements json.Unmarshaler: it keeps the whole text too.
func (in *instance) UnmarshalJSON(data []byte) error {
	type fields instance
	err := json.Unmarshal(data, (*fields)(in))
	in.raw = append(json.RawMessage(nil), data...)
	return err
}

// MarshalJSON implements json.Marshaler: the answer of the server, whole.
//
//nolint:unparam // the interface wants the error
func (p *process) MarshalJSON() ([]byte, error) { return p.raw, nil }

func (c *apiClient) instance(ctx context.Context, id string) (instance, error) {
	var in instance
	err := c.get(ctx, &in, nil, "api", "v1", "instances", id)
	return in, err
}

// print shows an instance as names and values.
func (in instance) print(w io.Writer) error {
	state := in.State
	if in.StopRequested && in.running() {
		state += ", to be stopped"
	}
	incidents := ""
	if in.Incidents > 0 {
		incidents = strconv.Itoa(in.Incidents) + " open: perdure list incidents --instance " + in.ID
	}
	failure := in.Message
	if in.ErrorCode != "" {
		failure = in.ErrorCode + ": " + in.Message
	}
	return printPairs(w, [][2]string{
		{"Instance", in.ID},
		{"Process", in.process()},
		{"Name", in.ProcessName},
		{"Business key", in.BusinessKey},
		{"State", state},
		{"Incidents", incidents},
		{"Message", failure},
		{"Called by", in.ParentID},
		{"Started", clock(in.Started) + " by " + in.StartedBy.String()},
		{"Ended", clock(in.Ended)},
		{"Output", string(in.Output)},
	})
}
