package bpmn

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/beevik/etree"
)

// JSONFormat names the JSON form of a definition, in its field "format".
const JSONFormat = "urn:perdure:bpmn-json:1"

// ToJSON returns the JSON form of a whole definitions file (GovStack Workflow
// 6.1.1): the element tree with names, attributes, texts and comments, the
// diagram and all extensions included. Prefixes and namespace declarations are
// kept as attributes. Only white space between elements is lost.
//
//	{
//	  "format": "urn:perdure:bpmn-json:1",
//	  "definitions": {
//	    "name": "bpmn:definitions",
//	    "attributes": {"xmlns:bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL"},
//	    "children": [
//	      {"name": "bpmn:process", "attributes": {"id": "p"}}
//	    ]
//	  }
//	}
//
// An element with text only has it in "text". Among the children, a string is
// text, {"cdata": ...} a CDATA section and {"comment": ...} a comment; other
// nodes of XML are {"instruction": target, "data": ...}. What stands before and
// after the root element is in "before" and "after".
//
// The file is read within the limits of Read; it need not be executable. The
// error is a *FaultError.
func ToJSON(data []byte) ([]byte, error) {
	if f := checkRoot(data); f != nil {
		return nil, faultError(*f)
	}
	doc := etree.NewDocument()
	doc.ReadSettings = etree.ReadSettings{PreserveCData: true, MaxDepth: MaxDepth + 1}
	if err := doc.ReadFromBytes(bytes.TrimPrefix(data, []byte("\ufeff"))); err != nil {
		return nil, faultError(Fault{Rule: ruleXMLSyntax, Message: "not well-formed XML: " + err.Error()})
	}
	w := &jsonWriter{}
	w.document(doc)
	if w.Len() > MaxJSONBytes {
		return nil, faultError(Fault{Rule: ruleXMLLimit, Message: fmt.Sprintf("the JSON form has %d bytes; at most %d are written", w.Len(), MaxJSONBytes)})
	}
	return w.Bytes(), nil
}

// checkRoot says why a text is not a definitions file within the limits.
func checkRoot(data []byte) *Fault {
	root, f := scan(data)
	if f == nil && (root.Space != bpmnNamespace || root.Name != "definitions") {
		f = &Fault{Rule: ruleNotBPMN, Line: root.Line, Column: root.Column, Message: fmt.Sprintf("the root element is %s of the namespace %s", quote(root.Name), quote(root.Space))}
	}
	return f
}

// faultError completes one fault and makes it an error.
func faultError(f Fault) error {
	c := newCollector()
	c.add(f)
	return c.faults().Err()
}

// jsonWriter writes a tree with two spaces a level, attributes on one line.
type jsonWriter struct {
	bytes.Buffer
	level int
}

func (w *jsonWriter) document(doc *etree.Document) {
	var before, after []etree.Token
	root := doc.Root()
	into := &before
	for _, t := range doc.Child {
		switch t := t.(type) {
		case *etree.Element:
			into = &after
		case *etree.ProcInst:
			if t.Target != "xml" {
				*into = append(*into, t)
			}
		case *etree.Comment:
			*into = append(*into, t)
		}
	}
	w.WriteByte('{')
	w.level++
	w.field("format", true)
	w.text(JSONFormat)
	if len(before) > 0 {
		w.field("before", false)
		w.list(before)
	}
	w.field("definitions", false)
	w.element(root)
	if len(after) > 0 {
		w.field("after", false)
		w.list(after)
	}
	w.level--
	w.line()
	w.WriteString("}\n")
}

func (w *jsonWriter) element(e *etree.Element) {
	w.WriteByte('{')
	w.level++
	w.field("name", true)
	w.text(e.FullTag())
	w.attributes(e.Attr)
	children := significant(e.Child)
	if text, only := onlyText(children); only {
		w.field("text", false)
		w.text(text)
	} else if len(children) > 0 {
		w.field("children", false)
		w.list(children)
	}
	w.level--
	w.line()
	w.WriteByte('}')
}

// significant leaves out the white space between elements.
func significant(tokens []etree.Token) []etree.Token {
	elements := false
	for _, t := range tokens {
		if _, ok := t.(*etree.Element); ok {
			elements = true
		}
	}
	if !elements {
		return tokens
	}
	var kept []etree.Token
	for _, t := range tokens {
		if text, ok := t.(*etree.CharData); ok && !text.IsCData() && strings.TrimSpace(text.Data) == "" {
			continue
		}
		kept = append(kept, t)
	}
	return kept
}

func onlyText(tokens []etree.Token) (string, bool) {
	if len(tokens) != 1 {
		return "", false
	}
	text, ok := tokens[0].(*etree.CharData)
	if !ok || text.IsCData() {
		return "", false
	}
	return text.Data, true
}

func (w *jsonWriter) attributes(attrs []etree.Attr) {
	if len(attrs) == 0 {
		return
	}
	w.field("attributes", false)
	pairs := make([][2]string, len(attrs))
	for i, a := range attrs {
		pairs[i] = [2]string{a.FullKey(), a.Value}
	}
	w.object(pairs...)
}

func (w *jsonWriter) list(tokens []etree.Token) {
	w.WriteByte('[')
	w.level++
	for i, t := range tokens {
		if i > 0 {
			w.WriteByte(',')
		}
		w.line()
		w.token(t)
	}
	w.level--
	w.line()
	w.WriteByte(']')
}

func (w *jsonWriter) token(t etree.Token) {
	switch t := t.(type) {
	case *etree.Element:
		w.element(t)
	case *etree.CharData:
		if t.IsCData() {
			w.object([2]string{"cdata", t.Data})
		} else {
			w.text(t.Data)
		}
	case *etree.Comment:
		w.object([2]string{"comment", t.Data})
	case *etree.ProcInst:
		w.object([2]string{"instruction", t.Target}, [2]string{"data", t.Inst})
	}
}

// object writes names and values on one line.
func (w *jsonWriter) object(pairs ...[2]string) {
	w.WriteByte('{')
	for i, p := range pairs {
		if i > 0 {
			w.WriteString(", ")
		}
		w.text(p[0])
		w.WriteString(": ")
		w.text(p[1])
	}
	w.WriteByte('}')
}

func (w *jsonWriter) field(name string, first bool) {
	if !first {
		w.WriteByte(',')
	}
	w.line()
	w.text(name)
	w.WriteString(": ")
}

func (w *jsonWriter) line() {
	w.WriteByte('\n')
	for range w.level {
		w.WriteString("  ")
	}
}

func (w *jsonWriter) text(s string) {
	enc := json.NewEncoder(&w.Buffer)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		panic("bpmn: a string always has a JSON text: " + err.Error())
	}
	w.Truncate(w.Len() - 1) // the newline of Encode
}
