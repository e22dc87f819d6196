package repository

import (
	"cmp"
	"context"
	"database/sql"
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

const taskColumns = `id, instance_id, element_instance, element, name, documentation, process_id, process_key, business_key,
	assignee, candidate_users, candidate_groups, due, follow_up, priority, form, lane, state, created, ended, completed_by, variables`

func scanTask(r row) (k Task, err error) {
	var users, groups, by, variables string
	var created int64
	var due, followUp, ended sql.NullInt64
	if err = r.Scan(&k.ID, &k.Instance, &k.ElementInstance, &k.Element, &k.Name, &k.Documentation, &k.ProcessID, &k.Key, &k.BusinessKey,
		&k.Assignee, &users, &groups, &due, &followUp, &k.Priority, &k.Form, &k.Lane, &k.State, &created, &ended, &by, &variables); err != nil {
		return k, err
	}
	k.Due, k.FollowUp, k.Created, k.Ended = fromNullMicros(due), fromNullMicros(followUp), fromMicros(created), fromNullMicros(ended)
	k.Variables = raw(variables)
	return k, errors.Join(
		json.Unmarshal([]byte(users), &k.CandidateUsers),
		json.Unmarshal([]byte(groups), &k.CandidateGroups),
		parseActor(by, &k.CompletedBy))
}

// parseActor reads an actor that may be missing.
func parseActor(stored string, into **protocol.Actor) error {
	if stored == "" {
		return nil
	}
	return json.Unmarshal([]byte(stored), into)
}

// ListTasks lists tasks, oldest first.
func (r *Repository) ListTasks(ctx context.Context, f TaskFilter, p Page) ([]Task, string, error) {
	var where filter
	where.equal("state", cmp.Or(f.State, TaskOpen))
	where.equal("assignee", f.Assignee)
	where.equal("instance_id", f.Instance)
	where.equal("process_key", f.Key)
	where.equal("element", f.Element)
	where.equal("business_key", f.BusinessKey)
	candidate := "EXISTS (SELECT 1 FROM task_candidates c WHERE c.kind = ? AND c.name = ? AND c.task_id = tasks.id)"
	if f.CandidateUser != "" {
		where.and(candidate, "user", f.CandidateUser)
	}
	if f.CandidateGroup != "" {
		where.and(candidate, "group", f.CandidateGroup)
	}
	return taskListing.page(ctx, r.db.reader(), &where, p)
}

var taskListing = listing[Task]{
	columns: taskColumns, from: "tasks", time: "created", id: "id", oldest: true,
	scan:     scanTask,
	position: func(k Task) position { return position{micros(k.Created), k.ID} },
}

// Task answers one task.
func (r *Repository) Task(ctx context.Context, id string) (Task, error) {
	k, err := first(ctx, r.db.reader(), scanTask, `SELECT `+taskColumns+` FROM tasks WHERE id = $1`, id)
	return k, missing(err, "task", id)
}

// openTask puts a task into the inbox.
func (p *projection) openTask(actor protocol.Actor, o *protocol.OpenTask) error {
	id := TaskID(p.batch.Instance, o.ID)
	n, err := p.exec(`INSERT INTO tasks (id, instance_id, element_instance, element, name, documentation, process_id, process_key, business_key,
			assignee, candidate_users, candidate_groups, due, follow_up, priority, form, lane, state, created, variables)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 'open', $18, $19) ON CONFLICT (id) DO NOTHING`,
		id, p.batch.Instance, o.ID, o.Element, o.Name, o.Documentation, p.processID, p.processKey, p.businessKey,
		o.Assignee, text(o.CandidateUsers), text(o.CandidateGroups), microsOrNull(o.Due), microsOrNull(o.FollowUp), o.Priority, o.Form, o.Lane,
		p.at, string(o.Variables))
	if err != nil || n == 0 {
		return err
	}
	if err := errors.Join(p.addCandidates(id, "user", o.CandidateUsers), p.addCandidates(id, "group", o.CandidateGroups)); err != nil {
		return err
	}
	return p.audit(actor, "task.open", object{"task", id, p.batch.Instance}, details{"element": o.Element, "assignee": o.Assignee})
}

func (p *projection) addCandidates(task, kind string, names []string) error {
	for _, name := range names {
		if _, err := p.exec(`INSERT INTO task_candidates (task_id, kind, name) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, task, kind, name); err != nil {
			return err
		}
	}
	return nil
}

// closeTask takes a task out of the inbox, if it is still there.
func (p *projection) closeTask(actor protocol.Actor, c *protocol.CloseTask) error {
	id, state, verb, by := TaskID(p.batch.Instance, c.ID), TaskCancelled, "task.cancel", ""
	if c.Completed {
		state, verb, by = TaskCompleted, "task.complete", text(actor)
	}
	n, err := p.exec(`UPDATE tasks SET state = $2, ended = $3, completed_by = $4 WHERE id = $1 AND state = 'open'`, id, state, p.at, by)
	if err != nil || n == 0 {
		return err
	}
	return p.audit(actor, verb, object{"task", id, p.batch.Instance}, nil)
}
