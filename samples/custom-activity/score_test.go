package main

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
)

func TestScoreApplicant(t *testing.T) {
	t.Parallel()
	income := func(v float64) *float64 { return &v }
	for _, test := range []struct {
		in   Applicant
		want int
	}{
		{Applicant{Name: "Ada", Income: income(200)}, 80},
		{Applicant{Name: "Ada", Income: income(200), Children: 5}, 100},
		{Applicant{Name: "Ada", Income: income(900), Children: 1}, 60},
		{Applicant{Name: "Ada", Income: income(5000), Children: 2}, 20},
	} {
		got, err := scoreApplicant(t.Context(), test.in)
		require.NoError(t, err)
		require.Equal(t, test.want, got.Points)
	}
}

func TestScoreApplicantIncomplete(t *testing.T) {
	t.Parallel()
	_, err := scoreApplicant(t.Context(), Applicant{})
	var fault *temporal.ApplicationError
	require.ErrorAs(t, err, &fault)
	require.Equal(t, "bpmn:error:incomplete", fault.Type())
	var data map[string]any
	require.NoError(t, fault.Details(&data))
	require.Equal(t, []string{"name", "income"}, data["missing"])
}
