package expr

import (
	"math"
	"time"
)

// Variables are the data of an instance: a JSON object in which numbers keep
// all their digits. Values are nil, bool, string, int, Decimal, []any and
// map[string]any. Values are shared freely and therefore never changed in
// place.
type Variables map[string]any

// Env is what an expression can see.
type Env struct {
	// Now is the answer of now().
	Now time.Time
	// Scopes are searched in order, the innermost first.
	Scopes []Variables
}

// MarshalJSON writes canonical JSON; see Encode. No variables are {}.
func (v Variables) MarshalJSON() ([]byte, error) { return Encode(v) }

// UnmarshalJSON reads a JSON object, or null, as strictly as Decode does. It
// does not count values and keys and allows twice the depth, for it must read
// whatever an instance has gathered from documents that were each within the
// limits. Who reads a request bounds its size, or uses DecodeVariables.
func (v *Variables) UnmarshalJSON(data []byte) error {
	value, err := decode(data, bounds{depth: maxStored, values: math.MaxInt, keys: math.MaxInt})
	if err != nil {
		return err
	}
	*v, err = asVariables(value)
	return err
}

// Clone returns a deep copy.
func (v Variables) Clone() Variables { return cloneObject(v) }

// lookup finds a variable in the innermost scope that has it.
func (e *Env) lookup(name string) (any, bool) {
	for _, scope := range e.Scopes {
		if v, ok := scope[name]; ok {
			return v, true
		}
	}
	return nil, false
}
