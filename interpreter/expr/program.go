package expr

import (
	"maps"
	"slices"
)

// Program is a compiled expression. It is immutable and safe for concurrent
// use.
type Program struct {
	source string
	names  []string
	code   code
	slots  int
}

// code computes the value of a node. It ends in a panic if there is none; see
// catch.
type code func(*frame) any

// A frame is one evaluation.
type frame struct {
	meter
	env *Env
	// slots hold the variables of let and the elements that predicates visit.
	slots []any
}

// Compile reads an expression. It refuses a source longer than MaxSource, a
// tree of more than MaxNodes, an unknown function, and names that begin with
// two underscores. The error is a *SyntaxError.
func Compile(source string) (*Program, error) {
	c := newCompiler()
	p, err := c.program(source)
	if err != nil {
		return nil, err
	}
	return p, nil
}

// program compiles one expression.
func (c *compiler) program(source string) (*Program, *SyntaxError) {
	s, tree, err := parse(source)
	if err != nil {
		return nil, err
	}
	c.source, c.nodes = s, 0
	root, err := c.compileRoot(tree)
	if err != nil {
		return nil, err
	}
	return &Program{source: source, names: sortedNames(c.names), code: root.code, slots: c.slots}, nil
}

func sortedNames(names map[string]bool) []string {
	sorted := slices.AppendSeq(make([]string, 0, len(names)), maps.Keys(names)) //workflowcheck:ignore
	slices.Sort(sorted)
	return sorted
}

// Source returns the text the program was compiled from.
func (p *Program) Source() string { return p.source }

// Names returns the variables that the expression reads, sorted.
func (p *Program) Names() []string { return slices.Clone(p.names) }

// Eval returns the value of the expression, in the value model of Variables.
// The value may share parts with the variables. The error is an *EvalError or
// a *BudgetError.
func (p *Program) Eval(env Env) (value any, err error) {
	defer catch(&err)
	f := frame{meter: budget(), env: &env}
	result := p.eval(&f)
	switch result.(type) {
	case nil, bool, string, int, Decimal: // a text was charged when it was made
	default:
		// What was built is counted with its shared parts, from a full meter: an
		// expression may hand on a variable that is as large as a result may be.
		f.meter = budget()
		f.measure(result)
	}
	return result, nil
}

func (p *Program) eval(f *frame) any {
	if p.slots > len(f.slots) {
		f.slots = make([]any, p.slots)
	}
	return p.code(f)
}

// Bool evaluates a condition. A value that is not a boolean is an *EvalError
// that says what it is.
func (p *Program) Bool(env Env) (bool, error) {
	v, err := p.Eval(env)
	if err != nil {
		return false, err
	}
	b, ok := v.(bool)
	if !ok {
		return false, evalErrorf("the condition %s must be true or false; it is %s", quoted(p.source), withArticle(v))
	}
	return b, nil
}

// String evaluates a text, as the function text gives it: numbers with all
// their digits, null as an empty text, lists and objects as JSON.
func (p *Program) String(env Env) (text string, err error) {
	v, err := p.Eval(env)
	if err != nil {
		return "", err
	}
	defer catch(&err)
	m := budget()
	return m.text(v), nil
}

// withArticle names a value's type in a sentence.
func withArticle(v any) string {
	switch name := TypeName(v); name {
	case "null":
		return "null or missing"
	case "object":
		return "an object"
	default:
		return "a " + name
	}
}
