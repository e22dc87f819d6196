package expr

import (
	"fmt"
	"strconv"
)

// Bounds of the variables of one instance.
const (
	// MaxVariable is the greatest size of one variable, in bytes of JSON.
	MaxVariable = 256 << 10
	// MaxVariables is the greatest size of all variables of an instance.
	MaxVariables = 1 << 20
	// MaxNames is the greatest number of variables of one scope.
	MaxNames = 500
	// MaxName is the greatest length of a variable's name, in bytes.
	MaxName = 256
)

// BoundsError says that variables are larger than an instance may hold.
type BoundsError struct{ Message string }

func (e *BoundsError) Error() string { return e.Message }

func beyond(format string, args ...any) error {
	return &BoundsError{fmt.Sprintf(format, args...)}
}

// Size measures data as JSON without writing it.
type Size struct {
	Bytes  int
	Values int
}

// Plus returns the sum of two sizes.
func (s Size) Plus(t Size) Size { return Size{s.Bytes + t.Bytes, s.Values + t.Values} }

// Minus returns their difference.
func (s Size) Minus(t Size) Size { return Size{s.Bytes - t.Bytes, s.Values - t.Values} }

// Check says whether all variables together stay within their bounds; the
// error is a *BoundsError.
func (s Size) Check() error {
	if s.Bytes > MaxVariables {
		return beyond("the variables are larger than %d bytes", MaxVariables)
	}
	if s.Values > maxHeldValues {
		return beyond("the variables hold more than %d values", maxHeldValues)
	}
	return nil
}

// A snapshot must be readable again: the bounds leave some room for what stands
// around the variables.
const (
	maxHeldValues = MaxValues - 100
	// MaxValueDepth is how deep the value of a variable may be nested.
	MaxValueDepth = MaxDepth - 2
)

// Measure returns the size of a value and how deep it is nested.
func Measure(x any) (Size, int) {
	switch x := x.(type) {
	case string:
		return Size{TextSize(x), 1}, 0
	case int:
		return Size{intSize(x), 1}, 0
	case Decimal:
		return Size{len(x.String()), 1}, 0
	case []any:
		total, deepest := Size{2 + len(x), 1}, 0
		for _, item := range x {
			s, depth := Measure(item)
			total, deepest = total.Plus(s), max(deepest, depth)
		}
		return total, deepest + 1
	case map[string]any:
		return measureObject(x)
	case Variables:
		return measureObject(x)
	default: // null, true, false
		return Size{5, 1}, 0
	}
}

func measureObject(object map[string]any) (Size, int) {
	total, deepest := Size{2, 1}, 0
	//workflowcheck:ignore // the sum is the same in any order
	for key, x := range object {
		s, depth := Measure(x)
		total, deepest = total.Plus(s), max(deepest, depth)
		total.Bytes += TextSize(key) + 2
	}
	return total, deepest + 1
}

func intSize(n int) int {
	var digits [20]byte
	return len(strconv.AppendInt(digits[:0], int64(n), 10))
}

// TextSize is the size of a text in JSON: with quotes, and with what must be
// escaped.
func TextSize(s string) int {
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

// MeasureVariable returns the size of one variable with its name, or says that
// it is too large.
func MeasureVariable(name string, x any) (Size, error) {
	s, depth := Measure(x)
	switch {
	case s.Bytes > MaxVariable:
		return s, beyond("the variable %s is larger than %d bytes", name, MaxVariable)
	case depth > MaxValueDepth:
		return s, beyond("the variable %s is nested deeper than %d", name, MaxValueDepth)
	}
	s.Bytes += TextSize(name) + 2
	return s, nil
}

// CheckName says whether a variable may have this name; the error is a
// *BoundsError.
func CheckName(name string) error {
	if name == "" || len(name) > MaxName {
		return beyond("the name of a variable has 1 to %d bytes, not %d", MaxName, len(name))
	}
	return nil
}

// CheckBounds says whether variables may become those of one scope; the error
// is a *BoundsError.
func (v Variables) CheckBounds() error {
	if len(v) > MaxNames {
		return beyond("more than %d variables", MaxNames)
	}
	var total Size
	for _, name := range sortedKeys(v) {
		if err := CheckName(name); err != nil {
			return err
		}
		s, err := MeasureVariable(name, v[name])
		if err != nil {
			return err
		}
		total = total.Plus(s)
	}
	return total.Check()
}

// Size returns the size of the variables.
func (v Variables) Size() Size {
	var total Size
	//workflowcheck:ignore // the sum is the same in any order
	for name, x := range v {
		s, _ := MeasureVariable(name, x)
		total = total.Plus(s)
	}
	return total
}

// CheckData says whether data that is handed out stays within the bounds of
// all variables together; the error is a *BoundsError.
func (v Variables) CheckData() error {
	total, depth := measureObject(v)
	switch {
	case len(v) > MaxKeys:
		return beyond("the data has more than %d fields", MaxKeys)
	case depth > MaxValueDepth+1:
		return beyond("the data is nested deeper than %d", MaxValueDepth+1)
	}
	return total.Check()
}
