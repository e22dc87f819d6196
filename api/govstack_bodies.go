package api

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/perdure/perdure/api/service"
	"github.com/perdure/perdure/api/strictjson"
	"github.com/perdure/perdure/repository"
)

// GovDefinitionBody is what POST and PUT of a process take: a ProcessDefinition
// flat, or nested as in a Process. What the BPMN file says need not be said
// again; the version is always the next one.
type GovDefinitionBody struct {
	Name              string             `json:"name,omitempty" maxLength:"255"`
	Type              string             `json:"type,omitempty" enum:"None,Private,Public"`
	Version           Value              `json:"version,omitempty"`
	IsExecutable      *bool              `json:"isExecutable,omitempty"`
	IsClosed          *bool              `json:"isClosed,omitempty"`
	Description       string             `json:"description,omitempty" maxLength:"4096"`
	Status            string             `json:"status,omitempty" enum:"active,suspended"`
	ProcessBody       Value              `json:"processBody,omitempty" doc:"A list of {code, value} where code bpmn or xml carries BPMN XML as text and code json our JSON form; or just the one or the other."`
	ProcessDefinition *GovDefinitionBody `json:"processDefinition,omitempty"`
}

// flat prefers what is nested where only that is given.
func (b GovDefinitionBody) flat() (definition GovDefinitionBody, path []string) {
	if b.ProcessDefinition != nil && isNull(b.ProcessBody) {
		return *b.ProcessDefinition, []string{"processDefinition"}
	}
	return b, nil
}

// update is what the body says apart from the file.
func (b GovDefinitionBody) update() repository.ProcessUpdate {
	update := repository.ProcessUpdate{
		Name: orNilText(b.Name), Type: orNilText(b.Type), Description: orNilText(b.Description), Closed: b.IsClosed,
	}
	if b.Status != "" {
		enabled := b.Status == "active"
		update.Enabled = &enabled
	}
	return update
}

func orNilText(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func isNull(v Value) bool { return len(v) == 0 || string(v) == "null" }

// definitionXML finds the BPMN XML in a processBody. path leads to it.
func definitionXML(body Value, path ...string) ([]byte, error) {
	switch body[0] {
	case '"':
		return definitionText(body, path...)
	case '{':
		return definitionObject(body, path...)
	case '[':
		return definitionList(body, path...)
	}
	return nil, wrong("a definition is a text, an object or a list of {code, value}", path...)
}

// definitionText reads a text that holds XML, or the JSON form as text.
func definitionText(text Value, path ...string) ([]byte, error) {
	var s string
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, wrong("the text cannot be read", path...)
	}
	if strings.HasPrefix(strings.TrimSpace(s), "{") {
		return service.XMLOf([]byte(s))
	}
	return []byte(s), nil
}

// definitionObject reads one property, an object with the code as its key, or
// the JSON form itself.
func definitionObject(object Value, path ...string) ([]byte, error) {
	var fields map[string]Value
	if err := json.Unmarshal(object, &fields); err != nil {
		return nil, wrong("the object cannot be read", path...)
	}
	if code, value, ok := property(fields); ok {
		return definitionCoded(code, value, append(path, "value")...)
	}
	for _, code := range definitionCodes() {
		if value, ok := fields[code]; ok && len(fields) == 1 {
			return definitionCoded(code, value, append(path, code)...)
		}
	}
	return service.XMLOf(object)
}

func definitionList(list Value, path ...string) ([]byte, error) {
	var items []Value
	if err := json.Unmarshal(list, &items); err != nil {
		return nil, wrong("the list cannot be read", path...)
	}
	for i, item := range items {
		var fields map[string]Value
		if json.Unmarshal(item, &fields) != nil {
			continue
		}
		code, _, ok := property(fields)
		carries := ok && slices.Contains(definitionCodes(), strings.ToLower(code))
		for _, code := range definitionCodes() {
			carries = carries || len(fields) == 1 && fields[code] != nil
		}
		if carries {
			return definitionObject(item, append(path, strconv.Itoa(i))...)
		}
	}
	return nil, wrong("no item of the list has the code bpmn, xml or json", path...)
}

