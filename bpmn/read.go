package bpmn

import (
	"fmt"
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/perdure/perdure/bpmn/model"
)

// Definitions is a file that has been read: the typed model, references
// resolved. It is never changed after Read.
type Definitions struct {
	*model.Definitions

	// extensions are Perdure's, of the elements that have some.
	extensions map[model.Element]*extension
	faults     *collector
}

// Read reads BPMN 2.0.2 XML. It reports everything that is wrong with the text
// and with the structure, and nothing about whether it can be executed; that
// is Compile. The definitions are nil when the text cannot be read at all.
//
// Every namespace prefix is understood, a missing diagram is fine, and
// extensions of others are kept.
func Read(data []byte) (*Definitions, Faults) {
	c := newCollector()
	d := read(data, c)
	return d, c.faults()
}

func read(data []byte, c *collector) *Definitions {
	root, f := scan(data)
	if f != nil {
		c.add(*f)
		return nil
	}
	d := &decoder{collector: c, types: map[reflect.Type]fields{}, namespace: bpmnNamespace, foreign: map[string]bool{}}
	if root.Space != bpmnNamespace || root.Name != "definitions" {
		d.fault(ruleNotBPMN, root, "the root element is %s of the namespace %s", quote(root.Name), quote(root.Space))
		return nil
	}
	if !d.fits(root) {
		return nil
	}
	m := &model.Definitions{}
	d.decode(root, m, nil)
	read := &Definitions{Definitions: m, extensions: map[model.Element]*extension{}, faults: c}
	ids := d.collectIDs(m)
	d.resolve(ids, m.TargetNamespace)
	d.readExtensions(read)
	return read
}

// fits reports false for a file with more elements than are read.
func (d *decoder) fits(root *model.XML) bool {
	var elements, processes, shapes int
	count(root, &elements, &processes, &shapes)
	switch {
	case elements > MaxElements:
		d.fault(ruleModelSize, root, "the file has %d elements; at most %d are read", elements, MaxElements)
	case processes > MaxProcesses:
		d.fault(ruleModelSize, root, "the file has %d processes; at most %d are read", processes, MaxProcesses)
	case shapes > MaxShapes:
		d.fault(ruleModelSize, root, "the diagrams have %d shapes and edges; at most %d are read", shapes, MaxShapes)
	default:
		return true
	}
	return false
}

func count(x *model.XML, elements, processes, shapes *int) {
	switch {
	case x.Space == bpmnNamespace && x.Attr("id") != "":
		*elements++
		if x.Name == "process" {
			*processes++
		}
	case x.Space == diNamespace && (x.Name == "BPMNShape" || x.Name == "BPMNEdge"):
		*shapes++
	}
	for _, child := range x.Children {
		count(child, elements, processes, shapes)
	}
}

// collectIDs returns the elements by id and reports ids that are missing where
// execution needs them, not valid, or given twice.
func (d *decoder) collectIDs(m *model.Definitions) map[string]model.Element {
	ids := map[string]model.Element{}
	d.walk(m, func(e model.Element) {
		base := e.Base()
		if base.ID == "" {
			if needsID(e) {
				d.fault(ruleMissingID, base.Source, "element %s has no id", quote(base.ElementName()))
			}
			return
		}
		if !isID(base.ID) {
			d.fault(ruleInvalidID, base.Source, "the id %s is not valid", quote(base.ID))
			return
		}
		if first, twice := ids[base.ID]; twice {
			d.fault(ruleDuplicateID, base.Source, "the id %s is already that of element %s in line %d",
				quote(base.ID), quote(first.Base().ElementName()), first.Base().Source.Line)
			return
		}
		ids[base.ID] = e
	})
	return ids
}

// needsID says whether the engine or the repository names the element.
func needsID(e model.Element) bool {
	switch e.(type) {
	case *model.Process, model.FlowNode, *model.SequenceFlow:
		return true
	}
	return false
}

// isID accepts what tools write: an NCName, also with letters beyond ASCII.
func isID(id string) bool {
	if utf8.RuneCountInString(id) > MaxID {
		return false
	}
	for i, r := range id {
		switch {
		case unicode.IsLetter(r), r == '_':
		case i > 0 && (r == '-' || r == '.' || r == '\u00b7' || unicode.IsDigit(r) || unicode.IsMark(r)):
		default:
			return false
		}
	}
	return id != ""
}

// walk visits every element of the model in the order of the file, as far as
// the order within one type tells it.
func (d *decoder) walk(e model.Element, visit func(model.Element)) {
	visit(e)
	if p, ok := e.(*model.Process); ok {
		d.process = p.ID
		defer func() { d.process = "" }()
	}
	v := reflect.ValueOf(e).Elem()
	for _, f := range d.fieldsOf(v.Type()) {
		if f.attribute || f.name == "#text" {
			continue
		}
		child := v.FieldByIndex(f.index)
		if child.Kind() != reflect.Slice {
			d.walkValue(child, visit)
			continue
		}
		for i := range child.Len() {
			d.walkValue(child.Index(i), visit)
		}
	}
}

func (d *decoder) walkValue(v reflect.Value, visit func(model.Element)) {
	if (v.Kind() != reflect.Pointer && v.Kind() != reflect.Interface) || v.IsNil() {
		return
	}
	if e, ok := reflect.TypeAssert[model.Element](v); ok {
		d.walk(e, visit)
	}
}

// resolve sets the targets of all references.
func (d *decoder) resolve(ids map[string]model.Element, targetNamespace string) {
	for _, r := range d.references {
		reference := r.reference()
		name := reference.QName()
		if name == "" {
			continue
		}
		d.process = r.process
		local, ok := localName(name, r.from, targetNamespace)
		target, found := ids[local]
		switch {
		case !ok:
			d.dangling(r, ruleUndefinedReference, "element %s refers to %s of another file or of no namespace", quote(r.from.Name), quote(name))
		case !found:
			d.dangling(r, ruleUndefinedReference, "element %s refers to %s, which does not exist", quote(r.from.Name), quote(name))
		case !reference.Resolve(target):
			d.dangling(r, ruleWrongReference, "element %s refers to %s, which is of the wrong type %s", quote(r.from.Name), quote(name), target.Base().ElementName())
		}
	}
	d.process = ""
}

func (d *decoder) dangling(r pending, rule, format string, args ...any) {
	if r.drawing {
		rule = ruleDrawingReference
	}
	d.fault(rule, r.from, format, args...)
}

// localName takes the prefix off a QName. It reports false for a name of
// another file. Tools write ids without a prefix even where the default
// namespace is that of BPMN.
func localName(name string, at *model.XML, targetNamespace string) (string, bool) {
	prefix, local, qualified := strings.Cut(name, ":")
	if !qualified {
		return name, true
	}
	uri, bound := at.Resolve(prefix)
	return local, bound && uri == targetNamespace
}

// describe names an element in a message.
func describe(e model.Element) string {
	b := e.Base()
	if b.ID == "" {
		return b.ElementName()
	}
	return fmt.Sprintf("%s %s", b.ElementName(), quote(b.ID))
}
