package bpmn

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Severity says whether a definition with the fault can be deployed.
type Severity string

// The severities.
const (
	Error   Severity = "error"   // the definition is refused
	Warning Severity = "warning" // it runs, perhaps not as somebody expects
)

// Fault is one thing that is wrong with a definition, where it is, and what to
// do about it.
type Fault struct {
	// Rule is the id of one of Rules.
	Rule     string   `json:"rule"`
	Severity Severity `json:"severity"`
	// Process and Element are ids, empty where there is none.
	Process string `json:"process,omitempty"`
	Element string `json:"element,omitempty"`
	// Line and Column tell where the element begins, from 1; columns count
	// bytes. 0 means the file as a whole.
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// String gives the fault in one line.
func (f Fault) String() string {
	var b strings.Builder
	if f.Line > 0 {
		fmt.Fprintf(&b, "%d:%d: ", f.Line, f.Column)
	}
	fmt.Fprintf(&b, "%s: %s", f.Severity, f.Message)
	if f.Hint != "" {
		b.WriteString(": " + f.Hint)
	}
	fmt.Fprintf(&b, " [%s]", f.Rule)
	return b.String()
}

// Faults are what is wrong with a definition, in the order of the file. At
// most 100 are told one by one; the last one counts the others then.
type Faults []Fault

// Err returns all errors as one error, nil when there are only warnings.
func (fs Faults) Err() error {
	errs := fs.Errors()
	if len(errs) == 0 {
		return nil
	}
	return &FaultError{Faults: errs}
}

// Errors returns the faults that refuse the definition.
func (fs Faults) Errors() Faults { return fs.of(Error) }

// Warnings returns the faults that do not refuse the definition.
func (fs Faults) Warnings() Faults { return fs.of(Warning) }

func (fs Faults) of(s Severity) Faults {
	var some Faults
	for _, f := range fs {
		if f.Severity == s {
			some = append(some, f)
		}
	}
	return some
}

// FaultError is the error of Faults.Err.
type FaultError struct{ Faults Faults }

// Error tells every fault on a line of its own.
func (e *FaultError) Error() string {
	lines := make([]string, 0, len(e.Faults)+1)
	lines = append(lines, fmt.Sprintf("bpmn: %d errors in the definition", len(e.Faults)))
	if len(e.Faults) == 1 {
		lines[0] = "bpmn: 1 error in the definition"
	}
	for _, f := range e.Faults {
		lines = append(lines, f.String())
	}
	return strings.Join(lines, "\n")
}

// collector gathers faults within bounds: the first of each severity, and the
// number of all.
type collector struct {
	rules    map[string]Rule
	errors   Faults
	warnings Faults
	hidden   int
}

func newCollector() *collector {
	c := &collector{rules: map[string]Rule{}}
	for _, r := range Rules() {
		c.rules[r.ID] = r
	}
	return c
}

// add completes a fault by its rule and keeps it if there is room.
func (c *collector) add(f Fault) {
	rule := c.rules[f.Rule]
	f.Severity = rule.Severity
	if f.Hint == "" {
		f.Hint = rule.Hint
	}
	f.Message = shorten(f.Message)
	kept := &c.errors
	if f.Severity == Warning {
		kept = &c.warnings
	}
	if len(*kept) >= maxFaults {
		c.hidden++
		return
	}
	*kept = append(*kept, f)
}

// faults returns what was gathered, errors first in line when there are too
// many of both, in the order of the file.
func (c *collector) faults() Faults {
	warnings, hidden := c.warnings, c.hidden
	if room := maxFaults - len(c.errors); len(warnings) > room {
		hidden += len(warnings) - room
		warnings = warnings[:room]
	}
	all := slices.Concat(c.errors, warnings)
	slices.SortStableFunc(all, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	if hidden > 0 {
		f := Fault{
			Rule: ruleMoreFaults, Severity: Warning,
			Message: fmt.Sprintf("%d more faults are not listed", hidden),
			Hint:    c.rules[ruleMoreFaults].Hint,
		}
		if len(c.errors) > 0 {
			f.Severity = Error
		}
		all = append(all, f)
	}
	return all
}

// shorten keeps a message readable, whatever the file put into it.
func shorten(message string) string {
	const limit = 600
	if len(message) <= limit {
		return message
	}
	return strings.ToValidUTF8(message[:limit], "") + "..."
}

// quote shows a text of the file within a message.
func quote(text string) string {
	const limit = 100
	if len(text) > limit {
		text = strings.ToValidUTF8(text[:limit], "") + "..."
	}
	return fmt.Sprintf("%q", text)
}
