package engine

import (
	"fmt"
	"strconv"

	"github.com/perdure/perdure/interpreter/expr"
)

// size measures data as JSON without writing it.
type size struct {
	bytes  int
	values int
}

func (s size) plus(t size) size  { return size{s.bytes + t.bytes, s.values + t.values} }
func (s size) minus(t size) size { return size{s.bytes - t.bytes, s.values - t.values} }

// check says whether all variables together stay within their bounds.
func (s size) check() error {
	if s.bytes > MaxVariables {
		return &fault{DataIncident, fmt.Sprintf("the variables are larger than %d bytes", MaxVariables)}
	}
	if s.values > maxValues {
		return &fault{DataIncident, fmt.Sprintf("the variables hold more than %d values", maxValues)}
	}
	return nil
}

// A snapshot must be readable again: it leaves some room for what stands
// around the variables.
const (
	maxValues = expr.MaxValues - 100
	maxDepth  = expr.MaxDepth - 2
)

// measure returns the size of a value and how deep it is nested.
func measure(x any) (size, int) {
	switch x := x.(type) {
	case string:
		return size{textSize(x), 1}, 0
	case int:
		return size{intSize(x), 1}, 0
	case expr.Decimal:
		return size{len(x.String()), 1}, 0
	case []any:
		total, deepest := size{2 + len(x), 1}, 0
		for _, item := range x {
			s, depth := measure(item)
			total, deepest = total.plus(s), max(deepest, depth)
		}
		return total, deepest + 1
	case map[string]any:
		return measureObject(x)
	case expr.Variables:
		return measureObject(x)
	default: // null, true, false
		return size{5, 1}, 0
	}
}

func measureObject(object map[string]any) (size, int) {
	total, deepest := size{2, 1}, 0
	for key, x := range object { //workflowcheck:ignore the sum is the same in any order
		s, depth := measure(x)
		total, deepest = total.plus(s), max(deepest, depth)
		total.bytes += textSize(key) + 2
	}
	return total, deepest + 1
}

func intSize(n int) int {
	var digits [20]byte
	return len(strconv.AppendInt(digits[:0], int64(n), 10))
}

// textSize counts the quotes and what must be escaped.
func textSize(s string) int {
	n := len(s) + 2
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			n++
		case c < ' ':
			n += 5
		}
	}
	return n
}

// measureVariable returns the size of one variable with its name, or says that
// it is too large.
func measureVariable(name string, x any) (size, error) {
	s, depth := measure(x)
	switch {
	case s.bytes > MaxVariable:
		return s, &fault{DataIncident, fmt.Sprintf("the variable %s is larger than %d bytes", name, MaxVariable)}
	case depth > maxDepth:
		return s, &fault{DataIncident, fmt.Sprintf("the variable %s is nested deeper than %d", name, maxDepth)}
	}
	s.bytes += textSize(name) + 2
	return s, nil
}

// checkVars says whether the variables of one scope, or data for it, stay
// within their bounds.
func checkVars(vars expr.Variables) error {
	if len(vars) > MaxNames {
		return &fault{DataIncident, fmt.Sprintf("more than %d variables", MaxNames)}
	}
	var total size
	for _, name := range names(vars) {
		if err := checkName(name); err != nil {
			return err
		}
		s, err := measureVariable(name, vars[name])
		if err != nil {
			return err
		}
		total = total.plus(s)
	}
	return total.check()
}

// sizeOfAll returns the size of some variables.
func sizeOfAll(vars expr.Variables) size {
	var total size
	for name, x := range vars { //workflowcheck:ignore the sum is the same in any order
		s, _ := measureVariable(name, x)
		total = total.plus(s)
	}
	return total
}

// checkData says whether data that is handed out stays within the bounds of
// all variables together.
func checkData(vars expr.Variables) error {
	total, depth := measureObject(vars)
	switch {
	case len(vars) > expr.MaxKeys:
		return &fault{DataIncident, fmt.Sprintf("the data has more than %d fields", expr.MaxKeys)}
	case depth > maxDepth+1:
		return &fault{DataIncident, fmt.Sprintf("the data is nested deeper than %d", maxDepth+1)}
	}
	return total.check()
}
