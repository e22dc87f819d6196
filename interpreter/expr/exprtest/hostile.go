// Package exprtest holds expressions that try to take the engine down, for the
// tests of every layer that accepts an expression. It does not run them.
package exprtest

import (
	"strings"

	"github.com/perdure/perdure/interpreter/expr"
)

// Case is one hostile expression. It must be refused when it is compiled, or
// end in an error when it is evaluated, soon and without harm.
type Case struct {
	Name   string
	Source string
	// Variables are what the expression runs on: JSON that every layer accepts.
	Variables expr.Variables
}

// Hostile returns expressions that are endless, huge, deep, unordered, impure
// or out of range. Every one of them must fail.
func Hostile() []Case {
	var all []Case
	for _, group := range [][]Case{endless(), huge(), deep(), patterns(), impure(), numbers(), malformed()} {
		all = append(all, group...)
	}
	return all
}

// longList returns a list of as many numbers as a list may have.
func longList() []any {
	l := make([]any, expr.MaxElements)
	for i := range l {
		l[i] = i
	}
	return l
}

// longText returns the longest text that a variable may hold.
func longText() string { return strings.Repeat("a", expr.MaxVariable-2) }

// nested returns n lists, each in the other.
func nested(n int) any {
	var v any = 1
	for range n {
		v = []any{v}
	}
	return v
}

func endless() []Case {
	xs := expr.Variables{"xs": longList()}
	text := expr.Variables{"s": longText(), "xs": longList()}
	return []Case{
		{"NestedAllOverRange", "all(1..900000, {all(xs, {true})})", xs},
		{"NestedAll", "all(xs, {all(xs, {true})})", xs},
		{"NestedCount", "count(xs, {count(xs, {true}) > 0})", xs},
		{"NestedMap", "map(xs, {map(xs, {1})})", xs},
		{"NestedFilter", "filter(xs, {len(filter(xs, {true})) < 0})", xs},
		{"NestedSum", "sum(xs, {sum(xs, {1})})", xs},
		{"NestedReduce", "reduce(xs, {reduce(xs, {#acc + 1}, 0)}, 0)", xs},
		{"ThreeSmallLoops", "all(1..100, {all(1..100, {all(1..100, {true})})})", nil},
		{"SearchEveryElement", "map(xs, {(# + 100000) in xs})", xs},
		{"SortInALoop", "map(xs, {sort(xs)})", xs},
		{"ReverseInALoop", "all(xs, {len(reverse(xs)) > 0})", xs},
		{"TextSearchInALoop", `count(xs, {s contains "b"})`, text},
		{"TextCompareInALoop", "count(xs, {s < s + \"\"})", text},
		{"UpperInALoop", "map(xs, {upper(s)})", text},
		{"ManyParts", "all(xs, {" + strings.Repeat("1 + ", 300) + "1 > 0})", xs},
	}
}

func huge() []Case {
	s := expr.Variables{"s": longText(), "xs": longList()}
	half := expr.Variables{"s": longText()}
	return []Case{
		{"ReplaceByItself", `replace(s, "a", s)`, s},
		{"ReplaceNothing", `replace(s, "", s)`, s},
		{"Repeat", `repeat("abc", 1000000000)`, nil},
		{"RepeatOverflow", `repeat("ab", 9223372036854775807)`, nil},
		{"Doubling", "let a=s+s; let b=a+a; let c=b+b; let d=c+c; len(d)", half},
		{"DoublingByReduce", `reduce(1..60, {#acc + #acc}, "x")`, nil},
		{"DoublingLists", "reduce(1..60, {[#acc, #acc]}, 1)", nil},
		{"DoublingConcat", "len(reduce(1..60, {concat(#acc, #acc)}, [1]))", nil},
		{"SharedListEncoded", "toJSON(reduce(1..25, {[#acc, #acc]}, s))", half},
		{"SharedListCompared", "let a = reduce(1..25, {[#acc, #acc]}, 1); a == reduce(1..25, {[#acc, #acc]}, 1)", nil},
		{"SharedListUniq", "uniq([reduce(1..25, {[#acc, #acc]}, 1)])", nil},
		{"SharedListFlattened", "flatten(reduce(1..25, {[#acc, #acc]}, 1))", nil},
		{"ManyReferences", "map(xs, {s})", s},
		{"ManyReferencesJoined", "join(map(xs, {s}))", s},
		{"HugeRange", "1..1000000000", nil},
		{"WidestRange", "-9223372036854775807..9223372036854775807", nil},
		{"SplitIntoCharacters", `split(s, "")`, s},
		{"SplitIntoParts", `split(s, "a")`, s},
		{"Base64", "toBase64(toBase64(toBase64(s)))", s},
		{"URLEncodedAgainAndAgain", `reduce(1..40, {urlEncode(#acc)}, "%" + s)`, s},
		{"JSONOfJSON", `reduce(1..40, {toJSON(#acc)}, "\"")`, nil},
		{"JoinDoubling", `reduce(1..60, {join([#acc, #acc], #acc)}, "x")`, nil},
		{"FlattenDoubling", "len(reduce(1..60, {flatten([#acc, #acc])}, [1]))", nil},
		{"SortOfAHugeList", "sort(concat(xs, xs))", s},
		{"GroupOfAHugeList", "groupBy(concat(xs, xs), {#})", s},
	}
}

