package main

import (
	"context"

	"github.com/perdure/perdure/worker"
)

// Applicant is what the task gives: the targets of its inputs.
type Applicant struct {
	Name     string   `json:"name"`
	Income   *float64 `json:"income"` // a month; nil if it was not said
	Children int      `json:"children"`
}

// Score is the result of the task.
type Score struct {
	Points int `json:"points"`
}

// scoreApplicant gives more points to those who have less. An application that
// lacks something is no failure of the service: the model decides about it, by
// a boundary event that catches the error incomplete.
func scoreApplicant(_ context.Context, in Applicant) (Score, error) {
	var missing []string
	if in.Name == "" {
		missing = append(missing, "name")
	}
	if in.Income == nil {
		missing = append(missing, "income")
	}
	if len(missing) > 0 {
		return Score{}, worker.Error("incomplete", "the application is incomplete", map[string]any{"missing": missing})
	}
	points := 10 * in.Children
	switch {
	case *in.Income < 500:
		points += 80
	case *in.Income < 1500:
		points += 50
	}
	return Score{Points: min(points, 100)}, nil
}
