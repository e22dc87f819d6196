package bpmn

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/perdure/perdure/bpmn/model"
)

const (
	xmlNamespace   = "http://www.w3.org/XML/1998/namespace"
	xmlnsNamespace = "http://www.w3.org/2000/xmlns/"
)

// scan reads a file into a tree. It accepts less than encoding/xml: no
// DOCTYPE, no second root, no duplicate attribute, no unbound prefix, and
// nothing beyond the limits. It stops at the first fault, since what follows
// one in XML means nothing.
func scan(data []byte) (*model.XML, *Fault) {
	if len(data) > MaxBytes {
		return nil, &Fault{Rule: ruleXMLLimit, Message: fmt.Sprintf("the file has %d bytes; at most %d are read", len(data), MaxBytes)}
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		return nil, &Fault{Rule: ruleXMLEncoding, Message: "the file is not UTF-8 text"}
	}
	if i := bytes.IndexFunc(data, isForbidden); i >= 0 {
		line, column := position(data, int64(i))
		return nil, &Fault{Rule: ruleXMLSyntax, Line: line, Column: column, Message: "not well-formed XML: the file holds a control character"}
	}
	s := &scanner{dec: xml.NewDecoder(bytes.NewReader(data)), prefixes: []model.Prefix{{Name: "xml", URI: xmlNamespace}}}
	s.dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	for {
		s.line, s.column = s.dec.InputPos()
		token, err := s.dec.RawToken()
		if errors.Is(err, io.EOF) {
			return s.finish()
		}
		if err != nil {
			return nil, s.syntaxFault(err)
		}
		if f := s.take(token); f != nil {
			return nil, f
		}
		s.tokens++
	}
}

// scanner is where a scan stands.
type scanner struct {
	dec      *xml.Decoder
	root     *model.XML
	open     []frame
	prefixes []model.Prefix
	tokens   int
	elements int
	// line and column are those of the token at hand.
	line, column int
}

// frame is an element that has not ended.
type frame struct {
	x      *model.XML
	prefix string
	text   []byte
}

func (s *scanner) fault(rule, format string, args ...any) *Fault {
	return &Fault{Rule: rule, Line: s.line, Column: s.column, Message: fmt.Sprintf(format, args...)}
}

func (s *scanner) syntaxFault(err error) *Fault {
	line, column := s.dec.InputPos()
	message := err.Error()
	if syntax, ok := errors.AsType[*xml.SyntaxError](err); ok {
		message = syntax.Msg
	}
	return &Fault{Rule: ruleXMLSyntax, Line: line, Column: column, Message: "not well-formed XML: " + message}
}

func (s *scanner) finish() (*model.XML, *Fault) {
	switch {
	case len(s.open) > 0:
		return nil, s.fault(ruleXMLSyntax, "the file ends within element %s", quote(s.open[len(s.open)-1].x.Name))
	case s.root == nil:
		return nil, s.fault(ruleXMLSyntax, "the file holds no element")
	}
	return s.root, nil
}

func (s *scanner) take(token xml.Token) *Fault {
	switch t := token.(type) {
	case xml.StartElement:
		return s.start(t)
	case xml.EndElement:
		return s.end(t)
	case xml.CharData:
		return s.text(t)
	case xml.ProcInst:
		return s.instruction(t)
	case xml.Directive:
		return s.fault(ruleXMLDTD, "the file has a DOCTYPE or another declaration")
	}
	return nil // comments
}

func (s *scanner) start(t xml.StartElement) *Fault {
	s.elements++
	switch {
	case len(s.open) == 0 && s.root != nil:
		return s.fault(ruleXMLRoot, "a second root element %s follows the first", quote(t.Name.Local))
	case len(s.open) >= MaxDepth:
		return s.fault(ruleXMLDepth, "elements are nested more than %d deep", MaxDepth)
	case s.elements > MaxXMLElements:
		return s.fault(ruleXMLLimit, "the file has more than %d XML elements", MaxXMLElements)
	case len(t.Attr) > MaxAttributes:
		return s.fault(ruleXMLLimit, "element %s has %d attributes; at most %d are read", quote(t.Name.Local), len(t.Attr), MaxAttributes)
	}
	if f := s.names(t); f != nil {
		return f
	}
	if f := s.declare(t.Attr); f != nil {
		return f
	}
	space, bound := s.resolve(t.Name.Space)
	if !bound {
		return s.fault(ruleXMLPrefix, "the prefix of element %s is not bound to a namespace", quote(qualified(t.Name)))
	}
	x := &model.XML{Space: space, Name: t.Name.Local, Prefixes: s.prefixes, Line: s.line, Column: s.column}
	if f := s.attributes(x, t.Attr); f != nil {
		return f
	}
	if s.root == nil {
		s.root = x
	} else {
		parent := s.open[len(s.open)-1].x
		parent.Children = append(parent.Children, x)
		x.Parent = parent
	}
	s.open = append(s.open, frame{x: x, prefix: t.Name.Space})
	return nil
}

// names refuses names that are not QNames: encoding/xml takes others, too.
func (s *scanner) names(t xml.StartElement) *Fault {
	if !isQName(qualified(t.Name)) {
		return s.fault(ruleXMLSyntax, "not well-formed XML: %s is not the name of an element", quote(qualified(t.Name)))
	}
	for _, a := range t.Attr {
		if !isQName(qualified(a.Name)) {
			return s.fault(ruleXMLSyntax, "not well-formed XML: %s is not the name of an attribute", quote(qualified(a.Name)))
		}
	}
	return nil
}

