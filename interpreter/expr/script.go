package expr

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Script is a compiled list of assignments. It is immutable and safe for
// concurrent use.
type Script struct {
	source     string
	statements []statement
	names      []string
	slots      int
}

// A statement assigns the value of an expression to a variable, or to a field
// of it at the end of a path.
type statement struct {
	path []string
	code code
}

// Assignment is a variable that a script has set.
type Assignment struct {
	Name  string
	Value any
}

// CompileScript reads assignments, one on a line or separated by ";":
//
//	total = price * amount   # a comment; so is // a comment
//	order.state = total > 1000 ? "review" : "paid"; order.lines = filter(
//	    lines, .amount > 0
//	)
//
// A path of fields creates the objects on its way. A statement goes on over the
// end of a line within brackets only. A script has at most MaxScript bytes and
// MaxStatements statements; each expression has the limits of Compile. The
// error is a *SyntaxError with its position in the whole script.
func CompileScript(source string) (*Script, error) {
	if len(source) > MaxScript {
		return nil, &SyntaxError{Line: 1, Column: 1, Message: tooLong("the script", len(source), MaxScript)}
	}
	s := &Script{source: source}
	names := map[string]bool{}
	for _, part := range splitStatements(source) {
		if len(s.statements) == MaxStatements {
			return nil, part.errorAt(0, fmt.Sprintf("the script has more than %d statements", MaxStatements))
		}
		st, p, err := part.compile()
		if err != nil {
			return nil, err
		}
		for _, name := range p.names {
			names[name] = true
		}
		s.statements = append(s.statements, st)
		s.slots = max(s.slots, p.slots)
	}
	s.names = sortedNames(names)
	return s, nil
}

// Source returns the text the script was compiled from.
func (s *Script) Source() string { return s.source }

// Names returns the variables that the script reads, sorted.
func (s *Script) Names() []string { return slices.Clone(s.names) }

// Run carries out the assignments and returns one for each variable that was
// set, in the order in which they were first set, with its last value. Later
// statements see what earlier ones have set. The values share nothing with the
// variables of env, which do not change. One budget serves the whole script.
// The error is an *EvalError or a *BudgetError; then nothing is assigned.
func (s *Script) Run(env Env) (assignments []Assignment, err error) {
	defer catch(&err)
	set := Variables{}
	inner := Env{Now: env.Now, Scopes: append([]Variables{set}, env.Scopes...)}
	f := frame{meter: budget(), env: &inner, slots: make([]any, s.slots)}
	var order []string
	for _, st := range s.statements {
		f.tick(1)
		v := st.code(&f)
		name := st.path[0]
		if _, known := set[name]; !known {
			order = append(order, name)
		}
		if len(st.path) > 1 {
			v = f.with(f.variable(name), st.path, 1, v)
		}
		set[name] = v
	}
	all := make([]Assignment, len(order))
	for i, name := range order {
		f.measure(set[name])
		all[i] = Assignment{Name: name, Value: Clone(set[name])}
	}
	return all, nil
}

// with returns a copy of an object in which the field at path[at:] is v.
func (f *frame) with(object any, path []string, at int, v any) any {
	if at == len(path) {
		return v
	}
	fields, ok := object.(map[string]any)
	if object != nil && !ok {
		panic(evalErrorf("%s is %s, it has no field %s", strings.Join(path[:at], "."), withArticle(object), quoted(path[at])))
	}
	f.tick(len(fields) / 8)
	f.entries(len(fields) + 1)
	changed := make(map[string]any, len(fields)+1)
	maps.Copy(changed, fields)
	changed[path[at]] = f.with(fields[path[at]], path, at+1, v)
	return changed
}

// A part is the text of one statement and where it begins.
type part struct {
	text         string
	line, column int
}

func (p part) errorAt(at int, message string) *SyntaxError {
	s := source{runes: []rune(p.text)}
	return p.shift(s.errorAt(at, message))
}

// shift turns a position in the part into one in the script.
func (p part) shift(e *SyntaxError) *SyntaxError {
	if e.Line == 1 {
		e.Column += p.column - 1
	}
	e.Line += p.line - 1
	return e
}

// compile reads target = expression.
func (p part) compile() (statement, *Program, *SyntaxError) {
	target, value, ok := strings.Cut(p.text, "=")
	if !ok || strings.HasPrefix(value, "=") {
		return statement{}, nil, p.errorAt(0, "an assignment such as total = price * 2 is expected here")
	}
	path, ok := parsePath(target)
	if !ok {
		return statement{}, nil, p.errorAt(0, "only a name or a path of names such as order.total can be assigned to, not "+quoted(strings.TrimSpace(target)))
	}
	at := p.errorAt(utf8.RuneCountInString(target)+1, "")
	program, err := newCompiler().program(value)
	if err != nil {
		return statement{}, nil, part{line: at.Line, column: at.Column}.shift(err)
	}
	return statement{path: path, code: program.code}, program, nil
}

// maxPath is the greatest number of names in a target.
const maxPath = 16

func parsePath(target string) ([]string, bool) {
	path := strings.Split(strings.TrimSpace(target), ".")
	for _, name := range path {
		if !isName(name) {
			return nil, false
		}
	}
	return path, len(path) <= maxPath
}

// isName says whether a text can be the name of a variable in a source.
func isName(s string) bool {
	switch s {
	case "", "true", "false", "nil", "not", "in", "or", "and", "matches", "contains", "startsWith", "endsWith", "let", "if", "else":
		return false
	}
	for i, r := range s {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
			return false
		}
	}
	return !strings.HasPrefix(s, "__")
}
