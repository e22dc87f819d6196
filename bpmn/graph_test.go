package bpmn_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/bpmn"
)

// TestReadGraph checks that a stored graph comes back linked and the same.
func TestReadGraph(t *testing.T) {
	t.Parallel()
	compiled := compile(t, fixtures(t, "everything.bpmn")["everything.bpmn"])[0]
	stored, err := bpmn.ReadGraph(compiled.JSON())
	require.NoError(t, err)
	require.Equal(t, compiled, stored, "both are linked by one function")
	require.Equal(t, compiled.JSON(), stored.JSON())
	require.Len(t, stored.SHA256(), 64)
	require.Equal(t, compiled.SHA256(), stored.SHA256())
}

func TestGraphIsLinked(t *testing.T) {
	t.Parallel()
	g := compile(t, fixtures(t, "everything.bpmn")["everything.bpmn"])[0]
	require.Nil(t, g.Node("nobody"))
	require.Nil(t, g.Flow("nobody"))
	for i, n := range g.Nodes {
		require.Equal(t, i, n.Index)
		require.Same(t, n, g.Node(n.ID))
	}
	for i, f := range g.Flows {
		require.Equal(t, i, f.Index)
		require.Same(t, f, g.Flow(f.ID))
		require.Same(t, g.Node(f.From), f.Source)
		require.Same(t, g.Node(f.To), f.Target)
		require.Contains(t, f.Source.Out, f)
		require.Contains(t, f.Target.In, f)
	}
	require.Equal(t, []string{"start", "start-message", "start-timer", "start-signal"}, ids(g.Starts()))
	require.Equal(t, []string{"inside-start"}, ids(g.Node("inside").Starts))
	require.Same(t, g.Node("inside"), g.Node("whatever").Scope)
	require.Equal(t, []string{"denied", "slow", "stopped", "changed"}, ids(g.Node("call-registry").Boundary))
	require.Same(t, g.Node("call-registry"), g.Node("slow").Host)
	require.Same(t, g.Flow("f20"), g.Node("ok").DefaultFlow)
}

func ids(nodes []*bpmn.Node) []string {
	list := make([]string, 0, len(nodes))
	for _, n := range nodes {
		list = append(list, n.ID)
	}
	return list
}

// TestImplicitStarts checks BPMN 2.0.2, 10.5.2: without a start event a
// sub-process begins at every node that no flow leads to. A boundary event and
// the landing place of a link are none.
func TestImplicitStarts(t *testing.T) {
	t.Parallel()
	g := compile(t, []byte(definitions(`<process id="p">
  <startEvent id="s"/>
  <sequenceFlow id="f1" sourceRef="s" targetRef="sub"/>
  <subProcess id="sub">
    <userTask id="a"/>
    <userTask id="b"/>
    <boundaryEvent id="late" attachedToRef="b"><timerEventDefinition><timeDuration>PT1M</timeDuration></timerEventDefinition></boundaryEvent>
    <intermediateThrowEvent id="jump"><linkEventDefinition name="L"/></intermediateThrowEvent>
    <intermediateCatchEvent id="land"><linkEventDefinition name="L"/></intermediateCatchEvent>
    <sequenceFlow id="f2" sourceRef="a" targetRef="jump"/>
  </subProcess>
</process>`)))[0]
	require.Equal(t, []string{"a", "b"}, ids(g.Node("sub").Starts))
}

func TestReadGraphRefuses(t *testing.T) {
	t.Parallel()
	graph := func(content string) string {
		return `{"format":1,"semantics":1,"id":"p",` + content + `}`
	}
	for name, test := range map[string]struct{ text, message string }{
		"NotJSON":        {"<process/>", "invalid character"},
		"NewerFormat":    {`{"format":2,"semantics":1}`, "has format 2"},
		"NewerSemantics": {`{"format":1,"semantics":99}`, "asks for execution rules 99"},
		"NoSemantics":    {`{"format":1}`, "asks for execution rules 0"},
		"UnknownField":   {graph(`"nodes":[],"flows":[],"more":1`), "unknown field"},
		"Trailing":       {graph(`"nodes":[],"flows":[]`) + "{}", "invalid character"},
		"NullNode":       {graph(`"nodes":[null],"flows":[]`), "node 0 is missing"},
		"NullFlow":       {graph(`"nodes":[],"flows":[null]`), "flow 0 is missing"},
		"SameID":         {graph(`"nodes":[{"id":"a","kind":"task"},{"id":"a","kind":"task"}],"flows":[]`), "node 1 is missing, has no id"},
		"FlowToNowhere":  {graph(`"nodes":[{"id":"a","kind":"task"}],"flows":[{"id":"f","from":"a","to":"b"}]`), "not both there"},
		"ParentIsATask":  {graph(`"nodes":[{"id":"a","kind":"task"},{"id":"b","kind":"task","parent":"a"}],"flows":[]`), "not a sub-process before it"},
		"ParentIsItself": {graph(`"nodes":[{"id":"a","kind":"subProcess","parent":"a"}],"flows":[]`), "not a sub-process before it"},
		"DefaultOfOther": {graph(`"nodes":[{"id":"a","kind":"task"},{"id":"b","kind":"task","default":"f"}],"flows":[{"id":"f","from":"a","to":"b"}]`), "does not lead out of it"},
		"AttachedToSelf": {graph(`"nodes":[{"id":"a","kind":"boundaryEvent","attachedTo":"a"}],"flows":[]`), "which is not there"},
		"TooLarge":       {strings.Repeat(" ", bpmn.MaxGraphBytes+1), "at most"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := bpmn.ReadGraph([]byte(test.text))
			require.ErrorContains(t, err, test.message)
		})
	}
}

// TestCompileIsDeterministic compiles the same file again and again, also in
// another spelling of its namespaces.
func TestCompileIsDeterministic(t *testing.T) {
	t.Parallel()
	for name, data := range fixtures(t, "*.bpmn") {
		first := compile(t, data)
		for range 5 {
			for i, g := range compile(t, data) {
				require.Equal(t, first[i].JSON(), g.JSON(), name)
			}
		}
	}
	plain := definitions(`<process id="p"><startEvent id="s"/></process>`)
	prefixed := strings.NewReplacer("</", "</x:", "<", "<x:", "xmlns=", "xmlns:x=").Replace(plain)
	require.Equal(t, compile(t, []byte(plain))[0].SHA256(), compile(t, []byte(prefixed))[0].SHA256())
}
