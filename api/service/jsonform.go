package service

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/perdure/perdure/bpmn"
)

// XMLOf turns the JSON form of a definition into BPMN XML (GS-6.1.1). What is
// wrong with it is a *DefinitionError.
func XMLOf(form []byte) ([]byte, error) {
	xml, err := bpmn.FromJSON(form)
	return xml, definitionError(err)
}

// Definition answers the JSON form of a process's definition.
func (s *Service) Definition(ctx context.Context, ref string) (json.RawMessage, error) {
	_, xml, err := s.Source(ctx, ref)
	if err != nil {
		return nil, err
	}
	form, err := bpmn.ToJSON(xml)
	return form, definitionError(err)
}

func definitionError(err error) error {
	wrong, ok := errors.AsType[*bpmn.FaultError](err)
	if !ok {
		return err
	}
	definition := &DefinitionError{}
	for _, f := range wrong.Faults {
		definition.Faults = append(definition.Faults, FileFault{Fault: f})
	}
	return definition
}
