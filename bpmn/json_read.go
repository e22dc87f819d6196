package bpmn

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/beevik/etree"
)

// FromJSON returns the XML of what ToJSON wrote, or of what somebody else wrote
// in its form. The XML keeps to the limits of Read and is well-formed BPMN; it
// need not be executable. The error is a *FaultError.
func FromJSON(data []byte) ([]byte, error) {
	if len(data) > MaxJSONBytes {
		return nil, faultError(Fault{Rule: ruleXMLLimit, Message: fmt.Sprintf("the JSON form has %d bytes; at most %d are read", len(data), MaxJSONBytes)})
	}
	if !utf8.Valid(data) || loneSurrogate(data) {
		return nil, faultError(Fault{Rule: ruleXMLEncoding, Message: "the JSON form is not Unicode text in UTF-8"})
	}
	r := &jsonReader{dec: json.NewDecoder(bytes.NewReader(data))}
	doc, err := r.document()
	if err != nil {
		line, column := position(data, r.dec.InputOffset())
		return nil, faultError(Fault{Rule: ruleJSONForm, Line: line, Column: column, Message: "not the JSON form of a definition: " + err.Error()})
	}
	doc.WriteSettings = etree.WriteSettings{CanonicalText: true, CanonicalAttrVal: true}
	out, err := doc.WriteToBytes()
	if err != nil {
		return nil, faultError(Fault{Rule: ruleJSONForm, Message: err.Error()})
	}
	if f := checkRoot(out); f != nil {
		return nil, faultError(*f)
	}
	return out, nil
}

// loneSurrogate finds an escape of half a character, which encoding/json would
// replace without a word.
func loneSurrogate(data []byte) bool {
	for i := 0; i+5 < len(data); i++ {
		if data[i] != '\\' {
			continue
		}
		i++
		if data[i] != 'u' {
			continue
		}
		switch unit := hexUnit(data[i+1:]); {
		case unit >= 0xdc00 && unit <= 0xdfff:
			return true
		case unit >= 0xd800 && unit < 0xdc00:
			rest := data[i+5:]
			if len(rest) < 6 || rest[0] != '\\' || rest[1] != 'u' || hexUnit(rest[2:])&0xfc00 != 0xdc00 {
				return true
			}
			i += 10
		}
	}
	return false
}

func hexUnit(digits []byte) int {
	unit, err := strconv.ParseUint(string(digits[:min(4, len(digits))]), 16, 16)
	if err != nil {
		return 0
	}
	return int(unit)
}

func position(data []byte, offset int64) (line, column int) {
	read := data[:min(int(offset), len(data))]
	return 1 + bytes.Count(read, []byte("\n")), len(read) - bytes.LastIndexByte(read, '\n')
}

// jsonReader builds the tree of XML from JSON. It refuses fields that it does
// not know and fields that come twice.
type jsonReader struct {
	dec      *json.Decoder
	depth    int
	elements int
}

func (r *jsonReader) document() (*etree.Document, error) {
	doc := etree.NewDocument()
	doc.CreateProcInst("xml", `version="1.0" encoding="UTF-8"`)
	doc.CreateText("\n")
	var format string
	var before, after []etree.Token
	var root *etree.Element
	err := r.object(func(name string) error {
		var err error
		switch name {
		case "format":
			format, err = r.string()
		case "before":
			before, err = r.nodes(false)
		case "definitions":
			root, err = r.element()
		case "after":
			after, err = r.nodes(false)
		default:
			err = fmt.Errorf("unknown field %s", quote(name))
		}
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case format != JSONFormat:
		return nil, fmt.Errorf("the format is %s, not %s", quote(format), quote(JSONFormat))
	case root == nil:
		return nil, errors.New("the field \"definitions\" is missing")
	}
	if _, err := r.dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text follows the definition")
	}
	for _, t := range append(append(before, root), after...) {
		doc.AddChild(t)
		doc.CreateText("\n")
	}
	return doc, nil
}

// element reads an object that is an element.
func (r *jsonReader) element() (*etree.Element, error) {
	if err := r.delimiter('{'); err != nil {
		return nil, err
	}
	t, err := r.node()
	if err != nil {
		return nil, err
	}
	e, ok := t.(*etree.Element)
	if !ok {
		return nil, errors.New("an element is needed here")
	}
	return e, nil
}

// nodes reads a list of children.
func (r *jsonReader) nodes(texts bool) ([]etree.Token, error) {
	if err := r.delimiter('['); err != nil {
		return nil, err
	}
	var nodes []etree.Token
	for r.dec.More() {
		t, err := r.dec.Token()
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case string:
			if !texts || strings.ContainsFunc(t, isForbidden) {
				return nil, fmt.Errorf("the text %s cannot stand here", quote(t))
			}
			nodes = append(nodes, etree.NewText(t))
		case json.Delim:
			if t != '{' {
				return nil, errors.New("a text or an object is needed here")
			}
			node, err := r.node()
			if err != nil {
				return nil, err
			}
			nodes = append(nodes, node)
		default:
			return nil, errors.New("a text or an object is needed here")
		}
	}
	return nodes, r.delimiter(']')
}

// jsonNode is what an object can hold, before it is known what it is.
type jsonNode struct {
	fields     map[string]string
	attributes []etree.Attr
	children   []etree.Token
	has        map[string]bool
}

