package expr

import (
	"fmt"
	"math"
	"strconv"

	"github.com/cockroachdb/apd/v3"
)

// TypeName returns what a value is called in messages: null, boolean, string,
// number, list or object.
func TypeName(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case int, Decimal:
		return "number"
	case []any:
		return "list"
	case map[string]any, Variables:
		return "object"
	default:
		return "value of an unknown type"
	}
}

// Equal says whether two values are the same, deep and by value: 1 equals 1.0,
// and a number never equals a text. Values nested deeper than MaxDepth are
// never equal.
func Equal(a, b any) bool {
	m := meter{steps: math.MaxInt}
	return m.equal(a, b, 0)
}

func (m *meter) equal(a, b any, depth int) bool {
	if depth > MaxDepth {
		return false
	}
	switch a := a.(type) {
	case nil:
		return b == nil
	case bool:
		b, ok := b.(bool)
		return ok && a == b
	case string:
		b, ok := b.(string)
		m.scan(min(len(a), len(b)))
		return ok && a == b
	case int, Decimal:
		return m.equalNumbers(a, b)
	case []any:
		b, ok := b.([]any)
		return ok && m.equalLists(a, b, depth)
	case map[string]any:
		return m.equalObjects(a, b, depth)
	case Variables:
		return m.equalObjects(a, b, depth)
	default:
		return false
	}
}

func (m *meter) equalNumbers(a, b any) bool {
	if a, ok := a.(int); ok {
		if b, ok := b.(int); ok {
			return a == b
		}
	}
	x, _ := asDecimal(a)
	y, ok := asDecimal(b)
	if !ok {
		return false
	}
	m.weigh(x, y)
	return x.Equal(y)
}

func (m *meter) equalLists(a, b []any, depth int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		m.tick(1)
		if !m.equal(a[i], b[i], depth+1) {
			return false
		}
	}
	return true
}

// equalObjects goes through the keys in order, so that two objects which
// differ cost the same each time.
func (m *meter) equalObjects(a map[string]any, other any, depth int) bool {
	b, ok := asObject(other)
	if !ok || len(a) != len(b) {
		return false
	}
	for _, key := range m.keys(a) {
		m.tick(1)
		w, ok := b[key]
		if !ok || !m.equal(a[key], w, depth+1) {
			return false
		}
	}
	return true
}

// reduced returns a value in which equal numbers are written alike: 1.10 as
// 1.1, and 1.0 as 1.
func reduced(v any, depth int) any {
	deeper(depth)
	switch v := v.(type) {
	case Decimal:
		d, _ := new(apd.Decimal).Reduce(v.apd())
		return Decimal{d: d}.normal() // used as a key only
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = reduced(v[i], depth+1)
		}
		return list
	case map[string]any:
		object := make(map[string]any, len(v))
		//workflowcheck:ignore a copy is the same in any order
		for key, element := range v {
			object[key] = reduced(element, depth+1)
		}
		return object
	default:
		return v
	}
}

// Clone returns a deep copy of a value of the model.
func Clone(v any) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = Clone(v[i])
		}
		return list
	case map[string]any:
		return cloneObject(v)
	case Variables:
		return cloneObject(v)
	default:
		return v
	}
}

func cloneObject(object map[string]any) map[string]any {
	if object == nil {
		return nil
	}
	clone := make(map[string]any, len(object))
	//workflowcheck:ignore a copy is the same in any order
	for key, v := range object {
		clone[key] = Clone(v)
	}
	return clone
}

// asObject returns an object whichever of its two Go types it has.
func asObject(v any) (map[string]any, bool) {
	switch v := v.(type) {
	case map[string]any:
		return v, true
	case Variables:
		return v, true
	default:
		return nil, false
	}
}

func asDecimal(v any) (Decimal, bool) {
	switch v := v.(type) {
	case int:
		return decimalOf(v), true
	case Decimal:
		return v, true
	default:
		return Decimal{}, false
	}
}

// quoted returns a text for a message, shortened.
func quoted(s string) string {
	const most = 60
	if r := []rune(s[:min(len(s), 4*most)]); len(r) > most {
		return strconv.Quote(string(r[:most])) + "..."
	}
	return strconv.Quote(s)
}

// tooLong is the message for a text above a limit.
func tooLong(what string, n, most int) string {
	return fmt.Sprintf("%s has %d bytes; at most %d are allowed", what, n, most)
}
