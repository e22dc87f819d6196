package bpmn_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/bpmn"
)

// node compiles one flow node between a start and an end event.
func node(t *testing.T, before, element string) *bpmn.Node {
	t.Helper()
	return compile(t, []byte(definitions(before+`<process id="p"><startEvent id="s"/>`+element+
		`<endEvent id="e"/><sequenceFlow id="f1" sourceRef="s" targetRef="n"/><sequenceFlow id="f2" sourceRef="n" targetRef="e"/></process>`)))[0].Node("n")
}

func TestValues(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bpmn.Value{
		`plain`:                    {Text: "plain"},
		``:                         {},
		` spaces stay `:            {Text: " spaces stay "},
		`=a + 1`:                   {Expr: "a + 1"},
		` = a `:                    {Expr: "a"},
		`${a}`:                     {Expr: "a"},
		` ${ a } `:                 {Expr: "a"},
		`${a}/x`:                   {Expr: `text(a) + "/x"`},
		`x-${a}-${b.c}`:            {Expr: `"x-" + text(a) + "-" + text(b.c)`},
		`${ {"k": "}"}["k"] }!`:    {Expr: `text({"k": "}"}["k"]) + "!"`},
		`${'it\'s }'} "quoted"`:    {Expr: `text('it\'s }') + " \"quoted\""`},
		`a $ b { c } #{d}`:         {Text: `a $ b { c } #{d}`},
		`https://example.org/?a=b`: {Text: `https://example.org/?a=b`},
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			escaped := strings.NewReplacer(`&`, `&amp;`, `"`, `&quot;`, `<`, `&lt;`).Replace(text)
			n := node(t, "", fmt.Sprintf(`<task id="n"><extensionElements><perdure:input target="x" value="%s"/></extensionElements></task>`, escaped))
			require.Equal(t, []bpmn.Mapping{{Target: "x", Value: want}}, n.Inputs)
		})
	}
}

func TestConditions(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a > 1":                      "a > 1",
		"\n  a > 1\n":                "a > 1",
		"${a > 1}":                   "a > 1",
		"#{a > 1}":                   "a > 1",
		" ${ a > 1 } ":               "a > 1",
		"=a > 1":                     "a > 1",
		"= a > 1":                    "a > 1",
		`${ {"a": 1}.a == 1 }`:       `{"a": 1}.a == 1`,
		`a["}"] == 1`:                `a["}"] == 1`,
		"any(lines, {.amount > 10})": "any(lines, {.amount > 10})",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			g := compile(t, []byte(definitions(`<process id="p"><startEvent id="s"/><task id="t"/><endEvent id="e"/>
<sequenceFlow id="f1" sourceRef="s" targetRef="t"/>
<sequenceFlow id="f2" sourceRef="t" targetRef="e"><conditionExpression language="http://www.w3.org/1999/XPath"><![CDATA[`+text+`]]></conditionExpression></sequenceFlow></process>`)))[0]
			require.Equal(t, want, g.Flow("f2").Condition)
		})
	}
}

func TestTimers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bpmn.Timer{
		`<timeDuration> PT15M </timeDuration>`:           {Kind: bpmn.TimeDuration, Value: bpmn.Value{Text: "PT15M"}},
		`<timeDuration>=wait</timeDuration>`:             {Kind: bpmn.TimeDuration, Value: bpmn.Value{Expr: "wait"}},
		`<timeDuration>#{wait}</timeDuration>`:           {Kind: bpmn.TimeDuration, Value: bpmn.Value{Expr: "wait"}},
		`<timeDuration>PT${minutes}M</timeDuration>`:     {Kind: bpmn.TimeDuration, Value: bpmn.Value{Expr: `"PT" + text(minutes) + "M"`}},
		`<timeDate>2030-01-01T00:00:00+01:00</timeDate>`: {Kind: bpmn.TimeDate, Value: bpmn.Value{Text: "2030-01-01T00:00:00+01:00"}},
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			n := node(t, "", `<intermediateCatchEvent id="n"><timerEventDefinition>`+text+`</timerEventDefinition></intermediateCatchEvent>`)
			require.Equal(t, []bpmn.EventDefinition{{Kind: bpmn.TimerEvent, Timer: &want}}, n.Events)
		})
	}
}

// TestCorrelationKeys checks that the key of the event wins over that of the
// message.
func TestCorrelationKeys(t *testing.T) {
	t.Parallel()
	message := `<message id="m" name="order"><extensionElements><perdure:correlation key="=orderId"/></extensionElements></message>`
	own := `<extensionElements><perdure:correlation key="${order.id}"/></extensionElements>`
	for name, test := range map[string]struct{ element, key string }{
		"OfTheMessage": {`<receiveTask id="n" messageRef="m"/>`, "orderId"},
		"OfTheTask":    {`<receiveTask id="n" messageRef="m">` + own + `</receiveTask>`, "order.id"},
		"OfTheSender":  {`<sendTask id="n" messageRef="m">` + own + `</sendTask>`, "order.id"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := &bpmn.EventDefinition{Kind: bpmn.MessageEvent, Name: "order", Key: &bpmn.Value{Expr: test.key}}
			require.Equal(t, want, node(t, message, test.element).Message)
		})
	}
	for name, test := range map[string]struct{ element, key string }{
		"OfTheEvent":      {`<intermediateCatchEvent id="n">` + own + `<messageEventDefinition messageRef="m"/></intermediateCatchEvent>`, "order.id"},
		"OfTheDefinition": {`<intermediateThrowEvent id="n"><messageEventDefinition messageRef="m">` + own + `</messageEventDefinition></intermediateThrowEvent>`, "order.id"},
		"OfItsMessage":    {`<intermediateCatchEvent id="n"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>`, "orderId"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := []bpmn.EventDefinition{{Kind: bpmn.MessageEvent, Name: "order", Key: &bpmn.Value{Expr: test.key}}}
			require.Equal(t, want, node(t, message, test.element).Events)
		})
	}
}

