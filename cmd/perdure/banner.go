package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// banner tells whoever has started perdure dev what runs where.
type banner struct {
	url       string
	data      string
	temporal  string
	taskQueue string
	tuning    []string
	samples   []sampleNotes
	took      time.Duration
}

// sampleNotes are what to do with a sample that runs.
type sampleNotes struct {
	name  string
	about string
	notes []string
}

func (b banner) print(w io.Writer) error {
	var s strings.Builder
	fmt.Fprintf(&s, "Perdure %s is ready after %.1f s. Ctrl-C stops it.\n\n", readVersions().Version, b.took.Seconds())
	for _, line := range [][2]string{
		{"API", b.url + "/api/v1, GovStack at " + b.url + "/processes"},
		{"Documentation", b.url + "/docs"},
		{"Temporal UI", b.url + "/temporal"},
		{"Temporal", b.temporal + ", namespace default, task queue " + b.taskQueue},
		{"Data", b.dataText()},
	} {
		fmt.Fprintf(&s, "  %-15s%s\n", line[0], line[1])
	}
	s.WriteString("\n  Temporal is tuned for one machine:\n")
	for _, line := range b.tuning {
		s.WriteString("    - " + line + "\n")
	}
	for _, sample := range b.samples {
		fmt.Fprintf(&s, "\n  Sample %s: %s\n", sample.name, sample.about)
		for _, line := range sample.notes {
			s.WriteString(strings.TrimRight("    "+line, " ") + "\n")
		}
	}
	s.WriteString("\n")
	_, err := io.WriteString(w, s.String())
	return err
}

func (b banner) dataText() string {
	if b.data == inMemory {
		return "in memory: gone when this ends"
	}
	return b.data
}
