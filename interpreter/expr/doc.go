// Package expr evaluates the expressions of a process deterministically and
// within a budget of steps and bytes.
//
// The language is that of expr-lang (https://expr-lang.org/docs/language-definition),
// read by its parser. What runs the tree is this package: numbers lose no
// digits, null is safe to look into, every function is pure and visits objects
// in the order of their keys, and everything that costs is counted. It reads no
// clock: the time is an argument. It does not know BPMN.
//
//	program, err := expr.Compile("amount > 1000 && customer.vip != true")
//	...
//	ok, err := program.Bool(expr.Env{Now: now, Scopes: []expr.Variables{local, global}})
//
// # Values
//
// A value is nil, a bool, a string, an int, a Decimal, a []any or a
// map[string]any: JSON, with numbers in two sizes. A whole number that fits in
// 64 bits is an int and computes exactly; every other number is a Decimal, and
// computes with 34 significant digits. 7/2 is 3.5, 6/3 is 2, 0.1 + 0.2 is 0.3.
//
// # What is different from expr-lang
//
//   - A missing variable is nil, a member of nil is nil, and an index beyond the
//     end gives nil. To compute with nil, to order it, or to take it for true
//     or false is an error that names it; ==, != and ?? accept it.
//   - Values of different types are not compared: 1 == "1" is an error.
//   - now() is the time of the event at hand, as a text (RFC 3339, UTC). Dates
//     are texts: date(text) normalises one, addDuration(date, "P1M") counts by
//     the calendar, secondsBetween, daysBetween and yearsBetween(a, b) give
//     whole days and years. duration and timezone are not there.
//   - text(v) and number(text) convert without loss of digits; string and float
//     are other names for them. type(v) says null, boolean, string, number, list
//     or object.
//   - urlEncode(text) percent-encodes everything but letters, digits and -._~
//     (RFC 3986, 2.3), for a variable in the path or the query of a URL.
//   - keys, values and toPairs are sorted by key.
//   - The bit functions, byte literals and methods of values are not there.
//
// # Scripts
//
// A script is a list of assignments; see CompileScript.
package expr
