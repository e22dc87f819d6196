package service

import (
	"encoding/json"
	"fmt"

	"github.com/perdure/perdure/interpreter/expr"
)

// Limits of the variables of one request.
const (
	MaxVariables     = 500
	MaxVariableBytes = 256 << 10
	MaxVariablesSize = 1 << 20
)

// Variables are the values of a request as they were sent, by name.
type Variables map[string]json.RawMessage

// object checks variables and joins them into the JSON object that an instance
// is given. Every digit stays as it was sent.
func (v Variables) object() (json.RawMessage, error) {
	if len(v) == 0 {
		return nil, nil
	}
	if len(v) > MaxVariables {
		return nil, &VariablesError{Reason: fmt.Sprintf("there are %d variables; at most %d are taken", len(v), MaxVariables)}
	}
	for name, value := range v {
		if len(value) > MaxVariableBytes {
			return nil, &VariablesError{Name: name, Reason: fmt.Sprintf("the variable has %d bytes; at most %d are taken", len(value), MaxVariableBytes)}
		}
		if _, err := expr.Decode(value); err != nil {
			return nil, &VariablesError{Name: name, Reason: err.Error()}
		}
	}
	object, err := json.Marshal(v) // sorted by name
	if err == nil && len(object) > MaxVariablesSize {
		err = &VariablesError{Reason: fmt.Sprintf("the variables have %d bytes; at most %d are taken", len(object), MaxVariablesSize)}
	}
	return object, err
}