// definitionCodes are the codes under which a definition is looked for.
func definitionCodes() []string { return []string{"bpmn", "xml", "json"} }

func definitionCoded(code string, value Value, path ...string) ([]byte, error) {
	switch code := strings.ToLower(code); {
	case code == "json" && len(value) > 0 && value[0] == '{':
		return service.XMLOf(value)
	case slices.Contains(definitionCodes(), code) && len(value) > 0 && value[0] == '"':
		return definitionText(value, path...)
	}
	return nil, wrong("the code bpmn or xml takes BPMN XML as a text, the code json an object", path...)
}

// property recognises {code, value}.
func property(fields map[string]Value) (code string, value Value, ok bool) {
	value, hasValue := fields["value"]
	raw, hasCode := fields["code"]
	if len(fields) != 2 || !hasValue || !hasCode || json.Unmarshal(raw, &code) != nil {
		return "", nil, false
	}
	return code, value, true
}

// GovStartBody is what start takes (GS-8.4). Without InstanceValues, every
// field that is not named here is a variable.
type GovStartBody struct {
	ProcessStartedBy string `json:"processStartedBy" minLength:"1" maxLength:"255" doc:"For whom the process is started; recorded beside who made the request."`
	InstanceValues   Value  `json:"InstanceValues,omitempty" doc:"A list of {code, value}, a list of objects that are merged, or one object."`
	InstanceValues2  Value  `json:"instanceValues,omitempty" doc:"The same as InstanceValues."`
	BusinessKey      string `json:"businessKey,omitempty" maxLength:"255"`
	Start            string `json:"start,omitempty" maxLength:"255" doc:"The id of a start event; absent for the none start event."`
}

// startVariables reads the initial state out of a start's body.
func startVariables(data []byte, body GovStartBody) (service.Variables, error) {
	switch {
	case !isNull(body.InstanceValues) && !isNull(body.InstanceValues2):
		return nil, wrong("give InstanceValues or instanceValues, not both", "instanceValues")
	case !isNull(body.InstanceValues):
		return instanceValues(body.InstanceValues, "InstanceValues")
	case !isNull(body.InstanceValues2):
		return instanceValues(body.InstanceValues2, "instanceValues")
	}
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil, wrong("the body must be an object")
	}
	for _, name := range []string{"processStartedBy", "InstanceValues", "instanceValues", "businessKey", "start"} {
		delete(fields, name)
	}
	return fields, nil
}

func instanceValues(values Value, path ...string) (service.Variables, error) {
	switch values[0] {
	case '{':
		variables := service.Variables{}
		return variables, merge(variables, values, path...)
	case '[':
		var items []Value
		if err := json.Unmarshal(values, &items); err != nil {
			return nil, wrong("the list cannot be read", path...)
		}
		variables := service.Variables{}
		for i, item := range items {
			if err := merge(variables, item, append(slices.Clone(path), strconv.Itoa(i))...); err != nil {
				return nil, err
			}
		}
		return variables, nil
	}
	return nil, wrong("the values are an object, a list of objects or a list of {code, value}", path...)
}

// merge adds one item's variables. That two items name the same variable is
// a mistake of the sender which silence would hide.
func merge(into service.Variables, item Value, path ...string) error {
	var fields map[string]Value
	if !bytes.HasPrefix(item, []byte("{")) || json.Unmarshal(item, &fields) != nil {
		return wrong("each item is an object", path...)
	}
	if code, value, ok := property(fields); ok {
		fields = map[string]Value{code: value}
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if _, twice := into[name]; twice {
			return newProblem(kindBody, "the variable "+strconv.Quote(name)+" occurs twice",
				ProblemError{Pointer: strictjson.Pointer(path...), Code: string(strictjson.DuplicateKey), Detail: "the variable occurs twice"})
		}
		into[name] = json.RawMessage(fields[name])
	}
	return nil
}
