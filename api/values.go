package api

import (
	"encoding/json"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/perdure/perdure/api/service"
	"github.com/perdure/perdure/protocol"
)

// Value is any JSON value, digit for digit.
type Value json.RawMessage

// MarshalJSON writes the value as it is.
func (v Value) MarshalJSON() ([]byte, error) {
	if v == nil {
		return []byte("null"), nil
	}
	return v, nil
}

// UnmarshalJSON keeps the value as it is.
func (v *Value) UnmarshalJSON(data []byte) error {
	*v = append((*v)[:0], data...)
	return nil
}

// Schema says that everything is allowed.
func (Value) Schema(huma.Registry) *huma.Schema { return &huma.Schema{} }

// Object is a JSON object, digit for digit.
type Object json.RawMessage

// MarshalJSON writes the object as it is.
func (o Object) MarshalJSON() ([]byte, error) {
	if len(o) == 0 {
		return []byte("{}"), nil
	}
	return o, nil
}

// UnmarshalJSON keeps the object as it is.
func (o *Object) UnmarshalJSON(data []byte) error {
	*o = append((*o)[:0], data...)
	return nil
}

// Schema says that it is an object with any fields.
func (Object) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}
}

// Values are variables by name.
type Values map[string]Value

func (v Values) variables() service.Variables {
	variables := make(service.Variables, len(v))
	for name, value := range v {
		variables[name] = json.RawMessage(value)
	}
	return variables
}

// Actor is who did something.
type Actor struct {
	User        string `json:"user"`
	Affiliation string `json:"affiliation,omitempty"`
	OnBehalfOf  string `json:"onBehalfOf,omitempty" doc:"The person that the user said to act for."`
}

func actorView(a protocol.Actor) Actor {
	return Actor{User: a.User, Affiliation: a.Affiliation, OnBehalfOf: a.OnBehalfOf}
}

func actorOrNil(a *protocol.Actor) *Actor {
	if a == nil {
		return nil
	}
	view := actorView(*a)
	return &view
}

func utc(t time.Time) time.Time { return t.UTC() }

func utcOrNil(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}
