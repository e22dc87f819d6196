package expr

import (
	"github.com/expr-lang/expr/ast"
)

// A function is a built-in without a predicate.
type function struct {
	least, most int // arguments; most is -1 for any number
	run         func(*call) any
}

// A call is one call of a function: its arguments and how messages name them.
type call struct {
	*frame
	function string
	args     []any
	operands []operand
}

// lookupFunction finds a built-in.
func lookupFunction(name string) (function, bool) {
	switch name {
	// Values of any type.
	case "len":
		return function{1, 1, length}, true
	case "type":
		return function{1, 1, func(c *call) any { return TypeName(c.args[0]) }}, true
	case "text", "string":
		return function{1, 1, func(c *call) any { return c.text(c.args[0]) }}, true
	case "toJSON":
		return function{1, 1, toJSON}, true
	case "fromJSON":
		return function{1, 1, fromJSON}, true

	// Numbers.
	case "number", "float":
		return function{1, 1, toNumber}, true
	case "int":
		return function{1, 1, toInt}, true
	case "abs":
		return function{1, 1, abs}, true
	case "ceil", "floor":
		return function{1, 1, toWhole}, true
	case "round":
		return function{1, 2, round}, true
	case "sum":
		return function{1, 1, func(c *call) any { return c.sum(c.list(0), c.operands[0].name, "sum") }}, true
	case "mean":
		return function{1, 1, mean}, true
	case "median":
		return function{1, 1, median}, true
	case "min", "max":
		return function{1, -1, extreme}, true

	// Texts.
	case "upper", "lower":
		return function{1, 1, changeCase}, true
	case "trim", "trimPrefix", "trimSuffix":
		return function{1, 2, trim}, true
	case "split", "splitAfter":
		return function{2, 3, split}, true
	case "join":
		return function{1, 2, join}, true
	case "replace":
		return function{3, 4, replace}, true
	case "repeat":
		return function{2, 2, repeat}, true
	case "indexOf", "lastIndexOf":
		return function{2, 2, indexOf}, true
	case "hasPrefix", "hasSuffix":
		return function{2, 2, hasAffix}, true
	case "toBase64":
		return function{1, 1, toBase64}, true
	case "fromBase64":
		return function{1, 1, fromBase64}, true
	case "urlEncode":
		return function{1, 1, urlEncode}, true

	// Lists.
	case "count":
		return function{1, 1, countTrue}, true
	case "first", "last":
		return function{1, 1, endOf}, true
	case "take":
		return function{2, 2, take}, true
	case "reverse":
		return function{1, 1, reverse}, true
	case "uniq":
		return function{1, 1, uniq}, true
	case "concat":
		return function{1, -1, concat}, true
	case "flatten":
		return function{1, 1, flatten}, true
	case "sort":
		return function{1, 2, sortList}, true

	// Objects.
	case "get":
		return function{2, 2, func(c *call) any { return c.index(c.args[0], c.args[1], c.operands[0].name) }}, true
	case "keys":
		return function{1, 1, keys}, true
	case "values":
		return function{1, 1, values}, true
	case "toPairs":
		return function{1, 1, toPairs}, true
	case "fromPairs":
		return function{1, 1, fromPairs}, true

	// Dates.
	case "now":
		return function{0, 0, now}, true
	case "date":
		return function{1, 1, date}, true
	case "addDuration":
		return function{2, 2, addDuration}, true
	case "secondsBetween":
		return function{2, 2, secondsBetween}, true
	case "daysBetween":
		return function{2, 2, daysBetween}, true
	case "yearsBetween":
		return function{2, 2, yearsBetween}, true
	default:
		return function{}, false
	}
}

// removed says why a function of expr-lang, or one that people look for, is
// not there.
func removed(name string) string {
	switch name {
	case "duration":
		return "durations are ISO 8601 texts: addDuration(now(), \"P1D\")"
	case "timezone":
		return "dates are in UTC"
	case "random", "rand", "uuid":
		return "an expression gives the same value each time; let a service task make it"
	case "bitand", "bitor", "bitxor", "bitnand", "bitnot", "bitshl", "bitshr", "bitushr":
		return "numbers are decimal"
	default:
		return ""
	}
}

func (c *compiler) compileCall(n ast.Node, name string, args []ast.Node) operand {
	if isPredicate(name) && len(args) > 1 {
		return c.compilePredicate(n, name, args)
	}
	fn, ok := lookupFunction(name)
	if !ok {
		if why := removed(name); why != "" {
			c.fail(n, "the function %s is not available: %s", name, why)
		}
		c.fail(n, "the function %s is unknown", name)
	}
	if len(args) < fn.least || (fn.most >= 0 && len(args) > fn.most) {
		c.fail(n, "the function %s does not take %d arguments", name, len(args))
	}
	operands := c.compileAll(args)
	return operand{
		code: func(f *frame) any {
			f.tick(1 + len(operands))
			call := call{frame: f, function: name, operands: operands, args: make([]any, len(operands))}
			for i := range operands {
				call.args[i] = operands[i].code(f)
			}
			return fn.run(&call)
		},
		name: name + "()",
	}
}

// refuse gives up because of an argument.
func (c *call) refuse(i int, need string) {
	panic(evalErrorf("%s is %s; %s needs %s", c.operands[i].name, withArticle(c.args[i]), c.function, need))
}

func (c *call) list(i int) []any {
	list, ok := c.args[i].([]any)
	if !ok {
		c.refuse(i, "a list")
	}
	return list
}

func (c *call) object(i int) map[string]any {
	object, ok := asObject(c.args[i])
	if !ok {
		c.refuse(i, "an object")
	}
	return object
}

// string returns a text and spends the steps of reading it.
func (c *call) string(i int) string {
	s, ok := c.args[i].(string)
	if !ok {
		c.refuse(i, "a text")
	}
	c.scan(len(s))
	return s
}

// optional returns a text that may be left out.
func (c *call) optional(i int, otherwise string) string {
	if i >= len(c.args) {
		return otherwise
	}
	return c.string(i)
}

func (c *call) whole(i int) int {
	n, ok := wholeNumber(c.args[i])
	if !ok {
		c.refuse(i, "a whole number")
	}
	return n
}
