package strictjson

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Code says which rule a body breaks.
type Code string

// The rules.
const (
	Syntax       Code = "json-syntax"        // RFC 8259 is broken
	Encoding     Code = "json-encoding"      // not UTF-8, or a lone surrogate
	TooDeep      Code = "json-too-deep"      // more levels than Limits.Depth
	TooMany      Code = "json-too-many"      // more values or keys than allowed
	DuplicateKey Code = "json-duplicate-key" // the same key twice in one object
	UnknownField Code = "json-unknown-field" // no such field, in exactly this case
	MissingField Code = "json-missing-field" // a required field is absent or null
	WrongType    Code = "json-wrong-type"    // e.g. a number where a string belongs
	OutOfRange   Code = "json-out-of-range"  // a length, number or choice not allowed
)

// Fault is one thing that is wrong with a body.
type Fault struct {
	Code Code
	// Pointer is the RFC 6901 pointer of the value, "" for the whole body.
	Pointer string
	// Line and Column count from 1; columns are characters.
	Line, Column int
	Message      string
}

// Error holds every fault found, at most MaxFaults of them.
type Error struct {
	Faults []Fault
}

// MaxFaults is how many faults of one body are reported.
const MaxFaults = 100

// Error names the first fault and how many there are.
func (e *Error) Error() string {
	first := e.Faults[0]
	text := fmt.Sprintf("line %d, column %d: %s", first.Line, first.Column, first.Message)
	if more := len(e.Faults) - 1; more > 0 {
		text += fmt.Sprintf(" (and %d more)", more)
	}
	return text
}

// IsSyntax says whether the body is not JSON at all.
func (e *Error) IsSyntax() bool {
	return e.Faults[0].Code == Syntax || e.Faults[0].Code == Encoding
}

// Pointer joins reference tokens into an RFC 6901 pointer.
func Pointer(tokens ...string) string {
	var b strings.Builder
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	for _, token := range tokens {
		b.WriteByte('/')
		b.WriteString(escape.Replace(token))
	}
	return b.String()
}

// position tells line and column of the byte at offset.
func position(data []byte, offset int) (line, column int) {
	before := string(data[:min(offset, len(data))])
	line = strings.Count(before, "\n") + 1
	column = utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	return line, column
}
