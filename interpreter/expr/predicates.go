package expr

import (
	"cmp"
	"slices"

	"github.com/expr-lang/expr/ast"
)

// A predicate is the scope of a body that is evaluated for each element of a
// list: # or .field, #index, and #acc in reduce.
type predicate struct {
	element, index, acc int // slots; index and acc are -1 if unused
	reduce              bool
}

func (c *compiler) compilePointer(n *ast.PointerNode) operand {
	if len(c.predicates) == 0 {
		c.fail(n, "# stands only inside a predicate such as filter(list, # > 1)")
	}
	p := c.predicates[len(c.predicates)-1]
	slot := p.element
	switch n.Name {
	case "":
	case "index":
		if p.index < 0 {
			p.index = c.newSlot()
		}
		slot = p.index
	case "acc":
		if !p.reduce {
			c.fail(n, "#acc stands only inside reduce")
		}
		slot = p.acc
	default:
		c.fail(n, "#%s is unknown; there are #, #index and #acc", n.Name)
	}
	return operand{code: func(f *frame) any { return f.slots[slot] }, name: "#" + n.Name}
}

// compileBody compiles a predicate and returns its scope.
func (c *compiler) compileBody(n ast.Node, reduce bool) (operand, *predicate) {
	p := &predicate{element: c.newSlot(), index: -1, acc: -1, reduce: reduce}
	if reduce {
		p.acc = c.newSlot()
	}
	body, ok := n.(*ast.PredicateNode)
	if !ok {
		c.fail(n, "a predicate such as # > 1 is expected here")
	}
	c.predicates = append(c.predicates, p)
	compiled := c.compile(body.Node)
	c.predicates = c.predicates[:len(c.predicates)-1]
	return compiled, p
}

// A visit goes through a list and evaluates a body for each element.
type visit struct {
	function string
	list     operand
	body     operand
	scope    *predicate
}

// elements evaluates the list.
func (v *visit) elements(f *frame) []any {
	f.tick(1)
	value := v.list.code(f)
	list, ok := value.([]any)
	if !ok {
		panic(evalErrorf("%s is %s; %s needs a list", v.list.name, withArticle(value), v.function))
	}
	return list
}

// at evaluates the body for one element.
func (v *visit) at(f *frame, i int, element any) any {
	f.tick(1)
	f.slots[v.scope.element] = element
	if v.scope.index >= 0 {
		f.slots[v.scope.index] = i
	}
	return v.body.code(f)
}

// holds evaluates a body that must be true or false.
func (v *visit) holds(f *frame, i int, element any) bool {
	return truth(v.at(f, i, element), "the predicate", v.function)
}

// isPredicate names the functions whose second argument is a predicate.
func isPredicate(name string) bool {
	switch name {
	case "all", "none", "any", "one", "filter", "map", "find", "findIndex", "findLast", "findLastIndex",
		"count", "sum", "groupBy", "sortBy", "reduce":
		return true
	default:
		return false
	}
}

// compilePredicate compiles a function with a predicate. The parser has seen
// to the number of arguments.
func (c *compiler) compilePredicate(n ast.Node, name string, args []ast.Node) operand {
	list := c.compile(args[0])
	body, scope := c.compileBody(args[1], name == "reduce")
	v := &visit{function: name, list: list, body: body, scope: scope}
	last := constant(nil, "nil")
	if len(args) > 2 {
		last = c.compile(args[2])
	}
	switch name {
	case "all":
		return computed(func(f *frame) any { return v.first(f, false) < 0 })
	case "none":
		return computed(func(f *frame) any { return v.first(f, true) < 0 })
	case "any":
		return computed(func(f *frame) any { return v.first(f, true) >= 0 })
	case "one":
		return computed(func(f *frame) any { return v.count(f) == 1 })
	case "count":
		return computed(func(f *frame) any { return v.count(f) })
	case "find":
		return computed(func(f *frame) any { return v.find(f, v.first) })
	case "findLast":
		return computed(func(f *frame) any { return v.find(f, v.last) })
	case "findIndex":
		return computed(func(f *frame) any { return position(v.first(f, true)) })
	case "findLastIndex":
		return computed(func(f *frame) any { return position(v.last(f, true)) })
	case "filter":
		return computed(func(f *frame) any { return v.filter(f) })
	case "map":
		return computed(func(f *frame) any { return v.apply(f) })
	case "sum":
		return computed(func(f *frame) any { return f.sum(v.apply(f), "the predicate", name) })
	case "groupBy":
		return computed(func(f *frame) any { return v.group(f) })
	case "sortBy":
		return computed(func(f *frame) any { return v.sort(f, last) })
	case "reduce":
		return computed(func(f *frame) any { return v.reduce(f, last, len(args) > 2) })
	}
	c.fail(n, "the function %s is unknown", name)
	panic("unreachable")
}

