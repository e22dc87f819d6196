package worker

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/activities"
)

func TestAdapt(t *testing.T) {
	t.Parallel()
	input := json.RawMessage(`{"name":"Ada","income":1200.10}`)
	for name, test := range map[string]struct {
		fn   any
		want any
	}{
		"Struct":  {func(_ context.Context, a applicant) (json.Number, error) { return a.Income, nil }, json.Number("1200.10")},
		"Pointer": {func(_ context.Context, a *applicant) (string, error) { return a.Name, nil }, "Ada"},
		"Map":     {func(_ context.Context, m map[string]any) (any, error) { return m["name"], nil }, "Ada"},
		"RawJSON": {func(_ context.Context, raw json.RawMessage) (json.RawMessage, error) { return raw, nil }, input},
		"Any":     {func(_ context.Context, v any) (int, error) { return len(v.(map[string]any)), nil }, 2},
		"Nothing": {func(context.Context, applicant) error { return nil }, nil},
		"Null":    {func(context.Context, applicant) (any, error) { return nil, nil }, nil},
	} {
		got, err := adapt(test.fn)(t.Context(), input)
		require.NoError(t, err, name)
		require.Equal(t, test.want, got, name)
	}
}

func TestAdaptWithoutData(t *testing.T) {
	t.Parallel()
	got, err := adapt(func(_ context.Context, a applicant) (string, error) { return a.Name, nil })(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, got)
}

func TestAdaptPassesErrorsOn(t *testing.T) {
	t.Parallel()
	down := errors.New("down")
	_, err := adapt(func(context.Context, applicant) (score, error) { return score{}, down })(t.Context(), nil)
	require.Equal(t, down, err)
	_, err = adapt(func(context.Context, applicant) error { return down })(t.Context(), nil)
	require.Equal(t, down, err)
}

func TestAdaptRefusesDataOfAnotherShape(t *testing.T) {
	t.Parallel()
	_, err := adapt(func(context.Context, applicant) error { return nil })(t.Context(), json.RawMessage(`{"name":7}`))
	require.ErrorContains(t, err, "does not fit worker.applicant")
	requireFinal(t, err, activities.ErrTypeInput)
}
