package strictjson

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// walker goes once through a text that is known to be well-formed and compares
// it with the type that it is meant for. A nil type accepts everything.
type walker struct {
	data    []byte
	pos     int
	path    []string
	values  int
	options Options
	faults  []Fault
	over    bool // a limit is exceeded: stop looking
}

func (w *walker) fault(offset int, code Code, format string, args ...any) {
	if len(w.faults) >= MaxFaults {
		w.over = true
		return
	}
	line, column := position(w.data, offset)
	w.faults = append(w.faults, Fault{
		Code: code, Pointer: Pointer(w.path...), Line: line, Column: column, Message: fmt.Sprintf(format, args...),
	})
}

// value consumes one value of type t.
func (w *walker) value(t reflect.Type, r rules, depth int) {
	if w.over {
		return
	}
	w.space()
	w.values++
	if w.values > w.options.Values {
		w.fault(w.pos, TooMany, "there are more than %d values", w.options.Values)
		w.over = true
		return
	}
	if depth > w.options.Depth {
		w.fault(w.pos, TooDeep, "values are nested more than %d levels deep", w.options.Depth)
		w.over = true
		return
	}
	t = target(t)
	switch w.data[w.pos] {
	case '{':
		w.object(t, depth)
	case '[':
		w.array(t, depth)
	case '"':
		w.text(t, r)
	case 't', 'f':
		w.literal(t, reflect.Bool, "true or false")
	case 'n':
		if t != nil && depth == 1 {
			w.fault(w.pos, WrongType, "%s is expected here, not null", kindName(t))
		}
		w.pos += len("null")
	default:
		w.number(t, r)
	}
}

func (w *walker) object(t reflect.Type, depth int) {
	start := w.pos
	var fields []field
	switch {
	case t == nil:
	case t.Kind() == reflect.Struct && t != timeType:
		fields = fieldsOf(t)
	case t.Kind() == reflect.Map:
	default:
		w.fault(start, WrongType, "%s is expected here, not an object", kindName(t))
		t = nil
	}
	seen := map[string]bool{}
	w.pos++
	for w.space(); w.data[w.pos] != '}'; w.space() {
		keyAt := w.pos
		key := w.key()
		w.path = append(w.path, key)
		if seen[key] {
			w.fault(keyAt, DuplicateKey, "the key %q occurs twice", key)
		}
		seen[key] = true
		if len(seen) > w.options.Keys {
			w.fault(keyAt, TooMany, "an object has more than %d keys", w.options.Keys)
			w.over = true
		}
		w.member(t, fields, key, keyAt, depth)
		if w.over {
			return
		}
		w.path = w.path[:len(w.path)-1]
		if w.space(); w.data[w.pos] == ',' {
			w.pos++
		}
	}
	w.pos++
	for _, f := range fields {
		if f.required && !seen[f.name] {
			w.path = append(w.path, f.name)
			w.fault(start, MissingField, "the field %q is required", f.name)
			w.path = w.path[:len(w.path)-1]
		}
	}
}

// member consumes the value of a key.
func (w *walker) member(t reflect.Type, fields []field, key string, keyAt, depth int) {
	w.space()
	w.pos++ // the colon
	w.space()
	switch {
	case t == nil:
		w.value(nil, rules{}, depth+1)
	case t.Kind() == reflect.Map:
		w.value(t.Elem(), rules{}, depth+1)
	default:
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == key })
		if i < 0 {
			if !w.options.AllowUnknown {
				w.fault(keyAt, UnknownField, "there is no field %q here%s", key, known(fields))
			}
			w.value(nil, rules{}, depth+1)
			return
		}
		if fields[i].required && w.data[w.pos] == 'n' {
			w.fault(w.pos, MissingField, "the field %q may not be null", key)
		}
		w.value(fields[i].typ, fields[i].rules, depth+1)
	}
}

