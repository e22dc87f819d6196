package worker

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	sdk "go.temporal.io/sdk/worker"

	"github.com/perdure/perdure/protocol"
)

var task = protocol.TaskInfo{
	Instance: "i-1", Element: "score", ElementInstance: "score#2", Process: "grant", BusinessKey: "b",
	Key: "i-1/score#2", Headers: map[string]string{"region": "north"}, Trace: "9f3a",
}

// headerOf returns the Temporal header that the interpreter sets.
func headerOf(t *testing.T, info any) *commonpb.Header {
	t.Helper()
	payload, err := converter.GetDefaultDataConverter().ToPayload(info)
	require.NoError(t, err)
	return &commonpb.Header{Fields: map[string]*commonpb.Payload{protocol.HeaderKey: payload}}
}

// call runs fn as an activity behind the interceptor and returns its payload.
func call(t *testing.T, header *commonpb.Header, fn any, local bool) (*commonpb.Payload, error) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetHeader(header)
	env := suite.NewTestActivityEnvironment()
	env.SetWorkerOptions(sdk.Options{Interceptors: []interceptor.WorkerInterceptor{NewInterceptor()}})
	env.RegisterActivityWithOptions(fn, activity.RegisterOptions{Name: "score"})
	run := env.ExecuteActivity
	if local {
		run = env.ExecuteLocalActivity
	}
	value, err := run(fn, applicant{Name: "Ada", Income: "1200.10"})
	if err != nil {
		return nil, err
	}
	payloads := converter.GetPayloads(value).GetPayloads()
	if len(payloads) == 0 {
		return nil, nil
	}
	return payloads[0], nil
}

func TestInterceptor(t *testing.T) {
	t.Parallel()

	t.Run("GivesTheTask", func(t *testing.T) {
		t.Parallel()
		for _, local := range []bool{false, true} {
			var got protocol.TaskInfo
			_, err := call(t, headerOf(t, task), func(ctx context.Context, _ applicant) error {
				got = Task(ctx)
				return nil
			}, local)
			require.NoError(t, err)
			require.Equal(t, task.Of("default-test-workflow-id"), got)
		}
	})

	t.Run("EchoesTheTraceBesidePlainJSON", func(t *testing.T) {
		t.Parallel()
		for name, test := range map[string]struct {
			fn   any
			want string
		}{
			"Struct":  {func(context.Context, applicant) (score, error) { return score{7}, nil }, `{"points":7}`},
			"Pointer": {func(context.Context, applicant) (*score, error) { return &score{7}, nil }, `{"points":7}`},
			"RawJSON": {func(context.Context, applicant) (json.RawMessage, error) {
				return json.RawMessage(`{"n":9007199254740993.10}`), nil
			}, `{"n":9007199254740993.10}`},
			"Number":  {func(_ context.Context, a applicant) (json.Number, error) { return a.Income, nil }, `1200.10`},
			"Null":    {func(context.Context, applicant) (any, error) { return nil, nil }, ``},
			"Nothing": {func(context.Context, applicant) error { return nil }, ``},
		} {
			for _, local := range []bool{false, true} {
				with, err := call(t, headerOf(t, task), test.fn, local)
				require.NoError(t, err, name)
				require.Equal(t, test.want, string(with.GetData()), name)
				require.Equal(t, task.Trace, string(with.GetMetadata()[protocol.TraceMetadata]), name)

				without, err := call(t, nil, test.fn, local)
				require.NoError(t, err, name)
				require.Equal(t, test.want, string(without.GetData()), name)
				require.NotContains(t, without.GetMetadata(), protocol.TraceMetadata)
			}
		}
	})

	t.Run("LeavesErrorsAlone", func(t *testing.T) {
		t.Parallel()
		_, err := call(t, headerOf(t, task), func(context.Context, applicant) (score, error) {
			return score{}, Error("too-poor", "income is below the limit", map[string]any{"limit": json.Number("1500.00")})
		}, false)
		var fault *temporal.ApplicationError
		require.ErrorAs(t, err, &fault)
		require.Equal(t, protocol.BPMNErrorPrefix+"too-poor", fault.Type())
		require.Equal(t, "income is below the limit", fault.Message())
		require.True(t, fault.NonRetryable())
		require.Equal(t, temporal.ApplicationErrorCategoryBenign, fault.Category())
		var data json.RawMessage
		require.NoError(t, fault.Details(&data))
		require.Equal(t, `{"limit":1500.00}`, string(data))

		_, err = call(t, headerOf(t, task), func(context.Context, applicant) error { return errors.New("down") }, false)
		require.ErrorAs(t, err, &fault)
		require.False(t, fault.NonRetryable())
	})

	t.Run("RefusesAFalseHeader", func(t *testing.T) {
		t.Parallel()
		_, err := call(t, headerOf(t, []int{1}), func(context.Context, applicant) error { return nil }, false)
		var fault *temporal.ApplicationError
		require.ErrorAs(t, err, &fault)
		require.True(t, fault.NonRetryable())
	})

	t.Run("NoDataNoDetails", func(t *testing.T) {
		t.Parallel()
		var fault *temporal.ApplicationError
		require.ErrorAs(t, Error("code", "message", nil), &fault)
		require.False(t, fault.HasDetails())
	})

	t.Run("NoTaskOutsideOfAProcess", func(t *testing.T) {
		t.Parallel()
		require.Zero(t, Task(t.Context()))
	})
}

func requireFinal(t *testing.T, err error, errType string) {
	t.Helper()
	var fault *temporal.ApplicationError
	require.ErrorAs(t, err, &fault)
	require.Equal(t, errType, fault.Type())
	require.True(t, fault.NonRetryable())
}
