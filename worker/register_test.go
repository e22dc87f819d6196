package worker

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

type applicant struct {
	Name   string      `json:"name"`
	Income json.Number `json:"income"`
}

type score struct {
	Points int `json:"points"`
}

// noRepository is a Repository that is never asked.
type noRepository struct{ Repository }

func newWorker(t *testing.T, o Options) *Worker {
	t.Helper()
	w, err := New(o)
	require.NoError(t, err)
	return w
}

func TestRegisterActivityAccepts(t *testing.T) {
	t.Parallel()
	for name, fn := range map[string]any{
		"Struct":        func(context.Context, applicant) (score, error) { return score{}, nil },
		"Pointers":      func(context.Context, *applicant) (*score, error) { return nil, nil },
		"Map":           func(context.Context, map[string]any) (map[string]any, error) { return nil, nil },
		"RawJSON":       func(context.Context, json.RawMessage) (json.RawMessage, error) { return nil, nil },
		"Any":           func(context.Context, any) (any, error) { return nil, nil },
		"List":          func(context.Context, applicant) ([]score, error) { return nil, nil },
		"NothingToSay":  func(context.Context, applicant) error { return nil },
		"a.name/with-x": func(context.Context, applicant) error { return nil },
	} {
		newWorker(t, Options{TaskQueue: "scoring"}).RegisterActivity(name, fn)
	}
}

func TestRegisterActivityRefuses(t *testing.T) {
	t.Parallel()
	fine := func(context.Context, applicant) error { return nil }
	var missing func(context.Context, applicant) error
	for _, test := range []struct {
		name string
		fn   any
		want string
	}{
		{"nil", nil, "no function"},
		{"nil-function", missing, "the function is nil"},
		{"value", 7, "int is no function"},
		{"no-context", func(applicant) error { return nil }, "takes other arguments"},
		{"no-input", func(context.Context) error { return nil }, "takes other arguments"},
		{"two-inputs", func(context.Context, applicant, applicant) error { return nil }, "takes other arguments"},
		{"variadic", func(context.Context, ...applicant) error { return nil }, "takes other arguments"},
		{"context-second", func(applicant, context.Context) error { return nil }, "takes other arguments"},
		{"text-input", func(context.Context, string) error { return nil }, "cannot hold a JSON object"},
		{"list-input", func(context.Context, []applicant) error { return nil }, "cannot hold a JSON object"},
		{"int-keys", func(context.Context, map[int]string) error { return nil }, "cannot hold a JSON object"},
		{"no-result", func(context.Context, applicant) {}, "returns something else"},
		{"no-error", func(context.Context, applicant) score { return score{} }, "returns something else"},
		{"error-first", func(context.Context, applicant) (error, score) { return nil, score{} }, "returns something else"}, //nolint:staticcheck // the mistake under test
		{"three-results", func(context.Context, applicant) (score, score, error) { return score{}, score{}, nil }, "returns something else"},
		{"channel", func(context.Context, applicant) (chan int, error) { return nil, nil }, "has no JSON form"},
		{"function", func(context.Context, applicant) (func(), error) { return nil, nil }, "has no JSON form"},
		{"", fine, "the name must have"},
		{"perdure.project", fine, "are the platform's"},
		{"bpmn.process", fine, "are the platform's"},
		{"taken", fine, "registered already"},
	} {
		w := newWorker(t, Options{TaskQueue: "scoring"})
		w.RegisterActivity("taken", fine)
		err := w.register(test.name, test.fn)
		require.ErrorContains(t, err, test.want, test.name)
		require.PanicsWithValue(t, `worker: RegisterActivity("`+test.name+`"): `+err.Error(), func() { w.RegisterActivity(test.name, test.fn) })
	}
}

func TestOptions(t *testing.T) {
	t.Run("Environment", func(t *testing.T) {
		t.Setenv("PERDURE_TASK_QUEUE", "scoring")
		t.Setenv("PERDURE_TEMPORAL_ADDRESS", "temporal:7233")
		t.Setenv("PERDURE_TEMPORAL_NAMESPACE", "ministry")
		o, err := Options{}.withDefaults()
		require.NoError(t, err)
		require.Equal(t, "scoring", o.TaskQueue)
		require.Equal(t, "temporal:7233", o.Address)
		require.Equal(t, "ministry", o.Namespace)

		o, err = Options{TaskQueue: "payments", Address: "a:1", Namespace: "n"}.withDefaults()
		require.NoError(t, err)
		require.Equal(t, []string{"payments", "a:1", "n"}, []string{o.TaskQueue, o.Address, o.Namespace})
	})
	t.Run("NoQueue", func(t *testing.T) {
		t.Setenv("PERDURE_TASK_QUEUE", "")
		_, err := New(Options{})
		require.ErrorContains(t, err, "no task queue")
	})
	t.Run("QueueOfThePlatform", func(t *testing.T) {
		_, err := New(Options{TaskQueue: DefaultTaskQueue})
		require.ErrorContains(t, err, "is the platform's")
	})
	t.Run("Platform", func(t *testing.T) {
		t.Setenv("PERDURE_TASK_QUEUE", "")
		w := newWorker(t, Options{Platform: &Platform{Repository: noRepository{}}})
		require.Equal(t, DefaultTaskQueue, w.options.TaskQueue)
		require.ErrorContains(t, w.register("http", func(context.Context, applicant) error { return nil }), "registered already")
		w.RegisterActivity("score-applicant", func(context.Context, applicant) error { return nil })
	})
	t.Run("NoRepository", func(t *testing.T) {
		_, err := New(Options{Platform: &Platform{}})
		require.ErrorContains(t, err, "needs Platform.Repository")
	})
	t.Run("FalseAllowList", func(t *testing.T) {
		_, err := New(Options{Platform: &Platform{Repository: noRepository{}, AllowHosts: []string{"http://registry"}}})
		require.ErrorContains(t, err, `"http://registry"`)
	})
}
