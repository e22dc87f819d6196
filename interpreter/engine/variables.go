package engine

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/perdure/perdure/interpreter/expr"
)

// result is what came out of a node, for its outputs.
type result struct {
	value any
	given bool // there is a value, even if it is null
	// code and message are those of a BPMN error; data is its value.
	failed        bool
	code, message string
}

// assignment sets a variable, or a field of one.
type assignment struct {
	name  string
	path  []string // of the field; empty for the variable itself
	value any
}

// output takes the result of a node over into variables: by its output
// mappings, into its result variable, or else, if it is an object, field by
// field. Any other value without a mapping is dropped. The mappings read from
// the scope read.
func (in *Instance) output(v visit, read *scope, r result) error {
	n := v.node
	var list []assignment
	if n.ResultVariable != "" && r.given {
		list = append(list, assignment{name: n.ResultVariable, value: r.value})
	}
	for _, m := range n.outputs {
		x, err := m.value.eval(in.env(read, r.scopes()...))
		if err != nil {
			return fmt.Errorf("output %s: %w", strings.Join(m.path, "."), err)
		}
		list = append(list, assignment{m.path[0], m.path[1:], x})
	}
	if n.ResultVariable == "" && len(n.outputs) == 0 {
		list = fields(r.value)
	}
	return in.assign(v.scope, list)
}

// scopes is what output mappings see before the variables: the code and the
// message of an error, the fields of the value, and the whole of it as result.
func (r result) scopes() []expr.Variables {
	var list []expr.Variables
	if r.failed {
		list = append(list, expr.Variables{"code": r.code, "message": r.message})
	}
	if object := objectOf(r.value); object != nil {
		list = append(list, object)
	}
	if r.given {
		list = append(list, expr.Variables{"result": r.value})
	}
	return list
}

// held is the form in which a token keeps the result.
func (r result) held() expr.Variables {
	if !r.given && !r.failed {
		return nil
	}
	held := expr.Variables{}
	if r.given {
		held["result"] = r.value
	}
	if r.failed {
		held["code"], held["message"] = r.code, r.message
	}
	return held
}

func resultOf(held expr.Variables) result {
	var r result
	r.value, r.given = held["result"]
	if r.code, r.failed = held["code"].(string); r.failed {
		r.message, _ = held["message"].(string)
	}
	return r
}

// given is the result that some variables are.
func given(vars expr.Variables) result {
	if vars == nil {
		vars = expr.Variables{}
	}
	return result{value: map[string]any(vars), given: true}
}

func objectOf(x any) expr.Variables {
	switch x := x.(type) {
	case map[string]any:
		return x
	case expr.Variables:
		return x
	default:
		return nil
	}
}

// fields sets one variable for each field of an object, by their names in
// order.
func fields(x any) []assignment {
	object := objectOf(x)
	if len(object) == 0 {
		return nil
	}
	list := make([]assignment, 0, len(object))
	for _, name := range names(object) {
		list = append(list, assignment{name: name, value: object[name]})
	}
	return list
}

// names returns the names of some variables in the only order in which the
// engine ever visits them.
func names(vars expr.Variables) []string {
	return slices.Sorted(maps.Keys(vars)) //workflowcheck:ignore
}

// staged is a variable that is about to be set.
type staged struct {
	scope *scope
	name  string
	value any
	size  expr.Size
}

// assign sets variables: each in the nearest scope that has it, else in the
// process. It sets all of them, or none and returns a fault.
func (in *Instance) assign(from *scope, list []assignment) error {
	if len(list) == 0 {
		return nil
	}
	stage, err := in.plan(from, list)
	if err != nil {
		return err
	}
	for i := range stage {
		in.set(&stage[i])
	}
	return nil
}

// plan works out what an assignment will set, and whether it fits.
func (in *Instance) plan(from *scope, list []assignment) ([]staged, error) {
	stage := make([]staged, 0, len(list))
	for _, a := range list {
		s := from.owner(a.name)
		at := slices.IndexFunc(stage, func(x staged) bool { return x.scope == s && x.name == a.name })
		if at < 0 {
			at = len(stage)
			stage = append(stage, staged{scope: s, name: a.name, value: s.vars[a.name]})
		}
		value, err := setField(stage[at].value, a.name, a.path, a.value)
		if err != nil {
			return nil, err
		}
		stage[at].value = value
	}
	return stage, in.checkSize(stage)
}

