package expr

import "time"

// Variables are the data of an instance: a JSON object in which numbers keep
// all their digits. Values are nil, bool, string, int, Decimal, []any and
// map[string]any.
type Variables map[string]any

// Env is what an expression can see.
type Env struct {
	// Now is the answer of now().
	Now time.Time
	// Scopes are searched in order, the innermost first.
	Scopes []Variables
}
