package expr

// Program is a compiled expression. It is immutable and safe for concurrent
// use.
type Program struct {
	source string
	names  []string
}

// Compile reads an expression. The error is a *SyntaxError.
func Compile(source string) (*Program, error) {
	return &Program{source: source}, nil
}

// Source returns the text the program was compiled from.
func (p *Program) Source() string { return p.source }

// Names returns the variables that the expression reads, sorted.
func (p *Program) Names() []string { return p.names }

// Eval returns the value of the expression, in the value model of Variables.
// The error is an *EvalError or a *BudgetError.
func (p *Program) Eval(env Env) (any, error) { return nil, nil }

// Bool evaluates a condition.
func (p *Program) Bool(env Env) (bool, error) { return false, nil }

// String evaluates a text.
func (p *Program) String(env Env) (string, error) { return "", nil }
