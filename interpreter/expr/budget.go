package expr

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
		deeper(depth)
		m.charge(len(v) * entryBytes)
		for key, element := range v { // the same sum in any order
			m.charge(len(key))
			m.measureAt(element, depth+1)
		}
	default:
		panic(evalErrorf("a Go %T is not a value of the model", v))
	}
}

func deeper(depth int) {
	if depth >= MaxDepth {
		panic(evalErrorf("the value is nested deeper than %d", MaxDepth))
	}
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