// node reads the rest of an object whose bracket has been read.
func (r *jsonReader) node() (etree.Token, error) {
	r.depth++
	r.elements++
	defer func() { r.depth-- }()
	if r.depth > MaxDepth || r.elements > MaxXMLElements {
		return nil, fmt.Errorf("elements are nested more than %d deep or there are more than %d", MaxDepth, MaxXMLElements)
	}
	n := jsonNode{fields: map[string]string{}, has: map[string]bool{}}
	err := r.fields(func(name string) error {
		n.has[name] = true
		var err error
		switch name {
		case "attributes":
			n.attributes, err = r.attributes()
		case "children":
			n.children, err = r.nodes(true)
		case "name", "text", "cdata", "comment", "instruction", "data":
			n.fields[name], err = r.string()
		default:
			err = fmt.Errorf("unknown field %s", quote(name))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return r.token(n)
}

// token makes the node of XML that the fields ask for.
func (r *jsonReader) token(n jsonNode) (etree.Token, error) {
	only := func(fields ...string) bool {
		for _, f := range fields {
			if !n.has[f] {
				return false
			}
		}
		return len(n.has) == len(fields)
	}
	switch {
	case n.has["name"] && !n.has["cdata"] && !n.has["comment"] && !n.has["instruction"] && !n.has["data"]:
		return r.xmlElement(n)
	case only("cdata"):
		if strings.Contains(n.fields["cdata"], "]]>") {
			return nil, errors.New("a CDATA section cannot hold \"]]>\"")
		}
		return etree.NewCData(n.fields["cdata"]), nil
	case only("comment"):
		if c := n.fields["comment"]; strings.Contains(c, "--") || strings.HasSuffix(c, "-") {
			return nil, errors.New("a comment cannot hold \"--\" or end with \"-\"")
		}
		return etree.NewComment(n.fields["comment"]), nil
	case only("instruction", "data"):
		target := n.fields["instruction"]
		if !isQName(target) || strings.EqualFold(target, "xml") || strings.Contains(n.fields["data"], "?>") {
			return nil, fmt.Errorf("the instruction %s is not valid", quote(target))
		}
		return etree.NewProcInst(target, n.fields["data"]), nil
	}
	return nil, errors.New("an object is an element (name, attributes, text or children), a cdata, a comment or an instruction with data")
}

func (r *jsonReader) xmlElement(n jsonNode) (etree.Token, error) {
	switch {
	case !isQName(n.fields["name"]):
		return nil, fmt.Errorf("%s is not the name of an element", quote(n.fields["name"]))
	case n.has["text"] && n.has["children"]:
		return nil, fmt.Errorf("element %s has text and children", quote(n.fields["name"]))
	}
	e := etree.NewElement(n.fields["name"])
	e.Attr = n.attributes
	if n.has["text"] {
		e.AddChild(etree.NewText(n.fields["text"]))
	}
	broken := len(n.children) > 0
	for _, t := range n.children {
		if _, text := t.(*etree.CharData); text {
			broken = false
		}
	}
	for _, t := range n.children {
		if broken {
			e.AddChild(etree.NewText(r.indent(r.depth)))
		}
		e.AddChild(t)
	}
	if broken {
		e.AddChild(etree.NewText(r.indent(r.depth - 1)))
	}
	return e, nil
}

func (r *jsonReader) indent(level int) string { return "\n" + strings.Repeat("  ", level) }

func (r *jsonReader) attributes() ([]etree.Attr, error) {
	var attrs []etree.Attr
	err := r.object(func(name string) error {
		value, err := r.string()
		if err != nil {
			return err
		}
		if !isQName(name) || len(attrs) >= MaxAttributes {
			return fmt.Errorf("%s is not the name of an attribute, or one too many", quote(name))
		}
		prefix, local, qualified := strings.Cut(name, ":")
		if !qualified {
			prefix, local = "", name
		}
		attrs = append(attrs, etree.Attr{Space: prefix, Key: local, Value: value})
		return nil
	})
	return attrs, err
}

// object reads a whole object, fields those of one whose bracket has been read.
func (r *jsonReader) object(field func(name string) error) error {
	if err := r.delimiter('{'); err != nil {
		return err
	}
	return r.fields(field)
}

func (r *jsonReader) fields(field func(name string) error) error {
	seen := map[string]bool{}
	for r.dec.More() {
		name, err := r.string()
		if err != nil {
			return err
		}
		if seen[name] {
			return fmt.Errorf("the field %s comes twice", quote(name))
		}
		seen[name] = true
		if err := field(name); err != nil {
			return err
		}
	}
	return r.delimiter('}')
}

func (r *jsonReader) delimiter(want json.Delim) error {
	t, err := r.dec.Token()
	if err != nil {
		return err
	}
	if t != want {
		return fmt.Errorf("%q is needed here", want.String())
	}
	return nil
}

func (r *jsonReader) string() (string, error) {
	t, err := r.dec.Token()
	if err != nil {
		return "", err
	}
	s, ok := t.(string)
	if !ok || strings.ContainsFunc(s, isForbidden) {
		return "", errors.New("a text without control characters is needed here")
	}
	return s, nil
}