func TestSendTaskPrefersItsJob(t *testing.T) {
	t.Parallel()
	n := node(t, `<message id="m" name="order"/>`, `<sendTask id="n" messageRef="m"><extensionElements><perdure:task type="mail"/></extensionElements></sendTask>`)
	require.Nil(t, n.Message)
	require.Equal(t, "mail", n.Job.Type.Text)
}

func TestErrorsThatAreCaught(t *testing.T) {
	t.Parallel()
	for definition, want := range map[string]bpmn.EventDefinition{
		`<errorEventDefinition/>`:              {Kind: bpmn.ErrorEvent},
		`<errorEventDefinition errorRef="x"/>`: {Kind: bpmn.ErrorEvent, Name: "Denied", Code: "E1"},
	} {
		n := compile(t, []byte(definitions(`<error id="x" name="Denied" errorCode="E1"/><process id="p"><startEvent id="s"/><userTask id="t"/>
<boundaryEvent id="b" attachedToRef="t">`+definition+`</boundaryEvent><sequenceFlow id="f1" sourceRef="s" targetRef="t"/></process>`)))[0].Node("b")
		require.Equal(t, []bpmn.EventDefinition{want}, n.Events)
	}
}

func TestCalledElement(t *testing.T) {
	t.Parallel()
	for called, want := range map[string]bpmn.Value{
		"billing":         {Text: "billing"},
		"other:billing":   {Text: "billing"},
		"=process":        {Expr: "process"},
		"${process}":      {Expr: "process"},
		"billing-${kind}": {Expr: `"billing-" + text(kind)`},
	} {
		require.Equal(t, want, node(t, "", `<callActivity id="n" calledElement="`+called+`"/>`).Call.Process)
	}
}

// TestExecutableProcesses checks which processes of a file are compiled: those
// that say so and those that say nothing.
func TestExecutableProcesses(t *testing.T) {
	t.Parallel()
	graphs := compile(t, []byte(definitions(`
<process id="says-so" isExecutable="true"><startEvent id="s1"/></process>
<process id="drawing" isExecutable="false"><startEvent id="s2"/><complexGateway id="whatever"/></process>
<process id="says-nothing"><startEvent id="s3"/></process>`)))
	require.Len(t, graphs, 2)
	require.Equal(t, "says-so", graphs[0].ID)
	require.Equal(t, "says-nothing", graphs[1].ID)
}

// TestLoopsThatCanEnd checks that only a loop that certainly has no end is
// refused.
func TestLoopsThatCanEnd(t *testing.T) {
	t.Parallel()
	loop := func(inside, out string) string {
		return definitions(`<signal id="sig" name="stop"/><process id="p"><startEvent id="s"/><exclusiveGateway id="merge"/>` + inside + `
<sequenceFlow id="f1" sourceRef="s" targetRef="merge"/><sequenceFlow id="f2" sourceRef="merge" targetRef="n"/><sequenceFlow id="f3" sourceRef="n" targetRef="merge"` + out + `</process>`)
	}
	require.Error(t, check([]byte(loop(`<task id="n"/>`, `/>`))).Err())
	for name, file := range map[string]string{
		"Work":         loop(`<serviceTask id="n" implementation="work"/>`, `/>`),
		"Person":       loop(`<userTask id="n"/>`, `/>`),
		"Timer":        loop(`<intermediateCatchEvent id="n"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>`, `/>`),
		"Condition":    loop(`<task id="n"/>`, `><conditionExpression>again</conditionExpression></sequenceFlow>`),
		"Boundary":     loop(`<scriptTask id="n"><script>a = 1</script></scriptTask><boundaryEvent id="b" attachedToRef="n"><errorEventDefinition/></boundaryEvent>`, `/>`),
		"SubProcess":   loop(`<subProcess id="n"><userTask id="inner"/></subProcess>`, `/>`),
		"ThrownError":  loop(`<subProcess id="n"><startEvent id="si"/><endEvent id="ei"><errorEventDefinition errorRef="err"/></endEvent><sequenceFlow id="fi" sourceRef="si" targetRef="ei"/></subProcess>`, `/>`),
		"CallActivity": loop(`<callActivity id="n" calledElement="other"/>`, `/>`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file = strings.Replace(file, "<signal ", `<error id="err" errorCode="E"/><signal `, 1)
			require.NotContains(t, rules(check([]byte(file))), "loop-without-wait")
			require.NoError(t, check([]byte(file)).Err())
		})
	}
}
