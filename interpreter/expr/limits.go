package expr

// Limits of a source, checked when it is compiled.
const (
	// MaxSource is the greatest length of an expression, in bytes.
	MaxSource = 4096
	// MaxNodes is the greatest number of nodes of an expression's tree.
	MaxNodes = 1000
	// MaxNesting is the greatest depth of brackets.
	MaxNesting = 100
	// MaxScript is the greatest length of a script, in bytes.
	MaxScript = 64 * 1024
	// MaxStatements is the greatest number of statements of a script.
	MaxStatements = 1000
)

// Budget of one evaluation, or of one run of a script.
const (
	// MaxSteps is how many operators, calls, predicate bodies and visited
	// elements an evaluation may take.
	MaxSteps = 100_000
	// MaxBytes is how much an evaluation may produce, in bytes. A text counts
	// its length, an element of a list 16, an entry of an object 32 and its key.
	MaxBytes = 1 << 20
	// MaxElements is the greatest length of a list that an expression makes.
	MaxElements = 10_000
	// MaxPattern is the greatest length of a regular expression, in bytes.
	MaxPattern = 256
	// MaxMatched is the longest text a regular expression is tried on, in bytes.
	MaxMatched = 64 * 1024
)

// Limits of a JSON document that Decode reads.
const (
	// MaxDepth is the greatest depth of lists and objects.
	MaxDepth = 32
	// MaxValues is the greatest number of values, keys not counted.
	MaxValues = 20_000
	// MaxKeys is the greatest number of keys of one object.
	MaxKeys = 1_000
	// maxStored is the depth to which Variables are written and read back.
	maxStored = 2 * MaxDepth
	// MaxDigits is the greatest number of digits of a number.
	MaxDigits = 1_000
	// MaxExponent is the greatest magnitude of a number's decimal exponent.
	MaxExponent = 6_144
)
