package model

import "slices"

// XML is an element as it stands in the file: what extensions look like before
// somebody gives them a meaning.
type XML struct {
	// Space is the namespace URI, not the prefix.
	Space    string
	Name     string
	Attrs    []Attr
	Children []*XML
	// Parent is nil for the root.
	Parent *XML
	// Text is the character data directly inside, CDATA included.
	Text string
	// Prefixes are the namespace declarations in force, innermost last.
	Prefixes []Prefix
	// Line and Column are those of the opening bracket, from 1; columns are
	// counted in bytes.
	Line   int
	Column int
}

// Attr is an attribute; its Space is a namespace URI, mostly empty.
type Attr struct {
	Space string
	Name  string
	Value string
}

// Prefix is one namespace declaration; Name is empty for the default one.
type Prefix struct {
	Name string
	URI  string
}

// Attr returns the value of the attribute without namespace, empty when it is
// not there.
func (x *XML) Attr(name string) string {
	for _, a := range x.Attrs {
		if a.Space == "" && a.Name == name {
			return a.Value
		}
	}
	return ""
}

// Resolve returns the namespace URI of a prefix at this place.
func (x *XML) Resolve(prefix string) (uri string, bound bool) {
	for _, p := range slices.Backward(x.Prefixes) {
		if p.Name == prefix {
			return p.URI, true
		}
	}
	return "", false
}

// Element is any element of BPMN.
type Element interface {
	// Base returns what all elements have.
	Base() *BaseElement
}

// BaseElement is what all elements have (BPMN 2.0.2, 8.3.1).
type BaseElement struct {
	ID            string           `bpmn:"@id"`
	Documentation []*Documentation `bpmn:"documentation"`
	// Extensions are the children of extensionElements, kept as they are.
	Extensions []*XML

	// Source is the element in the file.
	Source *XML
	// Parent is the element that holds this one, nil for the definitions.
	Parent Element
}

// Base returns the element itself.
func (b *BaseElement) Base() *BaseElement { return b }

// ElementName is the name of the XML element, e.g. "startEvent".
func (b *BaseElement) ElementName() string { return b.Source.Name }

// Documentation is text for people (BPMN 2.0.2, 8.3.1).
type Documentation struct {
	BaseElement
	TextFormat string `bpmn:"@textFormat=text/plain"`
	Text       string `bpmn:"#text"`
}

// Named is an element with a name.
type Named struct {
	BaseElement
	Name string `bpmn:"@name"`
}

// Ref is a reference to an element by its id.
type Ref[T Element] struct {
	// Text is what stands in the file, a QName; empty means no reference.
	Text string
	// Target is nil until the reference has been resolved.
	Target T
}

// QName returns what stands in the file.
func (r *Ref[T]) QName() string { return r.Text }

// SetQName sets what stands in the file.
func (r *Ref[T]) SetQName(text string) { r.Text = text }

// Resolve sets the target. It reports false when e is of a wrong type.
func (r *Ref[T]) Resolve(e Element) bool {
	target, ok := e.(T)
	if ok {
		r.Target = target
	}
	return ok
}

// Reference is a Ref of any type.
type Reference interface {
	QName() string
	SetQName(text string)
	Resolve(e Element) bool
}
