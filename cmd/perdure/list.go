package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"
)

// listCommand lists what a server has.
type listCommand struct {
	Processes listProcesses `cmd:"" help:"List deployed processes."`
	Instances listInstances `cmd:"" help:"List instances, newest first."`
	Tasks     listTasks     `cmd:"" help:"List user tasks that wait for somebody, oldest first."`
	Incidents listIncidents `cmd:"" help:"List incidents: what a person must look at."`
}

// Help implements kong.HelpProvider.
func (*listCommand) Help() string {
	return `Examples:

    perdure list processes --latest
    perdure list instances --process order --state running
    perdure list tasks --assignee ada
    perdure list incidents -o json

Exit codes: 0 listed, perhaps nothing; 2 wrong usage; 3 no such process; 5 server unavailable.`
}

// pageFlags bound a list.
type pageFlags struct {
	Limit int  `short:"n" default:"50" placeholder:"N" help:"At most so many (default ${default})."`
	All   bool `help:"All of them, however many."`
}

// maxPage is the largest page that a server gives.
const maxPage = 200

// page is one page of a list as the API answers it.
type page struct {
	Items []json.RawMessage `json:"items"`
	Next  string            `json:"next"`
}

// list fetches a list page by page. It tells whether there is more.
func (c *apiClient) list(ctx context.Context, filter url.Values, f pageFlags, path ...string) (items []json.RawMessage, more bool, err error) {
	if f.Limit < 1 && !f.All {
		return nil, false, usagef("--limit must be at least 1")
	}
	items = []json.RawMessage{}
	for cursor := ""; ; {
		size := maxPage
		if !f.All {
			size = min(size, f.Limit-len(items))
		}
		query := url.Values{"limit": {strconv.Itoa(size)}}
		for name, values := range filter {
			if values[0] != "" {
				query[name] = values
			}
		}
		if cursor != "" {
			query.Set("cursor", cursor)
		}
		var p page
		if err := c.get(ctx, &p, query, path...); err != nil {
			return nil, false, err
		}
		items = append(items, p.Items...)
		if p.Next == "" || (!f.All && len(items) >= f.Limit) {
			return items, p.Next != "", nil
		}
		if p.Next == cursor || len(p.Items) == 0 {
			return nil, false, errors.New("the server answers the same page again and again")
		}
		cursor = p.Next
	}
}

// listed prints a list: as a JSON array of what the server answers, or as a
// table of rows.
func listed[T any](ctx context.Context, c console, f listFlags, filter url.Values, what string, header []string, row func(T) []string) error {
	api, err := f.client()
	if err != nil {
		return err
	}
	items, more, err := api.list(ctx, filter, f.pageFlags, "api", "v1", what)
	if err != nil {
		return err
	}
	if more {
		defer fmt.Fprintf(c.err, "There are more %s: --all lists them, --limit more of them.\n", what)
	}
	if f.json() {
		return printJSON(c.out, items)
	}
	rows := make([][]string, len(items))
	for i, item := range items {
		var v T
		if err := json.Unmarshal(item, &v); err != nil {
			return fmt.Errorf("%s does not answer as a Perdure server does: %w", api.base, err)
		}
		rows[i] = row(v)
	}
	if len(rows) == 0 {
		fmt.Fprintf(c.err, "No %s.\n", what)
		return nil
	}
	return printTable(c.out, header, rows)
}

// listFlags are those of every list.
type listFlags struct {
	pageFlags
	serverFlags
	outputFlags
}

// listProcesses lists deployed processes.
type listProcesses struct {
	Key     string `placeholder:"KEY" help:"Only versions of this process."`
	Search  string `placeholder:"TEXT" help:"Only processes with this in their key or name."`
	Enabled bool   `help:"Only versions that can be started."`
	Latest  bool   `help:"Only the latest version of each process."`
	listFlags
}

// Run lists them.
func (cmd *listProcesses) Run(ctx context.Context, c console) error {
	filter := url.Values{"key": {cmd.Key}, "search": {cmd.Search}, "enabled": {ifSet(cmd.Enabled)}, "latest": {ifSet(cmd.Latest)}}
	return listed(ctx, c, cmd.listFlags, filter, "processes", []string{"KEY", "VERSION", "ENABLED", "NAME", "DEPLOYED", "ID"},
		func(p process) []string {
			return []string{p.Key, strconv.Itoa(p.Version), yesNo(p.Enabled), p.Name, clock(p.DeployedAt), p.ID}
		})
}

