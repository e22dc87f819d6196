package main

import (
	"fmt"
	"io"
	"strings"
)

// finding is one thing that is wrong with a file, found here or by a server.
type finding struct {
	File     string `json:"file"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
	Severity string `json:"severity"` // error or warning
	Rule     string `json:"rule,omitempty"`
	Process  string `json:"process,omitempty"`
	Element  string `json:"element,omitempty"`
	Message  string `json:"message"`
	Hint     string `json:"hint,omitempty"`
}

// String gives the finding in one line that editors can jump from.
func (f finding) String() string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", f.Line, f.Column)
	}
	fmt.Fprintf(&b, ": %s: ", f.Severity)
	if f.Element != "" {
		fmt.Fprintf(&b, "%s: ", f.Element)
	}
	b.WriteString(f.Message)
	if f.Hint != "" {
		b.WriteString(": " + f.Hint)
	}
	if f.Rule != "" {
		fmt.Fprintf(&b, " [%s]", f.Rule)
	}
	return printable(b.String())
}

func printFindings(w io.Writer, findings []finding) {
	for _, f := range findings {
		fmt.Fprintln(w, f)
	}
}