// first returns the index of the first element for which the body is want, or
// -1.
func (v *visit) first(f *frame, want bool) int {
	for i, element := range v.elements(f) {
		if v.holds(f, i, element) == want {
			return i
		}
	}
	return -1
}

// last is first from the end.
func (v *visit) last(f *frame, want bool) int {
	for i, element := range slices.Backward(v.elements(f)) {
		if v.holds(f, i, element) == want {
			return i
		}
	}
	return -1
}

// find returns the element that search finds. It reads it from the slot that
// the search has left.
func (v *visit) find(f *frame, search func(f *frame, want bool) int) any {
	if search(f, true) < 0 {
		return nil
	}
	return f.slots[v.scope.element]
}

// position is null for what was not found.
func position(i int) any {
	if i < 0 {
		return nil
	}
	return i
}

func (v *visit) count(f *frame) int {
	n := 0
	for i, element := range v.elements(f) {
		if v.holds(f, i, element) {
			n++
		}
	}
	return n
}

func (v *visit) filter(f *frame) []any {
	kept := []any{}
	for i, element := range v.elements(f) {
		if v.holds(f, i, element) {
			f.grow(len(kept) + 1)
			kept = append(kept, element)
		}
	}
	return kept
}

// grow spends the bytes of one more element of a list of n.
func (m *meter) grow(n int) {
	if n > MaxElements {
		panic(&BudgetError{What: Elements})
	}
	m.charge(elementBytes)
}

func (v *visit) apply(f *frame) []any {
	list := v.elements(f)
	f.elements(len(list))
	results := make([]any, len(list))
	for i, element := range list {
		results[i] = v.at(f, i, element)
	}
	return results
}

// group collects the elements by the text of the body.
func (v *visit) group(f *frame) map[string]any {
	groups := map[string]any{}
	for i, element := range v.elements(f) {
		key := f.keyText(v.at(f, i, element), "the predicate of groupBy")
		group, _ := groups[key].([]any)
		if group == nil {
			f.entries(1)
			f.charge(len(key))
		}
		f.grow(len(group) + 1)
		groups[key] = append(group, element)
	}
	return groups
}

// sort orders the elements by the value of the body, stable.
func (v *visit) sort(f *frame, order operand) []any {
	list := v.elements(f)
	keys := v.apply(f)
	descending := isDescending(order.code(f))
	positions := make([]int, len(list))
	for i := range positions {
		positions[i] = i
	}
	f.sortable(keys, v.function)
	f.elements(len(list))
	slices.SortStableFunc(positions, func(i, j int) int {
		return ascending(keys[i], keys[j], descending)
	})
	sorted := make([]any, len(list))
	for i, at := range positions {
		sorted[i] = list[at]
	}
	return sorted
}

// isDescending reads the order of a sort.
func isDescending(order any) bool {
	switch order {
	case nil, "asc":
		return false
	case "desc":
		return true
	default:
		panic(evalErrorf(`the order of a sort must be "asc" or "desc"`))
	}
}

// sortable makes sure that keys are all numbers or all texts, and spends the
// steps of sorting them.
func (f *frame) sortable(keys []any, function string) {
	bytes := 0
	for _, key := range keys {
		if TypeName(key) != TypeName(keys[0]) {
			panic(evalErrorf("%s cannot order %s and %s", function, withArticle(keys[0]), withArticle(key)))
		}
		switch key := key.(type) {
		case int:
		case string:
			bytes += len(key)
		case Decimal:
			bytes += 16 * key.size()
		default:
			panic(evalErrorf("%s orders numbers or texts, this is %s", function, withArticle(key)))
		}
	}
	f.sorting(len(keys), bytes)
}

// ascending compares two keys that are sortable.
func ascending(a, b any, descending bool) int {
	if descending {
		a, b = b, a
	}
	if s, ok := a.(string); ok {
		return cmp.Compare(s, b.(string))
	}
	if i, ok := a.(int); ok {
		if j, ok := b.(int); ok {
			return cmp.Compare(i, j)
		}
	}
	x, _ := asDecimal(a)
	y, _ := asDecimal(b)
	return x.Cmp(y)
}

// reduce folds the list. Without an initial value it begins with the first
// element.
func (v *visit) reduce(f *frame, initial operand, hasInitial bool) any {
	list := v.elements(f)
	from := 0
	var acc any
	switch {
	case hasInitial:
		acc = initial.code(f)
	case len(list) == 0:
		panic(evalErrorf("%s is empty; reduce needs an initial value then", v.list.name))
	default:
		acc, from = list[0], 1
	}
	for i := from; i < len(list); i++ {
		f.slots[v.scope.acc] = acc
		acc = v.at(f, i, list[i])
	}
	return acc
}
