package visitcounselor

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	sdk "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/perdure/perdure/activities"
	"github.com/perdure/perdure/bpmn"
	"github.com/perdure/perdure/interpreter"
	"github.com/perdure/perdure/protocol"
	"github.com/perdure/perdure/worker"
)

// repository notes what an instance shows of itself.
type repository struct{ effects []protocol.Effect }

func (r *repository) Project(_ context.Context, batch protocol.Batch) (protocol.BatchResult, error) {
	r.effects = append(r.effects, batch.Effects...)
	return protocol.BatchResult{Trace: batch.Trace}, nil
}

func (*repository) Resolve(context.Context, protocol.Resolve) (protocol.Definition, error) {
	return protocol.Definition{}, temporal.NewNonRetryableApplicationError("no process is called", "none", nil)
}

// run runs the process once, with its real activities against services, and
// returns its result and its repository.
func run(t *testing.T, services *Services, variables map[string]any) (protocol.Result, *repository) {
	t.Helper()
	definitions, faults := bpmn.Read(Process)
	require.Empty(t, faults)
	graphs, faults := definitions.Compile()
	require.Empty(t, faults)
	graph := graphs[0]

	server := httptest.NewServer(services)
	t.Cleanup(server.Close)
	variables["services"] = map[string]string{
		Registry: server.URL + "/registry", Insurance: server.URL + "/insurance",
		Messaging: server.URL + "/messaging", Clinic: server.URL + "/clinic",
	}
	input, err := json.Marshal(variables)
	require.NoError(t, err)

	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	env.SetWorkerOptions(sdk.Options{Interceptors: []interceptor.WorkerInterceptor{
		interpreter.NewInterceptor(), worker.NewInterceptor(),
	}})
	repo := &repository{}
	for _, a := range activities.All(activities.Options{Repository: repo}) {
		env.RegisterActivityWithOptions(a.Function, activity.RegisterOptions{Name: a.Name})
	}
	load := func(context.Context, string) ([]byte, error) { return graph.JSON(), nil }
	process := interpreter.New(interpreter.NewDefinitions(load), interpreter.Limits{})
	env.RegisterWorkflowWithOptions(process.Process, workflow.RegisterOptions{Name: protocol.ProcessWorkflow})
	env.ExecuteWorkflow(protocol.ProcessWorkflow, protocol.Input{
		Definition: protocol.Definition{ID: "visit-counselor:1:x", Key: "visit-counselor", Version: 1, SHA256: graph.SHA256()},
		Instance:   "i-1", Variables: input,
	})
	require.True(t, env.IsWorkflowCompleted())
	require.NoError(t, env.GetWorkflowError())
	var result protocol.Result
	require.NoError(t, env.GetWorkflowResult(&result))
	return result, repo
}

// asked is what the services were asked, one line a call.
func asked(s *Services) []string {
	var lines []string
	for _, c := range s.Ledger() {
		lines = append(lines, c.Method+" "+c.Path+" "+string(c.Body))
	}
	return lines
}

func TestProcess(t *testing.T) {
	t.Parallel()

	t.Run("ChildGetsACounselor", func(t *testing.T) {
		t.Parallel()
		for patient, age := range map[string]string{"p-child": "9", "p-teen": "17"} {
			services := New()
			result, _ := run(t, services, map[string]any{"visitId": "v-1", "patientId": patient})
			require.Equal(t, protocol.Completed, result.Outcome)
			name := services.patients[patient].Name
			require.Equal(t, []string{
				`GET /registry/patients/` + patient + ` `,
				`POST /insurance/visits {"age":` + age + `,"patientId":"` + patient + `","visitId":"v-1"}`,
				`POST /messaging/sms {"text":"Dear ` + name + `, your visit v-1 was reported to your insurance as claim-1.","to":"` + services.patients[patient].Phone + `"}`,
				`POST /messaging/email {"subject":"Child counselor needed for visit v-1","text":"Patient ` + patient + ` is ` + age + ` years old. Please assign a child counselor.","to":"staff@clinic.example"}`,
				`POST /clinic/visits/v-1/completed {"claimId":"claim-1","counselorRequested":true}`,
			}, asked(services))
			var variables map[string]any
			require.NoError(t, json.Unmarshal(result.Variables, &variables))
			require.Equal(t, "email-1", variables["counselorRequestId"])
			require.Equal(t, "receipt-1", variables["receiptId"])
		}
	})

	t.Run("AdultGetsNone", func(t *testing.T) {
		t.Parallel()
		services := New()
		result, _ := run(t, services, map[string]any{"visitId": "v-2", "patientId": "p-adult"})
		require.Equal(t, protocol.Completed, result.Outcome)
		lines := asked(services)
		require.Len(t, lines, 4)
		require.Equal(t, `POST /clinic/visits/v-2/completed {"claimId":"claim-1","counselorRequested":false}`, lines[3])
		require.NotContains(t, strings.Join(lines, "\n"), "email")
	})

	t.Run("UnknownPatientEndsIt", func(t *testing.T) {
		t.Parallel()
		services := New()
		result, repo := run(t, services, map[string]any{"visitId": "v-3", "patientId": "nobody"})
		require.Equal(t, protocol.Completed, result.Outcome)
		require.Equal(t, []string{"GET /registry/patients/nobody "}, asked(services))
		var variables map[string]any
		require.NoError(t, json.Unmarshal(result.Variables, &variables))
		require.InDelta(t, 404, variables["refusedWith"], 0)
		for _, e := range repo.effects {
			require.Nil(t, e.Raise)
		}
	})

	t.Run("TroubleIsTriedAgainWithOneKey", func(t *testing.T) {
		t.Parallel()
		services := New()
		services.Trouble(Insurance, Trouble{Failures: 3})
		result, _ := run(t, services, map[string]any{"visitId": "v-4", "patientId": "p-adult"})
		require.Equal(t, protocol.Completed, result.Outcome)
		keys := map[string]int{}
		for _, c := range services.Ledger() {
			require.NotEmpty(t, c.Key)
			keys[c.Key]++
		}
		require.Len(t, keys, 4)
		for _, c := range services.Ledger() {
			if c.Service == Insurance && c.Status == 201 {
				require.Equal(t, 4, c.Attempt)
				require.Equal(t, 4, keys[c.Key])
			}
		}
	})
}
