package e2e

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	temporal "go.temporal.io/sdk/client"

	"github.com/perdure/perdure/interpreter/expr/exprtest"
)

// Every hostile expression is refused at deployment or becomes an incident;
// ordinary instances beside them complete.
func TestHostileExpressions(t *testing.T) {
	t.Parallel()
	p := dev(t, "memory")
	p.deploy(t, "script.bpmn")
	cases := exprtest.Hostile()

	var ordinary sync.WaitGroup
	stop := make(chan struct{})
	outcomes := map[string]int{}
	ordinary.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			a, err := p.try(http.MethodPost, "/api/v1/instances", object{"process": "script", "variables": object{"n": 1}}, "Prefer", "wait=60")
			switch {
			case err != nil:
				outcomes[err.Error()]++
			case a.status == http.StatusCreated && strings.Contains(string(a.body), `"state":"completed"`):
				outcomes["completed"]++
			default:
				outcomes[string(a.body)]++
			}
		}
	})

	refused, incidents := 0, 0
	for i, c := range cases {
		for use, element := range map[string]string{
			"condition": `<exclusiveGateway id="hostile" default="no"/>
				<sequenceFlow id="yes" sourceRef="hostile" targetRef="end"><conditionExpression>%s</conditionExpression></sequenceFlow>
				<sequenceFlow id="no" sourceRef="hostile" targetRef="end"/>`,
			"script": `<scriptTask id="hostile" scriptFormat="expr"><script>x = %s</script></scriptTask>
				<sequenceFlow id="on" sourceRef="hostile" targetRef="end"/>`,
		} {
			name := fmt.Sprintf("%s as a %s", c.Name, use)
			switch {
			case !utf8.ValidString(c.Source) || strings.Contains(c.Source, "\x00"):
				continue // no XML can hold it
			case c.Name == "TooLong" && use == "script":
				continue // a script may be longer than an expression
			}
			var source strings.Builder
			require.NoError(t, xml.EscapeText(&source, []byte(c.Source)))
			key := fmt.Sprintf("hostile-%s-%d", use, i)
			a := p.post(t, "/api/v1/deployments", fmt.Sprintf(`<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="urn:t">
				<process id="%s" isExecutable="true"><startEvent id="start"/><sequenceFlow id="in" sourceRef="start" targetRef="hostile"/>`+
				element+`<endEvent id="end"/></process></definitions>`, key, source.String()), "Content-Type", "application/xml")
			if a.status != http.StatusCreated {
				a.problem(t, http.StatusUnprocessableEntity, "bpmn-invalid")
				refused++
				continue
			}
			started := p.post(t, "/api/v1/instances", object{"process": key, "variables": c.Variables})
			if started.status == http.StatusRequestEntityTooLarge || started.status == http.StatusBadRequest {
				refused++
				continue
			}
			var in instance
			started.want(t, http.StatusCreated).into(t, &in)
			var raised []incident
			await(t, "an incident of "+name, func() bool {
				raised = listAll[incident](t, p.client, "/api/v1/incidents", url.Values{"instance": {in.ID}})
				return len(raised) > 0 || p.instance(t, in.ID).State != "running"
			})
			require.Len(t, raised, 1, name)
			require.Equal(t, "hostile", raised[0].Element, name)
			require.NotEmpty(t, raised[0].Message, name)
			incidents++
		}
	}
	close(stop)
	ordinary.Wait()
	require.Equal(t, []string{"completed"}, keysOf(outcomes), "%v", outcomes)
	require.Positive(t, refused)
	require.Positive(t, incidents)
	require.True(t, p.running())
	t.Logf("%d refused, %d incidents, %d ordinary instances", refused, incidents, outcomes["completed"])
}

func keysOf(m map[string]int) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	return keys
}

func TestLoopOfAHundredThousandRounds(t *testing.T) {
	t.Parallel()
	p := platform(t)
	p.deploy(t, "loop.bpmn")
	in := p.run(t, "loop", object{"rounds": 100_000, "step": 1})
	if in.State == "running" {
		in = p.awaitEnd(t, in.ID)
	}
	require.Equal(t, "completed", in.State)
	require.InDelta(t, 100_000, in.Output["n"], 0)

	c, err := temporal.Dial(temporal.Options{HostPort: p.temporal})
	require.NoError(t, err)
	defer c.Close()
	runs := 0
	for run := firstRun(t, c, in.ID); run != ""; runs++ {
		events, next := 0, ""
		for i := c.GetWorkflowHistory(t.Context(), in.ID, run, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); i.HasNext(); events++ {
			e, err := i.Next()
			require.NoError(t, err)
			next = continuedAs(e)
		}
		require.Less(t, events, 10_000)
		run = next
	}
	require.Greater(t, runs, 1)
}

func firstRun(t testing.TB, c temporal.Client, instance string) string {
	t.Helper()
	d, err := c.DescribeWorkflowExecution(t.Context(), instance, "")
	require.NoError(t, err)
	return d.GetWorkflowExecutionInfo().GetFirstRunId()
}

func continuedAs(e *historypb.HistoryEvent) string {
	return e.GetWorkflowExecutionContinuedAsNewEventAttributes().GetNewExecutionRunId()
}

func TestEndlessLoopIsAnIncident(t *testing.T) {
	t.Parallel()
	p := platform(t)
	process := p.deploy(t, "loop.bpmn")
	in := p.start(t, process, object{"rounds": 1, "step": 0})
	raised := p.awaitIncident(t, in.ID)
	require.Equal(t, "loop", raised.Kind)
	p.post(t, "/api/v1/instances/"+in.ID+"/stop", nil).want(t, http.StatusOK)
}
