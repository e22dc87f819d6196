package repository

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/perdure/perdure/protocol"
)

// States of a Task.
const (
	TaskOpen      = "open"
	TaskCompleted = "completed"
	TaskCancelled = "cancelled"
)

// Task is a user task in the inbox.
type Task struct {
	ID              string // TaskID of the next two
	Instance        string
	ElementInstance string
	Element         string
	Name            string
	Documentation   string
	ProcessID       string
	Key             string // of the process
	BusinessKey     string
	Assignee        string
	CandidateUsers  []string
	CandidateGroups []string
	Due, FollowUp   *time.Time
	Priority        int
	Form            string
	Lane            string
	State           string
	Created         time.Time
	Ended           *time.Time
	CompletedBy     *protocol.Actor
	// Variables is what the person is shown, a JSON object.
	Variables json.RawMessage
}

// TaskID is the id of the task of an element instance.
func TaskID(instance, elementInstance string) string {
	return derived("task", instance, elementInstance)
}

// TaskFilter selects tasks; empty fields select all, but State selects the open
// ones.
type TaskFilter struct {
	State          string
	Assignee       string
	CandidateUser  string
	CandidateGroup string
	Instance       string
	Key            string // of the process
	Element        string
	BusinessKey    string
}

// ListTasks lists tasks, oldest first.
func (r *Repository) ListTasks(ctx context.Context, f TaskFilter, p Page) ([]Task, string, error) {
	return nil, "", errors.ErrUnsupported
}

// Task answers one task.
func (r *Repository) Task(ctx context.Context, id string) (Task, error) {
	return Task{}, errors.ErrUnsupported
}
