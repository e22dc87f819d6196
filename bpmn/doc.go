// Package bpmn reads BPMN 2.0.2 definitions and compiles each executable
// process into a graph, which is what the engine runs.
//
// It executes nothing, does no I/O and resolves nothing outside of the text it
// is given: no entity, no DTD, no import.
//
//	definitions, faults := bpmn.Read(data)
//	if definitions == nil {
//		return faults.Err() // not XML, not BPMN, or too large
//	}
//	graphs, faults := definitions.Compile() // what Read found is among these
//	if err := faults.Err(); err != nil {
//		return err // every error, each with line, rule and hint
//	}
//	for _, g := range graphs {
//		store(g.SHA256(), g.JSON()) // bpmn.ReadGraph takes it from there
//	}
//
// The way of a file: scan (a strict XML reader with limits), the typed model of
// package model with its references resolved, Perdure's own extensions, the
// checks of Rules, the graph. Whatever would have an effect at run time and is
// not executed is refused by name; drawings are accepted.
//
// A definition also has a JSON form, see ToJSON and FromJSON.
package bpmn