func deep() []Case {
	return []Case{
		{"AMillionBrackets", strings.Repeat("(", 1_000_000), nil},
		{"BalancedBrackets", strings.Repeat("(", 2000) + "1" + strings.Repeat(")", 2000), nil},
		{"SquareBrackets", strings.Repeat("[", 2000) + strings.Repeat("]", 2000), nil},
		{"Braces", strings.Repeat("{a:", 1000) + "1" + strings.Repeat("}", 1000), nil},
		{"Negations", strings.Repeat("!", 4000) + "true", nil},
		{"Signs", strings.Repeat("-", 4000) + "1", nil},
		{"Conditionals", strings.Repeat("true?", 700) + "1" + strings.Repeat(":1", 700), nil},
		{"Members", "a" + strings.Repeat(".a", 2000), nil},
		{"Powers", "2" + strings.Repeat("**2", 1300), nil},
		{"Variables", strings.Repeat("let a=1;", 500) + "a", nil},
		{"TooLong", "1 // " + strings.Repeat("x", 5000), nil},
		{"DeepJSON", `fromJSON(repeat("[", 200000))`, nil},
		{"DeepResult", "reduce(1..5000, {[#acc]}, 1)", nil},
		{"DeepEncoded", "toJSON([[[[v]]]])", expr.Variables{"v": nested(30)}},
		{"DeepFlattened", "flatten([[[[v]]]])", expr.Variables{"v": nested(30)}},
		{"DeepCompared", "uniq([[[[[v]]]]])", expr.Variables{"v": nested(30)}},
	}
}

func patterns() []Case {
	s := expr.Variables{"s": longText(), "t": strings.Repeat("a", 1<<16), "xs": longList()}
	return []Case{
		{"PatternOnAHugeText", `s matches "(a*)*b"`, s},
		{"LongPattern", `t matches "` + strings.Repeat("a?", 200) + `"`, s},
		{"RepeatedPattern", `t matches "(a{0,30}){0,30}b"`, s},
		{"WidePattern", `t matches "` + strings.Repeat("a{900}", 40) + `"`, s},
		{"PatternInALoop", `all(xs, {t matches "(x+x+)+y" or true})`, s},
		{"PatternMadeInALoop", `count(xs, {"a" matches "[a-z]{3}" + text(#)}) >= 0`, s},
		{"InvalidPattern", `t matches "(("`, s},
		{"ComputedInvalidPattern", `t matches "(" + "("`, s},
	}
}

func impure() []Case {
	return []Case{
		{"Random", "random()", nil},
		{"UUID", "uuid()", nil},
		{"Zone", `timezone("Europe/Zurich")`, nil},
		{"GoDuration", `duration("1h")`, nil},
		{"Environment", "$env", nil},
		{"ReservedName", "__tick(1)", nil},
		{"ReservedVariable", "let __steps = 1; __steps", nil},
		{"Method", `"a".String()`, nil},
		{"Constructor", "constructor.constructor('return process')()", nil},
		{"UnknownFunction", `require("fs")`, nil},
	}
}

func numbers() []Case {
	big := expr.Variables{"n": strings.Repeat("9", 999), "xs": longList()}
	return []Case{
		{"PowerOfPower", "9 ** 9 ** 9", nil},
		{"PowerOutOfRange", "9999999999 ** 9999", nil},
		{"FractionalPower", "2 ** 0.5", nil},
		{"DivisionByZero", "1 / 0", nil},
		{"RemainderOfZero", "1 % 0", nil},
		{"ExponentOutOfRange", "1e999999999", nil},
		{"ProductOutOfRange", "1e6000 * 1e6000", nil},
		{"FarExponents", "sum(xs, {1e6000 + 1e-6000})", big},
		{"ManyDigits", "sum(xs, {number(n) * number(n)})", big},
		{"LongLiteral", strings.Repeat("9", 3000), nil},
		{"RemainderOfFarExponents", "sum(xs, {1e6000 % 7})", big},
	}
}

func malformed() []Case {
	return []Case{
		{"Empty", "", nil},
		{"Blank", " \n\t ", nil},
		{"OnlyAComment", "/* nothing */", nil},
		{"UnclosedComment", "1 /* ", nil},
		{"UnclosedString", `"abc`, nil},
		{"NotUTF8", "\"\xff\"", nil},
		{"NUL", "a\x00b", nil},
		{"PointerOutside", "# > 1", nil},
		{"Assignment", "a = 1", nil},
		{"FromBase64NotUTF8", `fromBase64("/w==")`, nil},
		{"DuplicateKeysInJSON", `fromJSON("{\"a\":1,\"a\":2}")`, nil},
	}
}
