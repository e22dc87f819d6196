package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/perdure/perdure/samples"
)

// findSamples returns the samples of these names.
func findSamples(names []string) ([]samples.Sample, error) {
	var found []samples.Sample
	for _, name := range names {
		s, ok := samples.Get(name)
		if !ok {
			return nil, usagef("there is no sample %q; there are %s", name, strings.Join(samples.Names(), ", "))
		}
		found = append(found, s)
	}
	return found, nil
}

// serveSamples starts the services of samples. They are stopped after the
// worker that calls them.
func serveSamples(ctx context.Context, p *platform, chosen []samples.Sample) error {
	for _, s := range chosen {
		stop, err := s.Start(context.WithoutCancel(ctx))
		if err != nil {
			return fmt.Errorf("sample %s: %w", s.Name, err)
		}
		p.opened("sample "+s.Name, func(context.Context) error { stop(); return nil })
	}
	return nil
}

// deploySamples deploys the processes of samples, which changes nothing when
// they are there already.
func deploySamples(ctx context.Context, chosen []samples.Sample, at samples.Platform) ([]sampleNotes, error) {
	api, err := serverFlags{Server: at.API}.client()
	if err != nil {
		return nil, err
	}
	var notes []sampleNotes
	for _, s := range chosen {
		for _, name := range slices.Sorted(maps.Keys(s.Files)) {
			if _, err := api.deploy(ctx, name, s.Files[name]); err != nil {
				return nil, fmt.Errorf("sample %s: %w", s.Name, err)
			}
		}
		notes = append(notes, sampleNotes{name: s.Name, about: s.Description, notes: s.Notes(at)})
	}
	return notes, nil
}
