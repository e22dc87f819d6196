package expr

import (
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// A compiler turns the tree of one source into code. Its recursion is bounded
// by MaxNodes.
type compiler struct {
	source     *source
	names      map[string]bool
	slots      int
	nodes      int
	locals     []local
	predicates []*predicate
}

func newCompiler() *compiler { return &compiler{names: map[string]bool{}} }

// A local is a variable of let.
type local struct {
	name string
	slot int
}

// An operand is compiled code and what is known about it.
type operand struct {
	code code
	// name is how messages call it: a path such as order.total, or a text that
	// stands for anything longer.
	name string
	// constant says that the value is always the same one.
	constant bool
	value    any
}

func constant(v any, name string) operand {
	return operand{code: func(*frame) any { return v }, name: name, constant: true, value: v}
}

// unnamed is how messages call what has no short name.
const unnamed = "the value"

// shortened is a name that is fit for a message.
func shortened(name string) string {
	if len(name) > 80 {
		return unnamed
	}
	return name
}

func computed(run code) operand { return operand{code: run, name: unnamed} }

// compileRoot compiles a whole tree. Faults on the way are panics with a
// *SyntaxError.
func (c *compiler) compileRoot(tree ast.Node) (root operand, err *SyntaxError) {
	defer func() {
		switch e := recover().(type) {
		case nil:
		case *SyntaxError:
			err = e
		default:
			panic(e)
		}
	}()
	return c.compile(tree), nil
}

// fail gives up with an error that points at a node.
func (c *compiler) fail(n ast.Node, format string, args ...any) {
	panic(c.source.errorAt(n.Location().From, fmt.Sprintf(format, args...)))
}

func (c *compiler) compile(n ast.Node) operand {
	if n == nil {
		panic(c.source.errorAt(0, "the expression is not complete"))
	}
	if c.nodes++; c.nodes > MaxNodes {
		c.fail(n, "%s", tooManyNodes())
	}
	switch n := n.(type) {
	case *ast.NilNode:
		return constant(nil, "nil")
	case *ast.BoolNode:
		return constant(n.Value, fmt.Sprint(n.Value))
	case *ast.StringNode:
		return constant(n.Value, quoted(n.Value))
	case *ast.IntegerNode, *ast.FloatNode:
		return c.compileNumber(n)
	case *ast.IdentifierNode:
		return c.compileIdentifier(n)
	case *ast.PointerNode:
		return c.compilePointer(n)
	case *ast.UnaryNode:
		return c.compileUnary(n)
	case *ast.BinaryNode:
		return c.compileBinary(n)
	case *ast.ChainNode:
		return c.compile(n.Node)
	case *ast.MemberNode:
		return c.compileMember(n)
	case *ast.SliceNode:
		return c.compileSlice(n)
	case *ast.BuiltinNode:
		return c.compileCall(n, n.Name, n.Arguments)
	case *ast.CallNode:
		callee, ok := n.Callee.(*ast.IdentifierNode)
		if !ok {
			c.fail(n, "values have no methods; write a function such as len(x)")
		}
		return c.compileCall(n, callee.Value, n.Arguments)
	case *ast.ConditionalNode:
		return c.compileConditional(n)
	case *ast.VariableDeclaratorNode:
		return c.compileLet(n)
	case *ast.SequenceNode:
		return c.compileSequence(n)
	case *ast.ArrayNode:
		return c.compileList(n)
	case *ast.MapNode:
		return c.compileObject(n)
	case *ast.PredicateNode:
		c.fail(n, "a predicate stands only inside a function such as filter")
	}
	c.fail(n, "this is not supported")
	panic("unreachable")
}

func (c *compiler) compileNumber(n ast.Node) operand {
	v, err := c.source.literal(n)
	if err != nil {
		panic(err)
	}
	return constant(v, shortened(c.source.at(n)))
}

// compileIdentifier reads a variable of let, or else one of the scopes, where
// a missing one is nil.
func (c *compiler) compileIdentifier(n *ast.IdentifierNode) operand {
	name := n.Value
	for _, l := range slices.Backward(c.locals) {
		if l.name == name {
			slot := l.slot
			return operand{code: func(f *frame) any { return f.slots[slot] }, name: shortened(name)}
		}
	}
	if strings.HasPrefix(name, "$") {
		c.fail(n, "the name %s is not available", name)
	}
	c.names[name] = true
	return operand{code: func(f *frame) any { return f.variable(name) }, name: shortened(name)}
}

// variable reads a variable and makes sure that it is of the value model.
func (f *frame) variable(name string) any {
	v, _ := f.env.lookup(name)
	switch v := v.(type) {
	case nil, bool, string, int, Decimal, []any, map[string]any:
		return v
	case Variables:
		return map[string]any(v)
	default:
		panic(evalErrorf("the variable %s holds a Go %T, which is not a value of the model", name, v))
	}
}

func (c *compiler) newSlot() int {
	c.slots++
	return c.slots - 1
}

func (c *compiler) compileLet(n *ast.VariableDeclaratorNode) operand {
	value := c.compile(n.Value)
	slot := c.newSlot()
	c.locals = append(c.locals, local{name: n.Name, slot: slot})
	body := c.compile(n.Expr)
	c.locals = c.locals[:len(c.locals)-1]
	return computed(func(f *frame) any {
		f.tick(1)
		f.slots[slot] = value.code(f)
		return body.code(f)
	})
}

// compileSequence evaluates all parts and gives the last one.
func (c *compiler) compileSequence(n *ast.SequenceNode) operand {
	parts := c.compileAll(n.Nodes)
	return computed(func(f *frame) any {
		var v any
		for _, part := range parts {
			f.tick(1)
			v = part.code(f)
		}
		return v
	})
}

func (c *compiler) compileAll(nodes []ast.Node) []operand {
	all := make([]operand, len(nodes))
	for i, n := range nodes {
		all[i] = c.compile(n)
	}
	return all
}

func (c *compiler) compileConditional(n *ast.ConditionalNode) operand {
	condition, yes, no := c.compile(n.Cond), c.compile(n.Exp1), c.compile(n.Exp2)
	return computed(func(f *frame) any {
		f.tick(1)
		if truth(condition.code(f), condition.name, "a condition") {
			return yes.code(f)
		}
		return no.code(f)
	})
}

func (c *compiler) compileList(n *ast.ArrayNode) operand {
	parts := c.compileAll(n.Nodes)
	if list, ok := constants(parts); ok {
		return constant(list, "the list")
	}
	return computed(func(f *frame) any {
		f.tick(len(parts))
		f.elements(len(parts))
		list := make([]any, len(parts))
		for i, part := range parts {
			list[i] = part.code(f)
		}
		return list
	})
}

// constants returns the list of the operands' values if all are constant.
// Values are never changed in place, so that one list serves all evaluations.
func constants(parts []operand) ([]any, bool) {
	list := make([]any, len(parts))
	for i, part := range parts {
		if !part.constant {
			return nil, false
		}
		list[i] = part.value
	}
	return list, true
}

func (c *compiler) compileObject(n *ast.MapNode) operand {
	type pair struct{ key, value operand }
	pairs := make([]pair, len(n.Pairs))
	for i, p := range n.Pairs {
		p := p.(*ast.PairNode)
		pairs[i] = pair{key: c.compileKey(p.Key), value: c.compile(p.Value)}
	}
	return computed(func(f *frame) any {
		f.tick(len(pairs))
		f.entries(len(pairs))
		object := make(map[string]any, len(pairs))
		for _, p := range pairs {
			key := f.keyText(p.key.code(f), p.key.name)
			f.charge(len(key))
			object[key] = p.value.code(f)
		}
		return object
	})
}

// compileKey compiles the key of an object. One that is written as a number is
// taken as it stands in the source, since the parser saw only its zeros.
func (c *compiler) compileKey(n ast.Node) operand {
	if key, ok := n.(*ast.StringNode); ok {
		if text := c.source.at(key); text != "" && (text[0] == '.' || isDigit(rune(text[0]), false)) {
			return constant(text, text)
		}
	}
	return c.compile(n)
}

// keyText turns a value into the key of an object.
func (f *frame) keyText(v any, name string) string {
	switch v.(type) {
	case string, bool, int, Decimal:
		key := f.text(v)
		f.scan(len(key))
		return key
	default:
		panic(evalErrorf("the key of an object must be a text, %s is %s", name, withArticle(v)))
	}
}
