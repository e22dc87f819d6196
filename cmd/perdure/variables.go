package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxVariables bounds what is read of a file with variables: what a server
// takes in one request.
const maxVariables = 1 << 20

// variableFlags give the variables that a process starts with.
type variableFlags struct {
	Var       []string `name:"var" sep:"none" placeholder:"NAME=VALUE" help:"A variable; may be repeated. The value is read as JSON if it is JSON (12, true, null, \"12\", [1,2]), else as text."`
	Variables string   `placeholder:"JSON" help:"All variables as a JSON object, or @FILE, or @- for standard input. --var adds to them."`
}

// object returns the variables as one JSON object. The numbers are kept digit
// by digit.
func (f variableFlags) object(c console) (map[string]json.RawMessage, error) {
	variables := map[string]json.RawMessage{}
	if f.Variables != "" {
		text := []byte(f.Variables)
		if name, isFile := strings.CutPrefix(f.Variables, "@"); isFile {
			var err error
			if text, err = readBounded(name, maxVariables, c); err != nil {
				return nil, err
			}
		}
		if err := decodeObject(text, &variables); err != nil {
			return nil, usagef("--variables: %w", err)
		}
	}
	for _, pair := range f.Var {
		name, value, found := strings.Cut(pair, "=")
		if !found || name == "" {
			return nil, usagef("--var %q is not NAME=VALUE", pair)
		}
		variables[name] = jsonOrText(value)
	}
	return variables, nil
}

func decodeObject(text []byte, into *map[string]json.RawMessage) error {
	d := json.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("not a JSON object: %w", err)
	}
	if *into == nil {
		return errors.New("not a JSON object but null")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more text after the JSON object")
	}
	return nil
}

// jsonOrText reads a value as JSON if it is JSON, else as text.
func jsonOrText(value string) json.RawMessage {
	if json.Valid([]byte(value)) {
		return json.RawMessage(value)
	}
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // a string always marshals
	}
	return text
}
