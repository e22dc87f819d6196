package bpmn

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/perdure/perdure/bpmn/model"
)

// The namespaces that have a meaning here.
const (
	bpmnNamespace = "http://www.omg.org/spec/BPMN/20100524/MODEL"
	diNamespace   = "http://www.omg.org/spec/BPMN/20100524/DI"
	// Namespace is that of Perdure's own extensions.
	Namespace    = "urn:perdure:bpmn:1"
	xsiNamespace = "http://www.w3.org/2001/XMLSchema-instance"
)

// field is how one field of a model type is written in XML; see package model
// for the tags.
type field struct {
	index     []int
	name      string // of the attribute or child, "*" or "#text"
	attribute bool
	fallback  string // of an attribute that is not there
	drawing   bool   // a reference that only matters in a drawing
}

// fields are those of one type.
type fields []field

func (fs fields) attribute(name string) *field {
	for i := range fs {
		if fs[i].attribute && fs[i].name == name {
			return &fs[i]
		}
	}
	return nil
}

// child finds the field for a child element: one of its name, or else one that
// takes any element of a fitting type.
func (fs fields) child(name string, made reflect.Type, in reflect.Type) *field {
	for i := range fs {
		if !fs[i].attribute && fs[i].name == name {
			return &fs[i]
		}
	}
	if made == nil {
		return nil
	}
	for i := range fs {
		if fs[i].name != "*" {
			continue
		}
		t := in.FieldByIndex(fs[i].index).Type
		if t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		if made.Implements(t) {
			return &fs[i]
		}
	}
	return nil
}

