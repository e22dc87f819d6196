package bpmn_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/bpmn"
	"github.com/perdure/perdure/bpmn/model"
)

// fixtures returns the files of a folder of testdata by their names.
func fixtures(t testing.TB, pattern string) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", pattern))
	require.NoError(t, err)
	require.NotEmpty(t, names)
	files := map[string][]byte{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		files[filepath.Base(name)] = data
	}
	return files
}

// TestTools reads files as modelling tools write them.
func TestTools(t *testing.T) {
	files := fixtures(t, "*.bpmn")
	told := map[string]bool{}
	datadriven.RunTest(t, "testdata/tools.txt", func(t *testing.T, d *datadriven.TestData) string {
		t.Helper()
		name := d.CmdArgs[0].Key
		told[name] = true
		definitions, faults := bpmn.Read(files[name])
		require.NotNil(t, definitions, "%s: %v", name, faults)
		graphs, faults := definitions.Compile()
		require.NoError(t, faults.Err())
		var b strings.Builder
		for _, g := range graphs {
			fmt.Fprintf(&b, "%s: %d nodes, %d flows\n", g.ID, len(g.Nodes), len(g.Flows))
		}
		return b.String() + tell(faults)
	})
	for name := range files {
		require.True(t, told[name], "%s stands in no directive of tools.txt", name)
	}
}

// TestBadFiles checks that each file is refused by name and without a graph.
func TestBadFiles(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"archive.bpmn":                "xml-encoding",
		"attached-to-itself.bpmn":     "boundary-host",
		"billion-laughs.bpmn":         "xml-dtd-forbidden",
		"bpmn-1.bpmn":                 "not-bpmn",
		"default-on-flow.bpmn":        "start-incoming",
		"external-dtd.bpmn":           "xml-dtd-forbidden",
		"external-entity.bpmn":        "xml-dtd-forbidden",
		"flow-to-itself.bpmn":         "loop-without-wait",
		"latin-1.bpmn":                "xml-encoding",
		"null-character.bpmn":         "xml-syntax",
		"picture.bpmn":                "xml-encoding",
		"process-within-process.bpmn": "unknown-element",
		"says-utf-16.bpmn":            "xml-encoding",
		"utf-16.bpmn":                 "xml-encoding",
		"web-page.bpmn":               "xml-dtd-forbidden",
	}
	for name, data := range fixtures(t, "error/*.bpmn") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.NotEmpty(t, want[name], "say in this test what the file shows")
			faults := check(data)
			require.Error(t, faults.Err())
			require.Contains(t, rules(faults), want[name])
			for _, f := range faults {
				require.NotEmpty(t, f.Message)
				require.NotEmpty(t, f.Hint)
			}
		})
	}
}

func rules(faults bpmn.Faults) []string {
	var ids []string
	for _, f := range faults {
		ids = append(ids, f.Rule)
	}
	return ids
}

func TestByteOrderMark(t *testing.T) {
	t.Parallel()
	require.Empty(t, check([]byte("\ufeff"+definitions(`<process id="p"><startEvent id="s"/></process>`))))
}

// TestModelIsTyped shows the model of what the engine does not run, too.
func TestModelIsTyped(t *testing.T) {
	t.Parallel()
	d, faults := bpmn.Read([]byte(definitions(`
<itemDefinition id="item" structureRef="xs:string"/>
<correlationProperty id="cp" name="order"/>
<collaboration id="c">
  <participant id="pool" processRef="p"/>
  <correlationKey id="ck"><correlationPropertyRef>cp</correlationPropertyRef></correlationKey>
</collaboration>
<process id="p">
  <startEvent id="s"/>
  <adHocSubProcess id="ah" ordering="Sequential"><completionCondition>done</completionCondition><task id="inner"/></adHocSubProcess>
  <task id="t">
    <ioSpecification><dataInput id="in" itemSubjectRef="item"/><inputSet><dataInputRefs>in</dataInputRefs></inputSet><outputSet/></ioSpecification>
    <multiInstanceLoopCharacteristics isSequential="true"><loopDataInputRef>in</loopDataInputRef><completionCondition>enough</completionCondition></multiInstanceLoopCharacteristics>
  </task>
  <correlationSubscription correlationKeyRef="ck"><correlationPropertyBinding correlationPropertyRef="cp"><dataPath>order</dataPath></correlationPropertyBinding></correlationSubscription>
</process>`)))
	require.NoError(t, faults.Err())
	p, ok := d.RootElements[3].(*model.Process)
	require.True(t, ok)
	pool := d.RootElements[2].(*model.Collaboration).Participants[0]
	require.Same(t, p, pool.ProcessRef.Target)
	adHoc := p.FlowElements[1].(*model.AdHocSubProcess)
	require.Equal(t, "Sequential", adHoc.Ordering)
	require.True(t, adHoc.CancelRemainingInstances, "the default of the schema")
	require.Equal(t, "done", adHoc.CompletionCondition.Text)
	require.Equal(t, "inner", adHoc.FlowElements[0].Base().ID)
	require.Same(t, adHoc, adHoc.FlowElements[0].Base().Parent)
	task := p.FlowElements[2].(*model.Task)
	input := task.IOSpecification.DataInputs[0]
	require.Equal(t, "xs:string", input.ItemSubjectRef.Target.StructureRef)
	require.Same(t, input, task.IOSpecification.InputSets[0].DataInputRefs[0].Target)
	loop := task.LoopCharacteristics.(*model.MultiInstanceLoopCharacteristics)
	require.True(t, loop.IsSequential)
	require.Same(t, input, loop.LoopDataInputRef.Target)
	require.Equal(t, "order", p.CorrelationSubscriptions[0].Bindings[0].DataPath.Text)
}

// TestExtensionsAreKept checks that what others add can still be read.
func TestExtensionsAreKept(t *testing.T) {
	t.Parallel()
	d, faults := bpmn.Read([]byte(definitions(`<process id="p"><startEvent id="s"><extensionElements><o:form xmlns:o="urn:x" id="s"><o:field name="a">text</o:field></o:form></extensionElements></startEvent></process>`)))
	require.NoError(t, faults.Err())
	start := d.RootElements[0].(*model.Process).FlowElements[0].Base()
	require.Len(t, start.Extensions, 1)
	form := start.Extensions[0]
	require.Equal(t, "urn:x", form.Space)
	require.Equal(t, "s", form.Attr("id"), "ids of others are their own")
	require.Equal(t, "text", form.Children[0].Text)
}
