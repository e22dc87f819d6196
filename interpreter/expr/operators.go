package expr

import (
	"strings"

	"github.com/expr-lang/expr/ast"
)

func (c *compiler) compileUnary(n *ast.UnaryNode) operand {
	x := c.compile(n.Node)
	switch n.Operator {
	case "!", "not":
		return computed(func(f *frame) any {
			f.tick(1)
			return !truth(x.code(f), x.name, n.Operator)
		})
	case "-":
		return computed(func(f *frame) any {
			f.tick(1)
			return f.negate(number(x.code(f), x.name, "-"))
		})
	case "+":
		return computed(func(f *frame) any {
			f.tick(1)
			return number(x.code(f), x.name, "+")
		})
	}
	c.fail(n, "the operator %s is not supported", n.Operator)
	panic("unreachable")
}

func (c *compiler) compileBinary(n *ast.BinaryNode) operand {
	switch n.Operator {
	case "&&", "and":
		return c.compileLogic(n, false)
	case "||", "or":
		return c.compileLogic(n, true)
	case "??":
		return c.compileCoalesce(n)
	case "matches":
		return c.compileMatches(n)
	}
	left, right := c.compile(n.Left), c.compile(n.Right)
	apply, ok := binary(n.Operator)
	if !ok {
		c.fail(n, "the operator %s is not supported", n.Operator)
	}
	op := operation{sign: n.Operator, left: left.name, right: right.name}
	return computed(func(f *frame) any {
		f.tick(1)
		a := left.code(f)
		return apply(f, op, a, right.code(f))
	})
}

// An operation is a binary operator with the names of its operands, for the
// messages.
type operation struct{ sign, left, right string }

// compileLogic compiles and, or: the right side is evaluated only if the left
// one is not decisive.
func (c *compiler) compileLogic(n *ast.BinaryNode, decisive bool) operand {
	left, right := c.compile(n.Left), c.compile(n.Right)
	return computed(func(f *frame) any {
		f.tick(1)
		if truth(left.code(f), left.name, n.Operator) == decisive {
			return decisive
		}
		return truth(right.code(f), right.name, n.Operator)
	})
}

func (c *compiler) compileCoalesce(n *ast.BinaryNode) operand {
	left, right := c.compile(n.Left), c.compile(n.Right)
	return computed(func(f *frame) any {
		f.tick(1)
		if v := left.code(f); v != nil {
			return v
		}
		return right.code(f)
	})
}

// truth returns a boolean operand.
func truth(v any, name, user string) bool {
	b, ok := v.(bool)
	if !ok {
		panic(evalErrorf("%s is %s; %s needs true or false", name, withArticle(v), user))
	}
	return b
}

// binary returns the meaning of an operator that evaluates both sides.
func binary(sign string) (func(f *frame, op operation, a, b any) any, bool) {
	switch sign {
	case "==":
		return func(f *frame, op operation, a, b any) any { return f.same(op, a, b) }, true
	case "!=":
		return func(f *frame, op operation, a, b any) any { return !f.same(op, a, b) }, true
	case "<":
		return func(f *frame, op operation, a, b any) any { return f.compare(op, a, b) < 0 }, true
	case "<=":
		return func(f *frame, op operation, a, b any) any { return f.compare(op, a, b) <= 0 }, true
	case ">":
		return func(f *frame, op operation, a, b any) any { return f.compare(op, a, b) > 0 }, true
	case ">=":
		return func(f *frame, op operation, a, b any) any { return f.compare(op, a, b) >= 0 }, true
	case "+":
		return (*frame).plus, true
	case "-", "*", "/", "%", "**", "^":
		return (*frame).arithmetic, true
	case "..":
		return (*frame).span, true
	case "in":
		return func(f *frame, op operation, a, b any) any { return f.in(op, a, b) }, true
	case "contains":
		return textTest(strings.Contains), true
	case "startsWith":
		return textTest(strings.HasPrefix), true
	case "endsWith":
		return textTest(strings.HasSuffix), true
	default:
		return nil, false
	}
}