// owner returns the nearest scope that has a variable, else the process.
func (s *scope) owner(name string) *scope {
	for ; s.parent != nil; s = s.parent {
		if _, ok := s.vars[name]; ok {
			return s
		}
	}
	return s
}

// setField returns old with the field at path set; an absent object on the way
// is made. The old value is not changed. The name is what old is called.
func setField(old any, name string, path []string, value any) (any, error) {
	if len(path) == 0 {
		return value, nil
	}
	object := objectOf(old)
	if object == nil && old != nil {
		return nil, &fault{DataIncident, fmt.Sprintf("%s cannot get a field %s: it is a %s", name, path[0], expr.TypeName(old))}
	}
	field, err := setField(object[path[0]], path[0], path[1:], value)
	if err != nil {
		return nil, err
	}
	changed := make(map[string]any, len(object)+1)
	maps.Copy(changed, object)
	changed[path[0]] = field
	return changed, nil
}

// checkSize says whether the variables stay within their bounds.
func (in *Instance) checkSize(stage []staged) error {
	total := in.size
	for i := range stage {
		x := &stage[i]
		if err := expr.CheckName(x.name); err != nil {
			return err
		}
		var err error
		if x.size, err = expr.MeasureVariable(x.name, x.value); err != nil {
			return err
		}
		total = total.Plus(x.size)
		old, had := x.scope.vars[x.name]
		switch {
		case had:
			before, _ := expr.MeasureVariable(x.name, old)
			total = total.Minus(before)
		case len(x.scope.vars)+i >= expr.MaxNames && len(x.scope.vars)+added(stage[:i+1], x.scope) > expr.MaxNames:
			return &fault{DataIncident, fmt.Sprintf("more than %d variables", expr.MaxNames)}
		}
	}
	return total.Check()
}

// added counts the variables that a scope does not have yet.
func added(stage []staged, s *scope) int {
	n := 0
	for _, x := range stage {
		if _, had := s.vars[x.name]; x.scope == s && !had {
			n++
		}
	}
	return n
}

// set sets one variable of its scope.
func (in *Instance) set(x *staged) {
	vars := x.scope.vars
	old, had := vars[x.name]
	if had {
		before, _ := expr.MeasureVariable(x.name, old)
		x.scope.size = x.scope.size.Minus(before)
		in.size = in.size.Minus(before)
	}
	x.scope.size = x.scope.size.Plus(x.size)
	in.size = in.size.Plus(x.size)
	if !had || !expr.Equal(old, x.value) {
		in.state.Quiet = 0
	}
	vars[x.name] = x.value
}

// visible returns every variable that can be seen from a scope.
func (in *Instance) visible(s *scope) (expr.Variables, error) {
	if s.parent == nil {
		return maps.Clone(s.vars), nil
	}
	all := expr.Variables{}
	for i := len(s.chain) - 2; i >= 0; i-- { // the last one is the instance
		maps.Copy(all, s.chain[i])
	}
	return all, all.CheckData()
}

// input builds what a job, a task, a call or a thrown event is given: the
// input mappings, or else every visible variable.
func (in *Instance) input(v visit) (expr.Variables, error) {
	if len(v.node.inputs) == 0 {
		return in.visible(v.scope)
	}
	return in.build(v.node.inputs, v.scope, "input")
}

// build evaluates mappings into an object; what is the word for them.
func (in *Instance) build(mappings []mapping, s *scope, what string) (expr.Variables, error) {
	out := make(expr.Variables, len(mappings))
	for _, m := range mappings {
		x, err := m.value.eval(in.env(s))
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", what, strings.Join(m.path, "."), err)
		}
		if out[m.path[0]], err = setField(out[m.path[0]], m.path[0], m.path[1:], x); err != nil {
			return nil, err
		}
	}
	return out, out.CheckData()
}

// variablesSet changes variables from outside.
func (in *Instance) variablesSet(ev VariablesSet) {
	in.remark("set", strings.Join(names(ev.Variables), " "))
	in.mustAssign(in.root, fields(ev.Variables))
}

// mustAssign sets variables that Check has found to fit.
func (in *Instance) mustAssign(s *scope, list []assignment) {
	if err := in.assign(s, list); err != nil {
		panic("engine: unchecked variables: " + err.Error())
	}
}