// names are those of the attributes or of the children, for messages.
func (fs fields) names(attributes bool) string {
	var names []string
	for _, f := range fs {
		if f.attribute == attributes && f.name != "*" && f.name != "#text" {
			names = append(names, f.name)
		}
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// decoder fills the typed model from the tree of a file. It walks no deeper
// than MaxDepth, which scan has checked.
type decoder struct {
	*collector
	types      map[reflect.Type]fields
	references []pending
	// namespace is the one whose elements are read: BPMN's or Perdure's.
	namespace string
	process   string
	foreign   map[string]bool
}

// pending is a reference that waits until all ids are known. It is found
// through the field that holds it, since a slice moves when it grows.
type pending struct {
	field   reflect.Value
	index   int // within a slice, else -1
	from    *model.XML
	process string
	drawing bool
}

func (p pending) reference() model.Reference {
	v := p.field
	if p.index >= 0 {
		v = v.Index(p.index)
	}
	return v.Addr().Interface().(model.Reference)
}

func isReference(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[model.Reference]())
}

func (d *decoder) refer(p pending, name string) {
	p.process = d.process
	p.reference().SetQName(strings.TrimSpace(name))
	d.references = append(d.references, p)
}

func (d *decoder) fieldsOf(t reflect.Type) fields {
	if fs, ok := d.types[t]; ok {
		return fs
	}
	var fs fields
	for _, f := range reflect.VisibleFields(t) {
		tag, ok := f.Tag.Lookup("bpmn")
		if !ok {
			continue
		}
		parsed := field{index: f.Index}
		tag, parsed.drawing = strings.CutSuffix(tag, ",drawing")
		tag, parsed.attribute = strings.CutPrefix(tag, "@")
		parsed.name, parsed.fallback, _ = strings.Cut(tag, "=")
		fs = append(fs, parsed)
	}
	d.types[t] = fs
	return fs
}

// decode fills e from x.
func (d *decoder) decode(x *model.XML, e model.Element, parent model.Element) {
	base := e.Base()
	base.Source, base.Parent = x, parent
	d.fill(x, reflect.ValueOf(e).Elem(), e)
}

// fill sets the fields of v, which is e or, in an extension, a plain struct.
func (d *decoder) fill(x *model.XML, v reflect.Value, e model.Element) {
	fs := d.fieldsOf(v.Type())
	for i := range fs {
		if f := &fs[i]; f.attribute && f.fallback != "" {
			d.set(v.FieldByIndex(f.index), f, x, f.fallback)
		} else if f.name == "#text" {
			v.FieldByIndex(f.index).SetString(x.Text)
		}
	}
	for _, a := range x.Attrs {
		d.attribute(x, v, fs, a)
	}
	for _, child := range x.Children {
		d.child(x, v, fs, child, e)
	}
}

func (d *decoder) attribute(x *model.XML, v reflect.Value, fs fields, a model.Attr) {
	if a.Space != "" && a.Space != bpmnNamespace && a.Space != Namespace {
		d.foreignNamespace(x, a.Space)
		return
	}
	f := fs.attribute(a.Name)
	if f == nil || a.Space != "" && a.Space != d.namespace {
		d.unknownAttribute(x, fs, a)
		return
	}
	d.set(v.FieldByIndex(f.index), f, x, a.Value)
}

func (d *decoder) child(x *model.XML, v reflect.Value, fs fields, child *model.XML, e model.Element) {
	switch {
	case child.Space == d.namespace && d.namespace == bpmnNamespace && child.Name == "extensionElements" && e != nil:
		e.Base().Extensions = append(e.Base().Extensions, child.Children...)
		return
	case child.Space != d.namespace:
		d.foreignElement(x, child)
		return
	}
	var made model.Element
	var madeType reflect.Type
	if d.namespace == bpmnNamespace {
		if made = model.New(child.Name); made != nil {
			madeType = reflect.TypeOf(made)
		}
	}
	f := fs.child(child.Name, madeType, v.Type())
	if f == nil {
		d.unknownElement(x, fs, child)
		return
	}
	d.place(v.FieldByIndex(f.index), f, child, made, e)
}

// place reads a child element into the field that takes it.
func (d *decoder) place(v reflect.Value, f *field, child *model.XML, made, parent model.Element) {
	switch v.Kind() {
	case reflect.Slice:
		last := v.Len()
		v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
		if isReference(v.Type().Elem()) {
			d.refer(pending{field: v, index: last, from: child, drawing: f.drawing}, child.Text)
			return
		}
		d.place(v.Index(last), f, child, made, parent)
	case reflect.Interface:
		d.once(v, child)
		v.Set(reflect.ValueOf(made))
		d.element(child, made, parent)
	case reflect.Pointer:
		d.once(v, child)
		v.Set(reflect.New(v.Type().Elem()))
		d.pointed(v, child, parent)
	default: // the text of the child is the value
		d.textOnly(child)
		d.set(v, f, child, child.Text)
	}
}

func (d *decoder) pointed(v reflect.Value, child *model.XML, parent model.Element) {
	switch e := v.Interface().(type) {
	case model.Element:
		d.element(child, e, parent)
	case interface{ setSource(x *model.XML) }:
		e.setSource(child)
		d.fill(child, v.Elem(), nil)
	}
}

func (d *decoder) once(v reflect.Value, child *model.XML) {
	if !v.IsNil() {
		d.fault(ruleUnknownElement, child, "element %s can stand here only once", quote(child.Name))
	}
}

// element reads a whole element; a process is remembered for the faults
// within.
func (d *decoder) element(x *model.XML, e, parent model.Element) {
	if p, ok := e.(*model.Process); ok {
		d.process = x.Attr("id")
		d.decode(x, p, parent)
		d.process = ""
		return
	}
	d.decode(x, e, parent)
}

// set reads the text of an attribute, or of an element that is only text.
func (d *decoder) set(v reflect.Value, f *field, x *model.XML, text string) {
	if isReference(v.Type()) {
		d.refer(pending{field: v, index: -1, from: x, drawing: f.drawing}, text)
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		d.setBool(v, f, x, text)
	case reflect.Int:
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil {
			d.fault(ruleAttributeValue, x, "attribute %s of element %s is %s, which is not a whole number", f.name, x.Name, quote(text))
			return
		}
		v.SetInt(int64(n))
	case reflect.Float64:
		n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil {
			d.fault(ruleAttributeValue, x, "attribute %s of element %s is %s, which is not a number", f.name, x.Name, quote(text))
			return
		}
		v.SetFloat(n)
	default:
		panic(fmt.Sprintf("bpmn: field %s of the model has the type %s, which nothing reads", f.name, v.Type()))
	}
}

func (d *decoder) setBool(v reflect.Value, f *field, x *model.XML, text string) {
	switch strings.TrimSpace(text) {
	case "true", "1":
		v.SetBool(true)
	case "false", "0", "":
		v.SetBool(false)
	default:
		d.fault(ruleAttributeValue, x, "attribute %s of element %s is %s, which is neither true nor false", f.name, x.Name, quote(text))
	}
}

// fault reports something about an element of the file.
func (d *decoder) fault(rule string, x *model.XML, format string, args ...any) {
	d.add(Fault{
		Rule: rule, Process: d.process, Element: nearestID(x), Line: x.Line, Column: x.Column,
		Message: fmt.Sprintf(format, args...),
	})
}

// nearestID is the id of the element of BPMN that x is or belongs to.
func nearestID(x *model.XML) string {
	for ; x != nil; x = x.Parent {
		if id := x.Attr("id"); id != "" && x.Space == bpmnNamespace {
			return id
		}
	}
	return ""
}

func (d *decoder) unknownAttribute(x *model.XML, fs fields, a model.Attr) {
	switch {
	case d.namespace == bpmnNamespace && a.Space == Namespace:
		d.fault(ruleUnknownExtension, x, "attribute %s of Perdure stands at an element of BPMN, not within its extensionElements", quote(a.Name))
		return
	case d.namespace == Namespace:
		d.fault(ruleUnknownExtension, x, "element %s has no attribute %s; it has: %s", quote(x.Name), quote(a.Name), fs.names(true))
		return
	}
	d.fault(ruleUnknownAttribute, x, "element %s has no attribute %s in BPMN 2.0.2", quote(x.Name), quote(a.Name))
}

func (d *decoder) unknownElement(x *model.XML, fs fields, child *model.XML) {
	if d.namespace == Namespace {
		d.fault(ruleUnknownExtension, child, "element %s has no child %s; it has: %s", quote(x.Name), quote(child.Name), fs.names(false))
		return
	}
	d.fault(ruleUnknownElement, child, "element %s cannot stand within element %s", quote(child.Name), quote(x.Name))
}

// foreignElement is a child of another namespace outside of extensionElements,
// where the standard allows diagrams and nothing else.
func (d *decoder) foreignElement(x, child *model.XML) {
	switch {
	case child.Space == Namespace:
		d.fault(ruleUnknownExtension, child, "element %s of Perdure stands outside of extensionElements", quote(child.Name))
	case child.Space == bpmnNamespace:
		d.fault(ruleUnknownElement, child, "element %s cannot stand within element %s", quote(child.Name), quote(x.Name))
	case child.Space == "" && d.namespace == bpmnNamespace:
		d.fault(ruleUnknownElement, child, "element %s has no namespace", quote(child.Name))
	default:
		d.foreignNamespace(child, child.Space)
	}
}

// textOnly reports children where only text can be.
func (d *decoder) textOnly(x *model.XML) {
	for _, child := range x.Children {
		if child.Space == bpmnNamespace || child.Space == Namespace {
			d.fault(ruleUnknownElement, child, "element %s cannot stand within element %s", quote(child.Name), quote(x.Name))
		}
	}
}

// foreignNamespace warns once of each namespace that is kept and not executed.
func (d *decoder) foreignNamespace(x *model.XML, space string) {
	drawn := []string{diNamespace, xsiNamespace, xmlNamespace}
	if d.foreign[space] || slices.Contains(drawn, space) || strings.HasPrefix(space, "http://www.omg.org/spec/") ||
		strings.HasPrefix(space, "http://bpmn.io/schema/") {
		return
	}
	d.foreign[space] = true
	d.fault(ruleVendorExtension, x, "extensions of the namespace %s are kept but not executed", quote(space))
}
