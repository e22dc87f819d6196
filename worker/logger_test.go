package worker

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/testsuite"
	sdk "go.temporal.io/sdk/worker"
)

// logOf returns what is logged at info and above while fn runs as an activity.
func logOf(t *testing.T, header *commonpb.Header, fn func(context.Context, applicant) error) string {
	t.Helper()
	var out bytes.Buffer
	var suite testsuite.WorkflowTestSuite
	suite.SetHeader(header)
	suite.SetLogger(NewLogger(slog.New(slog.NewTextHandler(&out, nil))))
	env := suite.NewTestActivityEnvironment()
	env.SetWorkerOptions(sdk.Options{Interceptors: []interceptor.WorkerInterceptor{NewInterceptor()}})
	env.RegisterActivityWithOptions(fn, activity.RegisterOptions{Name: "score"})
	_, err := env.ExecuteActivity("score", applicant{Name: "Ada"})
	require.Error(t, err)
	return out.String()
}

func TestFailuresOfActivitiesAreNoErrorsOfTheWorker(t *testing.T) {
	t.Parallel()
	busy := func(context.Context, applicant) error { return errors.New("busy") }

	t.Run("OfATask", func(t *testing.T) {
		t.Parallel()
		log := logOf(t, headerOf(t, task), busy)
		require.Contains(t, log, `level=INFO msg="the activity failed"`)
		require.Contains(t, log, "element=score#2")
		require.Contains(t, log, "instance=")
		require.Contains(t, log, "error=busy")
		require.NotContains(t, log, "level=ERROR")
	})
	t.Run("OfThePlatform", func(t *testing.T) {
		t.Parallel()
		log := logOf(t, nil, busy)
		require.Contains(t, log, `level=WARN msg="the activity failed"`)
		require.NotContains(t, log, "level=ERROR")
	})
	t.Run("APanicIsAnError", func(t *testing.T) {
		t.Parallel()
		require.Contains(t, logOf(t, headerOf(t, task), func(context.Context, applicant) error { panic("bug") }), "level=ERROR")
	})
}
