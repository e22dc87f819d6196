package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"unicode/utf8"
)

// Options bound a body. Zero numbers mean the defaults.
type Options struct {
	Depth  int // levels of nesting, default 32
	Values int // values in all, default 20,000
	Keys   int // keys of one object, default 1,000
	// AllowUnknown lets fields pass that the target does not have.
	AllowUnknown bool
}

func (o Options) withDefaults() Options {
	if o.Depth == 0 {
		o.Depth = 32
	}
	if o.Values == 0 {
		o.Values = 20_000
	}
	if o.Keys == 0 {
		o.Keys = 1_000
	}
	return o
}

// Read fills target, a pointer, from data. The error is an *Error.
//
// The struct tags are encoding/json's and those that describe a schema: a field
// without omitempty or omitzero is required; `enum:"a,b"`, `minLength:"1"` and
// `maxLength:"255"` hold for strings, `minimum` and `maximum` for numbers.
func Read(data []byte, target any, o Options) error {
	if err := checkText(data); err != nil {
		return err
	}
	w := &walker{data: data, options: o.withDefaults()}
	w.value(reflect.TypeOf(target).Elem(), rules{}, 1)
	if len(w.faults) > 0 {
		return &Error{Faults: w.faults}
	}
	if err := json.Unmarshal(data, target); err != nil {
		return &Error{Faults: []Fault{unmarshalFault(data, err)}}
	}
	return nil
}

// Check refuses data that is not one acceptable JSON value of any shape. The
// error is an *Error.
func Check(data []byte, o Options) error {
	var anything json.RawMessage
	return Read(data, &anything, o)
}

// checkText refuses what is not JSON at all.
func checkText(data []byte) error {
	if !utf8.Valid(data) {
		return single(data, firstInvalid(data), Encoding, "the body is not valid UTF-8")
	}
	if bytes.HasPrefix(data, []byte("\ufeff")) {
		return single(data, 0, Encoding, "the body begins with a byte order mark; JSON has none (RFC 8259, 8.1)")
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return single(data, 0, Syntax, "the body is empty")
	}
	var raw json.RawMessage
	err := json.Unmarshal(data, &raw)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return single(data, max(int(syntax.Offset)-1, 0), Syntax, syntax.Error())
	}
	if err != nil {
		return single(data, 0, Syntax, err.Error())
	}
	return nil
}

func single(data []byte, offset int, code Code, message string) error {
	line, column := position(data, offset)
	return &Error{Faults: []Fault{{Code: code, Line: line, Column: column, Message: message}}}
}

func firstInvalid(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(data)
}

// unmarshalFault words what only the target's own UnmarshalJSON refused.
func unmarshalFault(data []byte, err error) Fault {
	f := Fault{Code: WrongType, Line: 1, Column: 1, Message: err.Error()}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		f.Line, f.Column = position(data, int(wrong.Offset))
	}
	return f
}