// declare adds the namespace declarations of an element to those in force.
func (s *scanner) declare(attrs []xml.Attr) *Fault {
	s.prefixes = slices.Clip(s.prefixes)
	for _, a := range attrs {
		switch {
		case a.Name.Space == "" && a.Name.Local == "xmlns":
			s.prefixes = append(s.prefixes, model.Prefix{URI: a.Value})
		case a.Name.Space == "xmlns" && (a.Value == "" || a.Name.Local == "xmlns" || a.Name.Local == "xml" && a.Value != xmlNamespace):
			return s.fault(ruleXMLPrefix, "the prefix %s cannot be bound to %s", quote(a.Name.Local), quote(a.Value))
		case a.Name.Space == "xmlns":
			s.prefixes = append(s.prefixes, model.Prefix{Name: a.Name.Local, URI: a.Value})
		}
	}
	return nil
}

func (s *scanner) resolve(prefix string) (string, bool) {
	uri, bound := (&model.XML{Prefixes: s.prefixes}).Resolve(prefix)
	return uri, bound || prefix == ""
}

// attributes sets the attributes of x, namespace declarations left out.
func (s *scanner) attributes(x *model.XML, attrs []xml.Attr) *Fault {
	for i, a := range attrs {
		if len(a.Value) > MaxAttribute {
			return s.fault(ruleXMLLimit, "attribute %s has %d bytes; at most %d are read", quote(a.Name.Local), len(a.Value), MaxAttribute)
		}
		space, f := s.attributeSpace(a.Name)
		if f != nil {
			return f
		}
		for _, earlier := range attrs[:i] {
			if earlier.Name.Local != a.Name.Local {
				continue
			}
			if other, _ := s.attributeSpace(earlier.Name); other == space {
				return s.fault(ruleXMLDuplicateAttribute, "element %s has the attribute %s twice", quote(x.Name), quote(a.Name.Local))
			}
		}
		if space != xmlnsNamespace {
			x.Attrs = append(x.Attrs, model.Attr{Space: space, Name: a.Name.Local, Value: a.Value})
		}
	}
	return nil
}

// attributeSpace is the namespace of an attribute: the default one does not
// apply to attributes.
func (s *scanner) attributeSpace(name xml.Name) (string, *Fault) {
	switch {
	case name.Space == "xmlns", name.Space == "" && name.Local == "xmlns":
		return xmlnsNamespace, nil
	case name.Space == "":
		return "", nil
	}
	uri, bound := s.resolve(name.Space)
	if !bound {
		return "", s.fault(ruleXMLPrefix, "the prefix of attribute %s is not bound to a namespace", quote(qualified(name)))
	}
	return uri, nil
}

func (s *scanner) end(t xml.EndElement) *Fault {
	if len(s.open) == 0 {
		return s.fault(ruleXMLSyntax, "not well-formed XML: element %s ends but never began", quote(qualified(t.Name)))
	}
	top := s.open[len(s.open)-1]
	if top.x.Name != t.Name.Local || top.prefix != t.Name.Space {
		return s.fault(ruleXMLSyntax, "not well-formed XML: element %s is closed by %s",
			quote(qualified(xml.Name{Space: top.prefix, Local: top.x.Name})), quote(qualified(t.Name)))
	}
	if len(top.x.Children) == 0 || len(bytes.TrimSpace(top.text)) > 0 {
		top.x.Text = string(top.text)
	}
	s.open = s.open[:len(s.open)-1]
	if len(s.open) > 0 {
		s.prefixes = s.open[len(s.open)-1].x.Prefixes
	}
	return nil
}

func (s *scanner) text(t xml.CharData) *Fault {
	if len(s.open) == 0 {
		if len(bytes.TrimSpace(t)) > 0 {
			return s.fault(ruleXMLRoot, "text stands outside of the root element")
		}
		return nil
	}
	top := &s.open[len(s.open)-1]
	if len(top.text)+len(t) > MaxText && len(bytes.TrimSpace(t)) > 0 {
		return s.fault(ruleXMLLimit, "the text of element %s has more than %d bytes", quote(top.x.Name), MaxText)
	}
	top.text = append(top.text, t...)
	return nil
}

func (s *scanner) instruction(t xml.ProcInst) *Fault {
	switch {
	case t.Target != "xml" && (!isQName(t.Target) || strings.EqualFold(t.Target, "xml")):
		return s.fault(ruleXMLSyntax, "not well-formed XML: %s is not the target of an instruction", quote(t.Target))
	case t.Target != "xml":
		return nil
	case s.tokens > 0:
		return s.fault(ruleXMLSyntax, "not well-formed XML: the XML declaration does not begin the file")
	}
	if enc := declaredEncoding(string(t.Inst)); enc != "" && !strings.EqualFold(enc, "utf-8") && !strings.EqualFold(enc, "utf8") {
		return s.fault(ruleXMLEncoding, "the file says it is written in %s", quote(enc))
	}
	return nil
}

// declaredEncoding finds the encoding in an XML declaration.
func declaredEncoding(declaration string) string {
	_, rest, found := strings.Cut(declaration, "encoding")
	if !found {
		return ""
	}
	rest = strings.TrimLeft(rest, " \t\r\n=")
	if rest == "" {
		return ""
	}
	value, _, _ := strings.Cut(rest[1:], rest[:1])
	return value
}

func qualified(name xml.Name) string {
	if name.Space == "" {
		return name.Local
	}
	return name.Space + ":" + name.Local
}

// isQName accepts a name with or without a prefix.
func isQName(name string) bool {
	prefix, local, qualified := strings.Cut(name, ":")
	if !qualified {
		return isID(name)
	}
	return isID(prefix) && isID(local)
}

// isForbidden says whether XML 1.0 (2.2) allows no such character anywhere.
func isForbidden(r rune) bool {
	return r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff
}
