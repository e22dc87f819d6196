// Package visitcounselor is the sample "process visit and request child
// counselor" of the GovStack Workflow Building Block: the process, and small
// services of the four parties that it talks to.
//
// The services are real HTTP servers that remember what they were asked. A
// request with an Idempotency-Key that was answered before gets the first
// answer again and has no second effect, as the real parties are expected to
// do.
package visitcounselor

import (
	_ "embed"
)

// Process is the process as a BPMN 2.0 file with its diagram.
//
//go:embed visit-counselor.bpmn
var Process []byte

// Address is where the process looks for the services if it is started without
// the variable services.
const Address = "127.0.0.1:8091"
