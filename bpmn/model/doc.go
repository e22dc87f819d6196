// Package model is the typed form of the process part of BPMN 2.0.2: one type
// for each element of the schema, with the schema's names, and every reference
// resolved to what it names.
//
// It says what a file contains and nothing about what of it can be executed;
// it does no I/O. Package bpmn reads XML into it and compiles it. Elements of
// choreographies and conversations appear by name only.
//
// The struct tags say how a field is written in XML:
//
//	`bpmn:"@name"`        an attribute
//	`bpmn:"@name=value"`  an attribute with a default
//	`bpmn:"name"`         child elements of that name
//	`bpmn:"*"`            child elements of any type that fits the field
//	`bpmn:"#text"`        the text
//
// A reference marked ",drawing" has no effect on execution, so that a dangling
// one only deserves a warning.
package model
