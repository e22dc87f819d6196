package main

import (
	"fmt"

	"github.com/perdure/perdure/bpmn"
)

// validateCommand checks BPMN files by the same rules as a deployment.
type validateCommand struct {
	Files []string `arg:"" optional:"" name:"file" help:"BPMN files; - is standard input."`
	Rules bool     `help:"List the rules instead of checking files."`
	outputFlags
}

// Help implements kong.HelpProvider.
func (*validateCommand) Help() string {
	return `Faults are printed as FILE:LINE:COLUMN: SEVERITY: ELEMENT: what is wrong: what to do [RULE]. A file with warnings only can be deployed.

Examples:

    perdure validate order.bpmn
    perdure validate -o json *.bpmn
    perdure validate --rules

Exit codes: 0 no errors, perhaps warnings; 1 errors; 2 wrong usage.`
}

// validation is the result for one file.
type validation struct {
	File      string    `json:"file"`
	Valid     bool      `json:"valid"`
	Processes []string  `json:"processes"` // keys of those that can be executed
	Findings  []finding `json:"findings"`
}

// Run checks the files.
func (cmd *validateCommand) Run(c console) error {
	if cmd.Rules {
		return cmd.printRules(c)
	}
	if len(cmd.Files) == 0 {
		return usagef("name the files to check, or --rules")
	}
	results := make([]validation, 0, len(cmd.Files))
	valid := true
	for _, name := range cmd.Files {
		v := validate(name, c)
		valid = valid && v.Valid
		results = append(results, v)
	}
	if err := cmd.print(results, c); err != nil {
		return err
	}
	if !valid {
		return silentError(exitFailed)
	}
	return nil
}

func validate(name string, c console) validation {
	v := validation{File: name, Processes: []string{}, Findings: []finding{}}
	data, err := readSource(name, c)
	if err != nil {
		v.Findings = append(v.Findings, finding{File: name, Severity: string(bpmn.Error), Message: err.Error()})
		return v
	}
	definitions, faults := bpmn.Read(data)
	if definitions != nil {
		var graphs []*bpmn.Graph
		graphs, faults = definitions.Compile()
		for _, g := range graphs {
			v.Processes = append(v.Processes, g.ID)
		}
	}
	for _, f := range faults {
		v.Findings = append(v.Findings, finding{
			File: name, Line: f.Line, Column: f.Column, Severity: string(f.Severity), Rule: f.Rule,
			Process: f.Process, Element: f.Element, Message: f.Message, Hint: f.Hint,
		})
	}
	v.Valid = faults.Err() == nil
	return v
}

func (cmd *validateCommand) print(results []validation, c console) error {
	if cmd.json() {
		return printJSON(c.out, results)
	}
	for _, v := range results {
		printFindings(c.out, v.Findings)
		if v.Valid {
			fmt.Fprintf(c.out, "%s: ok, %s\n", v.File, count(len(v.Processes), "executable process", "executable processes"))
		}
	}
	return nil
}

func (cmd *validateCommand) printRules(c console) error {
	rules := bpmn.Rules()
	if cmd.json() {
		return printJSON(c.out, rules)
	}
	rows := make([][]string, len(rules))
	for i, r := range rules {
		rows[i] = []string{r.ID, string(r.Severity), r.Clause, r.Text}
	}
	return printTable(c.out, []string{"RULE", "SEVERITY", "CLAUSE", "WHAT IT ASKS"}, rows)
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
