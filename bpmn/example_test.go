package bpmn_test

import (
	"fmt"

	"github.com/perdure/perdure/bpmn"
)

func ExampleRead() {
	definitions, faults := bpmn.Read([]byte(`<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">
  <process id="approval" isExecutable="true">
    <startEvent id="start"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="review"/>
    <userTask id="review"/>
    <sequenceFlow id="f2" sourceRef="review" targetRef="ok"/>
    <exclusiveGateway id="ok" default="no"/>
    <sequenceFlow id="yes" sourceRef="ok" targetRef="paid"><conditionExpression>approved</conditionExpression></sequenceFlow>
    <sequenceFlow id="no" sourceRef="ok" targetRef="refused"/>
    <endEvent id="paid"/>
    <endEvent id="refused"/>
  </process>
</definitions>`))
	if definitions == nil {
		fmt.Println(faults.Err())
		return
	}
	graphs, faults := definitions.Compile()
	if err := faults.Err(); err != nil {
		fmt.Println(err)
		return
	}
	for _, g := range graphs {
		fmt.Println(g.ID, "starts at", g.Starts()[0].ID, "and asks:", g.Flow("yes").Condition)
	}
	// Output: approval starts at start and asks: approved
}
