package expr

import "math/bits"

// A meter counts what an evaluation may still spend. It counts work and not
// time, so that a replay comes to the same end. Running out is a panic with a
// *BudgetError, which catch turns into the error of the evaluation.
type meter struct {
	steps int
	bytes int
}

// budget returns a full meter.
func budget() meter { return meter{steps: MaxSteps, bytes: MaxBytes} }

// tick spends n steps.
func (m *meter) tick(n int) {
	if n < 0 || n > m.steps {
		panic(&BudgetError{What: Steps})
	}
	m.steps -= n
}

// charge spends n bytes. Call it before the bytes are made.
func (m *meter) charge(n int) {
	if n < 0 || n > m.bytes {
		panic(&BudgetError{What: Bytes})
	}
	m.bytes -= n
}

// scan spends the steps of reading a text of n bytes from end to end.
func (m *meter) scan(n int) { m.tick(n / 256) }

// elements spends the bytes of a list of n elements.
func (m *meter) elements(n int) {
	if n < 0 || n > MaxElements {
		panic(&BudgetError{What: Elements})
	}
	m.charge(n * elementBytes)
}

// entries spends the bytes of an object of n entries, keys not counted.
func (m *meter) entries(n int) {
	if n < 0 || n > MaxElements {
		panic(&BudgetError{What: Elements})
	}
	m.charge(n * entryBytes)
}

// What one element of a list and one entry of an object cost in memory.
const (
	elementBytes = 16
	entryBytes   = 32
)

// measure spends the bytes of a whole value, each shared part as often as it
// occurs: that is what it will cost to write down. It makes sure that the
// value is of the model and not nested deeper than MaxDepth.
func (m *meter) measure(v any) { m.measureAt(v, 0) }

func (m *meter) measureAt(v any, depth int) {
	m.tick(1)
	switch v := v.(type) {
	case nil, bool, int:
		m.charge(8)
	case string:
		m.charge(len(v))
	case Decimal:
		m.charge(v.size())
	case []any:
		deeper(depth)
		m.charge(len(v) * elementBytes)
		for _, element := range v {
			m.measureAt(element, depth+1)
		}
	case map[string]any:
		m.measureObject(v, depth)
	case Variables:
		m.measureObject(v, depth)
	default:
		panic(evalErrorf("a Go %T is not a value of the model", v))
	}
}

func (m *meter) measureObject(object map[string]any, depth int) {
	deeper(depth)
	m.charge(len(object) * entryBytes)
	for _, key := range m.keys(object) { // in order, since the first fault is the answer
		m.charge(len(key))
		m.measureAt(object[key], depth+1)
	}
}

func deeper(depth int) {
	if depth >= MaxDepth {
		panic(evalErrorf("the value is nested deeper than %d", MaxDepth))
	}
}

// keys returns the sorted keys of an object and spends the steps of sorting.
func (m *meter) keys(object map[string]any) []string {
	bytes := 0
	//workflowcheck:ignore the sum is the same in any order
	for key := range object {
		bytes += len(key)
	}
	m.sorting(len(object), bytes)
	return sortedKeys(object)
}

// sorting spends the steps of sorting n keys of so many bytes in all. They are
// computed and not counted, since another release of Go may compare in another
// order.
func (m *meter) sorting(n, bytes int) {
	depth := bits.Len(uint(n))
	m.tick(n + n*depth/4)
	m.scan(bytes * depth)
}

// catch turns the panic that ends an evaluation into its error. Any other
// panic is a fault of this package and goes on.
func catch(err *error) {
	switch e := recover().(type) {
	case nil:
	case *EvalError:
		*err = e
	case *BudgetError:
		*err = e
	default:
		panic(e)
	}
}
