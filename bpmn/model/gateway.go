package model

// Gateway controls how flows diverge and converge (BPMN 2.0.2, 10.6).
type Gateway interface {
	FlowNode
	Gateway() *GatewayPart
}

// GatewayPart is what all gateways have.
type GatewayPart struct {
	FlowNodePart
	GatewayDirection string `bpmn:"@gatewayDirection=Unspecified"`
}

// Gateway returns the part itself.
func (g *GatewayPart) Gateway() *GatewayPart { return g }

// ExclusiveGateway takes one of several flows (BPMN 2.0.2, 10.6.2).
type ExclusiveGateway struct {
	GatewayPart
	Default Ref[*SequenceFlow] `bpmn:"@default"`
}

// InclusiveGateway takes some of several flows (BPMN 2.0.2, 10.6.3).
type InclusiveGateway struct {
	GatewayPart
	Default Ref[*SequenceFlow] `bpmn:"@default"`
}

// ParallelGateway takes all flows (BPMN 2.0.2, 10.6.4).
type ParallelGateway struct{ GatewayPart }

// ComplexGateway joins by a condition (BPMN 2.0.2, 10.6.5).
type ComplexGateway struct {
	GatewayPart
	Default             Ref[*SequenceFlow] `bpmn:"@default"`
	ActivationCondition *Expression        `bpmn:"activationCondition"`
}

// EventBasedGateway takes the flow whose event comes first (BPMN 2.0.2,
// 10.6.6).
type EventBasedGateway struct {
	GatewayPart
	Instantiate      bool   `bpmn:"@instantiate"`
	EventGatewayType string `bpmn:"@eventGatewayType=Exclusive"`
}
