package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// deployCommand deploys BPMN files.
type deployCommand struct {
	Files []string `arg:"" name:"file" help:"BPMN files; - is standard input."`
	serverFlags
	outputFlags
}

// Help implements kong.HelpProvider.
func (*deployCommand) Help() string {
	return `Each file is deployed by itself, as the next version of every process in it; a file that was deployed before, unchanged, changes nothing. Faults and warnings are printed as FILE:LINE:COLUMN: SEVERITY: ELEMENT: what is wrong: what to do [RULE].

Examples:

    perdure deploy order.bpmn
    perdure deploy -o json processes/*.bpmn

Exit codes: 0 all deployed; 1 faults in a file; 2 wrong usage; 4 refused; 5 server unavailable.`
}

// deployment is what became of one file.
type deployment struct {
	File     string `json:"file"`
	Deployed bool   `json:"deployed"`
	// Unchanged is set when the file was deployed before.
	Unchanged bool      `json:"unchanged"`
	Processes []process `json:"processes"`
	Findings  []finding `json:"findings"`
}

// Run deploys the files, one after the other. A file with faults does not keep
// the others from being deployed; a server that is away does.
func (cmd *deployCommand) Run(ctx context.Context, c console) error {
	api, err := cmd.client()
	if err != nil {
		return err
	}
	var results []deployment
	faulty := false
	for _, name := range cmd.Files {
		source, err := readSource(name, c)
		if err != nil {
			return err
		}
		result, err := api.deploy(ctx, name, source)
		if faults, ok := errors.AsType[*faultyError](err); ok {
			faulty = true
			result = deployment{File: name, Processes: []process{}, Findings: faults.findings}
		} else if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		results = append(results, result)
	}
	if err := cmd.print(results, c); err != nil {
		return err
	}
	if faulty {
		return silentError(exitFailed)
	}
	return nil
}

// faultyError says that a server has found faults in a file.
type faultyError struct {
	findings []finding
}

// Error lists the faults.
func (e *faultyError) Error() string {
	lines := []string{count(len(e.findings), "fault", "faults")}
	for _, f := range e.findings {
		lines = append(lines, f.String())
	}
	return strings.Join(lines, "\n")
}

// deploy deploys one file.
func (c *apiClient) deploy(ctx context.Context, name string, source []byte) (deployment, error) {
	var answer struct {
		Processes []process `json:"processes"`
		Warnings  []struct {
			problemError
			Rule     string `json:"rule"`
			Severity string `json:"severity"`
		} `json:"warnings"`
	}
	status, err := c.do(ctx, request{
		method: http.MethodPost,
		path:   []string{"api", "v1", "deployments"},
		header: http.Header{"Content-Type": {"application/xml"}},
		body:   source,
	}, &answer)
	result := deployment{File: name, Findings: []finding{}}
	if p, ok := errors.AsType[*problem](err); ok && p.Code == codeBPMN {
		for _, e := range p.Errors {
			result.Findings = append(result.Findings, findingOf(name, "error", e.Code, e))
		}
		return result, &faultyError{findings: result.Findings}
	}
	if err != nil {
		return result, err
	}
	for _, w := range answer.Warnings {
		result.Findings = append(result.Findings, findingOf(name, w.Severity, w.Rule, w.problemError))
	}
	result.Deployed, result.Unchanged, result.Processes = true, status == http.StatusOK, answer.Processes
	return result, nil
}

func findingOf(file, severity, rule string, e problemError) finding {
	return finding{
		File: file, Line: e.Line, Column: e.Column, Severity: severity,
		Rule: rule, Element: e.ElementID, Message: e.Detail, Hint: e.Hint,
	}
}

func (cmd *deployCommand) print(results []deployment, c console) error {
	if cmd.json() {
		return printJSON(c.out, results)
	}
	for _, r := range results {
		printFindings(c.err, r.Findings)
		if !r.Deployed {
			fmt.Fprintf(c.err, "%s: not deployed\n", r.File)
			continue
		}
		note := ""
		if r.Unchanged {
			note = " (unchanged)"
		}
		for _, p := range r.Processes {
			fmt.Fprintf(c.out, "%s: %s%s\n", r.File, p.ID, note)
		}
	}
	return nil
}