// listInstances lists instances.
type listInstances struct {
	Process       string    `placeholder:"PROCESS" help:"Only of this process: a key for all versions, KEY:VERSION, or a full id."`
	State         string    `enum:",running,completed,terminated,stopped,error" default:"" placeholder:"STATE" help:"Only in this state: running, completed, terminated, stopped or error."`
	BusinessKey   string    `placeholder:"KEY" help:"Only with this business key."`
	Parent        string    `placeholder:"ID" help:"Only those that this instance called."`
	Roots         bool      `help:"Only those that no other instance called."`
	Incidents     bool      `help:"Only those with an open incident."`
	StartedAfter  time.Time `placeholder:"TIME" help:"Only those started after this time, for example 2030-01-31T09:00:00Z."`
	StartedBefore time.Time `placeholder:"TIME" help:"Only those started before this time."`
	listFlags
}

// Run lists them.
func (cmd *listInstances) Run(ctx context.Context, c console) error {
	filter := url.Values{
		"process": {cmd.Process}, "state": {cmd.State}, "businessKey": {cmd.BusinessKey}, "parent": {cmd.Parent},
		"roots": {ifSet(cmd.Roots)}, "incident": {ifSet(cmd.Incidents)},
		"startedAfter": {clock(cmd.StartedAfter)}, "startedBefore": {clock(cmd.StartedBefore)},
	}
	return listed(ctx, c, cmd.listFlags, filter, "instances",
		[]string{"ID", "PROCESS", "STATE", "INCIDENTS", "BUSINESS KEY", "STARTED", "ENDED"},
		func(in instance) []string {
			return []string{in.ID, in.process(), in.State, strconv.Itoa(in.Incidents), in.BusinessKey, clock(in.Started), clock(in.Ended)}
		})
}

// listTasks lists user tasks.
type listTasks struct {
	State          string `enum:"open,completed,cancelled" default:"open" placeholder:"STATE" help:"In this state: ${enum} (default ${default})."`
	Assignee       string `placeholder:"USER" help:"Only those of this person."`
	CandidateUser  string `placeholder:"USER" help:"Only those that this person may take."`
	CandidateGroup string `placeholder:"GROUP" help:"Only those that this group may take."`
	Process        string `placeholder:"KEY" help:"Only of this process."`
	Instance       string `placeholder:"ID" help:"Only of this instance."`
	BusinessKey    string `placeholder:"KEY" help:"Only of instances with this business key."`
	listFlags
}

// Run lists them.
func (cmd *listTasks) Run(ctx context.Context, c console) error {
	filter := url.Values{
		"state": {cmd.State}, "assignee": {cmd.Assignee}, "candidateUser": {cmd.CandidateUser}, "candidateGroup": {cmd.CandidateGroup},
		"process": {cmd.Process}, "instance": {cmd.Instance}, "businessKey": {cmd.BusinessKey},
	}
	return listed(ctx, c, cmd.listFlags, filter, "tasks",
		[]string{"ID", "TASK", "PROCESS", "ASSIGNEE", "CREATED", "DUE", "INSTANCE"},
		func(t task) []string {
			return []string{t.ID, cmp.Or(t.Name, t.Element), t.ProcessKey, t.Assignee, clock(t.Created), clock(t.Due), t.Instance}
		})
}

// listIncidents lists incidents.
type listIncidents struct {
	State    string `enum:"open,resolved" default:"open" placeholder:"STATE" help:"In this state: ${enum} (default ${default})."`
	Process  string `placeholder:"KEY" help:"Only of this process."`
	Instance string `placeholder:"ID" help:"Only of this instance."`
	Kind     string `placeholder:"KIND" help:"Only of this kind."`
	listFlags
}

// Run lists them.
func (cmd *listIncidents) Run(ctx context.Context, c console) error {
	filter := url.Values{"state": {cmd.State}, "process": {cmd.Process}, "instance": {cmd.Instance}, "kind": {cmd.Kind}}
	return listed(ctx, c, cmd.listFlags, filter, "incidents",
		[]string{"ID", "KIND", "PROCESS", "ELEMENT", "RAISED", "INSTANCE", "MESSAGE"},
		func(i incident) []string {
			return []string{i.ID, i.Kind, i.ProcessKey, i.Element, clock(i.Raised), i.Instance, i.Message}
		})
}

// ifSet is the query value of a filter that is on or absent.
func ifSet(on bool) string {
	if on {
		return "true"
	}
	return ""
}
