package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	visitcounselor "github.com/perdure/perdure/samples/visit-counselor"
)

// sample is a process with the services that it calls, for perdure dev.
type sample struct {
	name string
	file []byte
	// serve starts the services that the process calls.
	serve func(context.Context) (stop func(), err error)
	// notes tell what to try, with the URL of the API.
	notes func(url string) []string
}

func samples() []sample {
	return []sample{{
		name: "visit-counselor",
		file: visitcounselor.Process,
		serve: func(ctx context.Context) (func(), error) {
			return visitcounselor.Serve(ctx, visitcounselor.Address, visitcounselor.New())
		},
		notes: visitCounselorNotes,
	}}
}

func visitCounselorNotes(url string) []string {
	return strings.Split(fmt.Sprintf(`its services and what they were asked: http://%[2]s/ledger

curl -s %[1]s/processes
curl -s -X POST %[1]s/processes/visit-counselor/start \
  -H 'Content-Type: application/json' -H 'Prefer: wait=30' \
  -d '{"processStartedBy": "clinic-7", "InstanceValues": {"visitId": "v-1", "patientId": "p-child"}}'
curl -s %[1]s/instances/
curl -s %[1]s/instances/$ID
curl -s -X POST %[1]s/instances/$ID/stop`, url, visitcounselor.Address), "\n")
}

// findSamples returns the samples of these names.
func findSamples(names []string) ([]sample, error) {
	var found []sample
	for _, name := range names {
		s, ok := findSample(name)
		if !ok {
			return nil, usagef("there is no sample %q; there is %s", name, strings.Join(sampleNames(), ", "))
		}
		found = append(found, s)
	}
	return found, nil
}

func findSample(name string) (sample, bool) {
	for _, s := range samples() {
		if s.name == name {
			return s, true
		}
	}
	return sample{}, false
}

func sampleNames() []string {
	var names []string
	for _, s := range samples() {
		names = append(names, s.name)
	}
	return names
}

// startSamples starts the services of the samples that were asked for, and
// deploys their processes, which changes nothing when they are there already.
func (cmd *devCommand) startSamples(ctx context.Context, p *platform, l *listener) ([]sampleNotes, error) {
	chosen, err := findSamples(cmd.Sample)
	if err != nil {
		return nil, err
	}
	api, err := serverFlags{Server: l.url()}.client()
	if err != nil {
		return nil, err
	}
	var notes []sampleNotes
	for _, s := range chosen {
		stop, err := s.serve(context.WithoutCancel(ctx))
		if err != nil {
			return nil, fmt.Errorf("sample %s: %w", s.name, err)
		}
		p.opened("sample "+s.name, func(context.Context) error { stop(); return nil })
		if _, err := api.deploy(ctx, s.name+".bpmn", s.file); err != nil {
			return nil, fmt.Errorf("sample %s: %w", s.name, err)
		}
		p.logger.Info("sample runs", slog.String("sample", s.name))
		notes = append(notes, sampleNotes{name: s.name, notes: s.notes(l.url())})
	}
	return notes, nil
}
