package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// showCommand shows an instance or a process.
type showCommand struct {
	What  string `arg:"" name:"id" help:"The id of an instance; or a process: its key, KEY:VERSION, or a full id."`
	BPMN  bool   `name:"bpmn" help:"Print the BPMN file of the process, byte for byte as it was deployed."`
	Steps int    `default:"200" placeholder:"N" help:"At most so many steps of the history (default ${default}); 0 leaves it out."`
	serverFlags
	outputFlags
}

// Help implements kong.HelpProvider.
func (*showCommand) Help() string {
	return `Of an instance it shows how it is, where it waits, its variables and its history; of a process what was deployed.

Examples:

    perdure show 0198f3c2-52d1-7f2e-8f0a-1d3f6a0b9c11
    perdure show order:3
    perdure show order --bpmn > order.bpmn
    perdure show 0198f3c2-52d1-7f2e-8f0a-1d3f6a0b9c11 -o json | jq .state.variables

Exit codes: 0 shown; 2 wrong usage; 3 neither an instance nor a process; 5 server unavailable, or Temporal behind it: what is known is shown.`
}

// Run shows an instance if there is one of that id, else a process.
func (cmd *showCommand) Run(ctx context.Context, c console) error {
	api, err := cmd.client()
	if err != nil {
		return err
	}
	if cmd.BPMN {
		return api.copyBPMN(ctx, cmd.What, c)
	}
	in, err := api.instance(ctx, cmd.What)
	if p, ok := errors.AsType[*problem](err); ok && p.ExitCode() == exitNotFound {
		return cmd.showProcess(ctx, api, c)
	}
	if err != nil {
		return err
	}
	return cmd.showInstance(ctx, api, in, c)
}

func (cmd *showCommand) showProcess(ctx context.Context, api *apiClient, c console) error {
	var p process
	err := api.get(ctx, &p, nil, "api", "v1", "processes", cmd.What)
	if refusal, ok := errors.AsType[*problem](err); ok && refusal.ExitCode() == exitNotFound {
		refusal.Detail = fmt.Sprintf("there is neither an instance nor a process %q", cmd.What)
	}
	if err != nil {
		return err
	}
	if cmd.json() {
		return printJSON(c.out, &p)
	}
	return printPairs(c.out, [][2]string{
		{"Process", p.ID},
		{"Name", p.Name},
		{"Description", p.Description},
		{"Type", p.Type},
		{"Enabled", yesNo(p.Enabled)},
		{"Executable", yesNo(p.Executable)},
		{"Deployed", clock(p.DeployedAt) + " by " + p.DeployedBy.String()},
		{"Graph", p.SHA256},
	})
}

// copyBPMN writes the file of a process to standard output.
func (c *apiClient) copyBPMN(ctx context.Context, process string, out console) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	status, file, err := c.roundTrip(ctx, request{
		method: http.MethodGet,
		path:   []string{"api", "v1", "processes", process, "bpmn"},
		header: http.Header{"Accept": {"application/xml, application/problem+json"}},
	})
	if err != nil {
		return err
	}
	if status >= http.StatusBadRequest {
		return readProblem(status, file)
	}
	_, err = out.out.Write(file)
	return err
}

// shownInstance is what -o json prints of an instance.
type shownInstance struct {
	Instance json.RawMessage   `json:"instance"`
	State    json.RawMessage   `json:"state,omitempty"`
	History  []json.RawMessage `json:"history,omitempty"`
}

// stateView is where an instance stands.
type stateView struct {
	Tokens []struct {
		ID      string `json:"id"`
		Element string `json:"element"`
		Name    string `json:"name"`
		Kind    string `json:"kind"`
		Waiting string `json:"waiting"`
	} `json:"tokens"`
	Timers []struct {
		ID      string    `json:"id"`
		Element string    `json:"element"`
		Due     time.Time `json:"due"`
	} `json:"timers"`
	Variables map[string]json.RawMessage `json:"variables"`
}

// step is one line of a history.
type step struct {
	Time    time.Time `json:"time"`
	Verb    string    `json:"verb"`
	Element string    `json:"element"`
	Name    string    `json:"name"`
	Detail  string    `json:"detail"`
}

// showInstance shows an instance. Its state and history come from Temporal:
// where that is away, the rest is shown before the command fails.
func (cmd *showCommand) showInstance(ctx context.Context, api *apiClient, in instance, c console) error {
	shown := shownInstance{Instance: in.raw}
	away := api.get(ctx, &shown.State, nil, "api", "v1", "instances", in.ID, "state")
	if cmd.Steps > 0 && away == nil {
		var more bool
		shown.History, more, away = api.list(ctx, nil, pageFlags{Limit: cmd.Steps}, "api", "v1", "instances", in.ID, "history")
		if more {
			defer fmt.Fprintln(c.err, "The history is longer: --steps shows more of it.")
		}
	}
	if cmd.json() {
		return cmp.Or(printJSON(c.out, shown), away)
	}
	err := in.print(c.out)
	if err == nil && shown.State != nil {
		err = printState(shown.State, in, c)
	}
	if err == nil {
		err = printHistory(shown.History, c)
	}
	return cmp.Or(err, away)
}

func printState(raw json.RawMessage, in instance, c console) error {
	var state stateView
	if err := json.Unmarshal(raw, &state); err != nil {
		return fmt.Errorf("the state cannot be read: %w", err)
	}
	if len(state.Tokens) > 0 {
		rows := make([][]string, len(state.Tokens))
		for i, t := range state.Tokens {
			rows[i] = []string{t.ID, cmp.Or(t.Name, t.Element), t.Kind, t.Waiting}
		}
		fmt.Fprintln(c.out, "\nWaits at:")
		if err := printTable(c.out, []string{"ID", "ELEMENT", "KIND", "FOR"}, rows); err != nil {
			return err
		}
	}
	if len(state.Timers) > 0 {
		rows := make([][]string, len(state.Timers))
		for i, t := range state.Timers {
			rows[i] = []string{t.ID, t.Element, clock(t.Due)}
		}
		fmt.Fprintln(c.out, "\nTimers:")
		if err := printTable(c.out, []string{"ID", "ELEMENT", "DUE"}, rows); err != nil {
			return err
		}
	}
	if !in.running() {
		return nil // the output is shown above
	}
	return printVariables(state.Variables, c)
}

func printHistory(history []json.RawMessage, c console) error {
	if len(history) == 0 {
		return nil
	}
	rows := make([][]string, len(history))
	for i, raw := range history {
		var s step
		if err := json.Unmarshal(raw, &s); err != nil {
			return fmt.Errorf("step %s of the history cannot be read: %w", strconv.Itoa(i), err)
		}
		rows[i] = []string{s.Time.UTC().Format("2006-01-02T15:04:05.000Z"), s.Verb, cmp.Or(s.Name, s.Element), s.Detail}
	}
	fmt.Fprintln(c.out, "\nHistory:")
	return printTable(c.out, []string{"TIME", "STEP", "ELEMENT", "DETAIL"}, rows)
}

func printVariables(variables map[string]json.RawMessage, c console) error {
	if len(variables) == 0 {
		return nil
	}
	var pairs [][2]string
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		pairs = append(pairs, [2]string{"  " + name, string(variables[name])})
	}
	fmt.Fprintln(c.out, "\nVariables:")
	return printPairs(c.out, pairs)
}
