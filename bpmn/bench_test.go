package bpmn_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/perdure/perdure/bpmn"
)

// large writes a process of n elements: of four, a choice with an expression,
// a service task with mappings, and the flows between them.
func large(n int) []byte {
	var b strings.Builder
	b.WriteString(`<process id="p"><startEvent id="s"/><endEvent id="e"/><sequenceFlow id="f0" sourceRef="s" targetRef="g1"/>`)
	for i := 1; i*5+4 <= n; i++ {
		fmt.Fprintf(&b, `
<exclusiveGateway id="g%[1]d" default="d%[1]d"><incoming>f%[3]d</incoming><outgoing>c%[1]d</outgoing><outgoing>d%[1]d</outgoing></exclusiveGateway>
<sequenceFlow id="c%[1]d" sourceRef="g%[1]d" targetRef="e"><conditionExpression>amount &gt; %[1]d &amp;&amp; customer.kind == "gold"</conditionExpression></sequenceFlow>
<sequenceFlow id="d%[1]d" sourceRef="g%[1]d" targetRef="t%[1]d"/>
<serviceTask id="t%[1]d" name="Step %[1]d"><extensionElements><perdure:task type="http" timeout="PT30S"><perdure:input target="url" value="${base}/orders/${order.id}"/><perdure:output target="result" source="body.items"/></perdure:task></extensionElements></serviceTask>
<sequenceFlow id="f%[1]d" sourceRef="t%[1]d" targetRef="g%[2]d"/>`, i, i+1, i-1)
	}
	fmt.Fprintf(&b, `<exclusiveGateway id="g%d"/><sequenceFlow id="last" sourceRef="g%[1]d" targetRef="e"/></process>`, (n-4)/5+1)
	return []byte(definitions(b.String()))
}

// BenchmarkCompile2000 reads, checks and compiles 2,000 elements.
func BenchmarkCompile2000(b *testing.B) {
	data := large(2000)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		compile(b, data)
	}
}

// BenchmarkReadGraph2000 reads the compiled form of 2,000 elements.
func BenchmarkReadGraph2000(b *testing.B) {
	data := compile(b, large(2000))[0].JSON()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := bpmn.ReadGraph(data); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHostile refuses the files that cost most.
func BenchmarkHostile(b *testing.B) {
	open := `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">`
	for name, text := range map[string]string{
		"TenThousandDeep": open + strings.Repeat("<subProcess>", 10_000),
		"ManyElements":    open + strings.Repeat("<a/>", 1_000_000),
		"ManyAttributes":  open + `<process ` + repeat(200_000, ` a%d=""`) + `/>`,
		"HugeAttribute":   open + `<process id="` + strings.Repeat("x", 4_000_000) + `"/>`,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				check([]byte(text))
			}
		})
	}
}
