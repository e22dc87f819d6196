package expr

import (
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
)

// compileMember compiles a.b and a[b]. Access to null and to what is not there
// gives null.
func (c *compiler) compileMember(n *ast.MemberNode) operand {
	object, property := c.compile(n.Node), c.compile(n.Property)
	if key, ok := property.value.(string); ok && property.constant {
		return operand{
			code: func(f *frame) any {
				f.tick(1)
				return field(object.code(f), key, object.name)
			},
			name: shortened(object.name + "." + key),
		}
	}
	return operand{
		code: func(f *frame) any {
			f.tick(1)
			return f.index(object.code(f), property.code(f), object.name)
		},
		name: shortened(object.name + "[" + property.name + "]"),
	}
}

func field(v any, key, name string) any {
	switch v := v.(type) {
	case nil:
		return nil
	case map[string]any:
		return v[key]
	case Variables:
		return v[key]
	default:
		panic(evalErrorf("%s is %s, it has no field %s", name, withArticle(v), quoted(key)))
	}
}

// index reads an element by a number, which counts from the end if it is
// negative, or a field by a text.
func (f *frame) index(v, at any, name string) any {
	if v == nil || at == nil {
		return nil
	}
	if key, ok := at.(string); ok {
		f.scan(len(key))
		return field(v, key, name)
	}
	i, whole := wholeNumber(at)
	switch v := v.(type) {
	case []any:
		if !whole {
			panic(evalErrorf("%s is a list, its index must be a whole number", name))
		}
		if i < 0 {
			i += len(v)
		}
		if i < 0 || i >= len(v) {
			return nil
		}
		return v[i]
	case string:
		if !whole {
			panic(evalErrorf("%s is a string, its index must be a whole number", name))
		}
		n := f.characters(v)
		if i < 0 {
			i += n
		}
		if i < 0 || i >= n {
			return nil
		}
		return characters(v, i, i+1)
	case map[string]any:
		panic(evalErrorf("%s is an object, its fields have texts as names, not %s", name, withArticle(at)))
	default:
		panic(evalErrorf("%s is %s, it has no elements", name, withArticle(v)))
	}
}

// characters counts the characters of a text. An index counts them too, and
// not bytes.
func (f *frame) characters(s string) int {
	f.tick(len(s) / 64)
	return utf8.RuneCountInString(s)
}

// characters returns the part of a text from one character to another, which
// must be within the text.
func characters(s string, from, to int) string {
	at, start := 0, len(s)
	for i := range s {
		if at == from {
			start = i
		}
		if at == to {
			return s[start:i]
		}
		at++
	}
	return s[start:]
}

// compileSlice compiles a[from:to] of lists and texts. Bounds beyond the ends
// are cut.
func (c *compiler) compileSlice(n *ast.SliceNode) operand {
	object := c.compile(n.Node)
	from, to := constant(nil, "nil"), constant(nil, "nil")
	if n.From != nil {
		from = c.compile(n.From)
	}
	if n.To != nil {
		to = c.compile(n.To)
	}
	return operand{
		code: func(f *frame) any {
			f.tick(1)
			return f.slice(object.code(f), from.code(f), to.code(f), object.name)
		},
		name: shortened(object.name + "[:]"),
	}
}

func (f *frame) slice(v, from, to any, name string) any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		i, j := limits(from, to, len(v))
		return v[i:j:j]
	case string:
		i, j := limits(from, to, f.characters(v))
		return characters(v, i, j)
	default:
		panic(evalErrorf("%s is %s, it has no parts", name, withArticle(v)))
	}
}

// limits returns the limits of a slice within 0 and n.
func limits(from, to any, n int) (int, int) {
	i, j := bound(from, 0, n), bound(to, n, n)
	return min(i, j), j
}

func bound(v any, otherwise, n int) int {
	if v == nil {
		return otherwise
	}
	i, ok := wholeNumber(v)
	if !ok {
		panic(evalErrorf("the bounds of a part must be whole numbers, this is %s", withArticle(v)))
	}
	if i < 0 {
		i += n
	}
	return max(0, min(i, n))
}

// wholeNumber returns a number as an int if it is one: 2 and 2.0 are.
func wholeNumber(v any) (int, bool) {
	switch v := v.(type) {
	case int:
		return v, true
	case Decimal:
		return v.integer()
	default:
		return 0, false
	}
}