func (w *walker) array(t reflect.Type, depth int) {
	var element reflect.Type
	switch {
	case t == nil:
	case t.Kind() == reflect.Slice:
		element = t.Elem()
	default:
		w.fault(w.pos, WrongType, "%s is expected here, not an array", kindName(t))
	}
	w.pos++
	for i := 0; ; i++ {
		if w.space(); w.data[w.pos] == ']' {
			break
		}
		w.path = append(w.path, strconv.Itoa(i))
		w.value(element, rules{}, depth+1)
		if w.over {
			return
		}
		w.path = w.path[:len(w.path)-1]
		if w.space(); w.data[w.pos] == ',' {
			w.pos++
		}
	}
	w.pos++
}

func (w *walker) text(t reflect.Type, r rules) {
	at := w.pos
	s := w.quoted()
	switch {
	case t == nil:
	case t == timeType:
		if _, err := time.Parse(time.RFC3339, s); err != nil {
			w.fault(at, WrongType, "%q is not an RFC 3339 time such as 2030-01-31T12:00:00Z", s)
		}
	case t.Kind() != reflect.String:
		w.fault(at, WrongType, "%s is expected here, not a text", kindName(t))
	default:
		if message := r.refuseText(s); message != "" {
			w.fault(at, OutOfRange, "%s", message)
		}
	}
}

func (w *walker) number(t reflect.Type, r rules) {
	at := w.pos
	for w.pos < len(w.data) && strings.IndexByte("+-0123456789.eE", w.data[w.pos]) >= 0 {
		w.pos++
	}
	digits := string(w.data[at:w.pos])
	switch {
	case t == nil:
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Int64:
		n, err := strconv.ParseInt(digits, 10, t.Bits())
		if err != nil {
			w.fault(at, WrongType, "a whole number of at most %d bits is expected here", t.Bits())
			return
		}
		if message := r.refuseNumber(n); message != "" {
			w.fault(at, OutOfRange, "%s", message)
		}
	default:
		w.fault(at, WrongType, "%s is expected here, not a number", kindName(t))
	}
}

func (w *walker) literal(t reflect.Type, kind reflect.Kind, name string) {
	if t != nil && t.Kind() != kind {
		w.fault(w.pos, WrongType, "%s is expected here, not %s", kindName(t), name)
	}
	for w.pos < len(w.data) && 'a' <= w.data[w.pos] && w.data[w.pos] <= 'z' {
		w.pos++
	}
}

// key consumes the key of a member.
func (w *walker) key() string { return w.quoted() }

// quoted consumes a string and answers what it stands for.
func (w *walker) quoted() string {
	start := w.pos
	w.pos++
	for w.data[w.pos] != '"' {
		if w.data[w.pos] == '\\' {
			w.pos++
		}
		w.pos++
	}
	w.pos++
	raw := w.data[start:w.pos]
	if at := loneSurrogate(raw); at >= 0 {
		w.fault(start+at, Encoding, "a text contains half of a surrogate pair")
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		w.fault(start, Syntax, "%s", err.Error())
	}
	return s
}

// loneSurrogate finds a \u escape of D800 to DFFF that has no partner, which
// encoding/json would replace in silence.
func loneSurrogate(raw []byte) int {
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		i++
		if raw[i] != 'u' {
			continue
		}
		switch unit := escaped(raw, i); {
		case unit >= 0xDC00 && unit <= 0xDFFF:
			return i - 1
		case unit >= 0xD800 && unit <= 0xDBFF:
			if i+6 >= len(raw) || raw[i+5] != '\\' || raw[i+6] != 'u' {
				return i - 1
			}
			if low := escaped(raw, i+6); low < 0xDC00 || low > 0xDFFF {
				return i - 1
			}
			i += 10
		default:
			i += 4
		}
	}
	return -1
}

// escaped reads the four hex digits after the u at raw[u].
func escaped(raw []byte, u int) uint64 {
	unit, err := strconv.ParseUint(string(raw[u+1:u+5]), 16, 16)
	if err != nil {
		return utf8.RuneError
	}
	return unit
}

func (w *walker) space() {
	for w.pos < len(w.data) && strings.IndexByte(" \t\r\n", w.data[w.pos]) >= 0 {
		w.pos++
	}
}