func textTest(test func(s, part string) bool) func(f *frame, op operation, a, b any) any {
	return func(f *frame, op operation, a, b any) any {
		s, ok := a.(string)
		if !ok {
			panic(evalErrorf("%s is %s; %s needs a text", op.left, withArticle(a), op.sign))
		}
		part, ok := b.(string)
		if !ok {
			panic(evalErrorf("%s is %s; %s needs a text", op.right, withArticle(b), op.sign))
		}
		if op.sign == "contains" {
			f.scan(len(s))
		} else {
			f.scan(min(len(s), len(part)))
		}
		return test(s, part)
	}
}

// same is ==. Null may be compared with everything; otherwise values of
// different types are a mistake and not merely different.
func (f *frame) same(op operation, a, b any) bool {
	if a != nil && b != nil && TypeName(a) != TypeName(b) {
		panic(evalErrorf("%s is %s and %s is %s; %s compares values of one type", op.left, withArticle(a), op.right, withArticle(b), op.sign))
	}
	return f.equal(a, b, 0)
}

// compare orders two numbers, or two texts by their bytes.
func (f *frame) compare(op operation, a, b any) int {
	if a, ok := a.(int); ok {
		if b, ok := b.(int); ok {
			return compareInts(a, b)
		}
	}
	if order, ok := f.order(a, b); ok {
		return order
	}
	for _, side := range []struct {
		v    any
		name string
	}{{a, op.left}, {b, op.right}} {
		if side.v == nil {
			panic(evalErrorf("%s is null or missing; %s compares two numbers or two texts", side.name, op.sign))
		}
	}
	panic(evalErrorf("%s is %s and %s is %s; %s compares two numbers or two texts", op.left, withArticle(a), op.right, withArticle(b), op.sign))
}

// order compares two numbers or two texts; other values have no order.
func (f *frame) order(a, b any) (int, bool) {
	if s, ok := a.(string); ok {
		t, ok := b.(string)
		if ok {
			f.scan(min(len(s), len(t)))
		}
		return strings.Compare(s, t), ok
	}
	x, ok := asDecimal(a)
	if !ok {
		return 0, false
	}
	y, ok := asDecimal(b)
	if !ok {
		return 0, false
	}
	f.weigh(x, y)
	return x.Cmp(y), true
}

func compareInts(a, b int) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	default:
		return 0
	}
}

// in asks whether a list has an element or an object a key.
func (f *frame) in(op operation, a, b any) bool {
	switch b := b.(type) {
	case []any:
		for _, element := range b {
			f.tick(1)
			if f.equal(a, element, 0) {
				return true
			}
		}
		return false
	case map[string]any:
		key, ok := a.(string)
		if !ok {
			panic(evalErrorf("%s is %s; the keys of an object are texts", op.left, withArticle(a)))
		}
		f.scan(len(key))
		_, found := b[key]
		return found
	default:
		panic(evalErrorf("%s is %s; in needs a list or an object", op.right, withArticle(b)))
	}
}

// span is from..to, both included.
func (f *frame) span(op operation, a, b any) any {
	from, ok := wholeNumber(a)
	if !ok {
		panic(evalErrorf("%s is %s; .. needs whole numbers", op.left, withArticle(a)))
	}
	to, ok := wholeNumber(b)
	if !ok {
		panic(evalErrorf("%s is %s; .. needs whole numbers", op.right, withArticle(b)))
	}
	if to < from {
		return []any{}
	}
	n := to - from + 1
	if n <= 0 { // more than an int can count
		n = MaxElements + 1
	}
	f.elements(n)
	f.tick(n / 8)
	list := make([]any, n)
	for i := range list {
		list[i] = from + i
	}
	return list
}

// plus adds two numbers or joins two texts.
func (f *frame) plus(op operation, a, b any) any {
	s, left := a.(string)
	t, right := b.(string)
	switch {
	case left && right:
		f.charge(len(s) + len(t))
		return s + t
	case left && b != nil:
		panic(evalErrorf("%s is %s; + joins two texts, so write text(%s)", op.right, withArticle(b), op.right))
	case right && a != nil:
		panic(evalErrorf("%s is %s; + joins two texts, so write text(%s)", op.left, withArticle(a), op.left))
	default:
		return f.arithmetic(op, a, b)
	}
}
