package service

import (
	"encoding/json"

	"github.com/perdure/perdure/interpreter/expr"
)

// Variables are the values of a request as they were sent, by name.
type Variables map[string]json.RawMessage

// object checks variables against the bounds of an instance and joins them into
// the JSON object that it is given. No digit is lost.
func (v Variables) object() (json.RawMessage, error) {
	if len(v) == 0 {
		return nil, nil
	}
	values := make(expr.Variables, len(v))
	for name, text := range v {
		value, err := expr.Decode(text)
		if err != nil {
			return nil, &VariablesError{Name: name, Reason: err.Error()}
		}
		if _, err := expr.MeasureVariable(name, value); err != nil {
			return nil, &VariablesError{Name: name, Reason: err.Error()}
		}
		values[name] = value
	}
	if err := values.CheckBounds(); err != nil {
		return nil, &VariablesError{Reason: err.Error()}
	}
	return expr.Encode(map[string]any(values))
}
