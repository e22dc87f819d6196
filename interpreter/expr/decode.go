package expr

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Decode reads a JSON document (RFC 8259) into the value model. It is strict:
// a key may come only once in an object, text is valid UTF-8 without lone
// surrogates, nothing follows the document, and depth, values and keys are
// bounded by MaxDepth, MaxValues and MaxKeys. A whole number that fits becomes
// an int, every other number a Decimal with all its digits.
func Decode(data []byte) (any, error) {
	return decode(data, bounds{depth: MaxDepth, values: MaxValues, keys: MaxKeys})
}

// bounds are the limits of a document.
type bounds struct{ depth, values, keys int }

// decode reads one document within bounds.
func decode(data []byte, within bounds) (any, error) {
	d := decoder{data: data, bounds: within}
	d.space()
	v, err := d.value(0)
	if err != nil {
		return nil, err
	}
	d.space()
	if d.at < len(d.data) {
		return nil, d.errorf("the document goes on after its end")
	}
	return v, nil
}

// DecodeVariables reads a JSON object. No data and null are no variables.
func DecodeVariables(data []byte) (Variables, error) {
	if len(strings.TrimSpace(string(data))) == 0 {
		return Variables{}, nil
	}
	v, err := Decode(data)
	if err != nil {
		return nil, err
	}
	return asVariables(v)
}

func asVariables(v any) (Variables, error) {
	switch v := v.(type) {
	case nil:
		return Variables{}, nil
	case map[string]any:
		return v, nil
	default:
		return nil, fmt.Errorf("variables must be a JSON object, this is a %s", TypeName(v))
	}
}

// A decoder reads one document. Its recursion is bounded by the depth.
type decoder struct {
	data   []byte
	at     int
	bounds bounds
	seen   int // values so far
}

func (d *decoder) errorf(format string, args ...any) error {
	line, column := 1, 1
	for _, r := range string(d.data[:d.at]) {
		if r == '\n' {
			line, column = line+1, 1
		} else {
			column++
		}
	}
	return fmt.Errorf("line %d, column %d: %s", line, column, fmt.Sprintf(format, args...))
}

func (d *decoder) space() {
	for d.at < len(d.data) {
		switch d.data[d.at] {
		case ' ', '\t', '\r', '\n':
			d.at++
		default:
			return
		}
	}
}

// peek returns the next byte, 0 at the end.
func (d *decoder) peek() byte {
	if d.at < len(d.data) {
		return d.data[d.at]
	}
	return 0
}

func (d *decoder) value(depth int) (any, error) {
	if d.seen++; d.seen > d.bounds.values {
		return nil, d.errorf("the document has more than %d values", d.bounds.values)
	}
	if d.at == len(d.data) {
		return nil, d.errorf("the document ends too early")
	}
	switch c := d.peek(); {
	case c == '{' || c == '[':
		if depth == d.bounds.depth {
			return nil, d.errorf("the document is nested deeper than %d", d.bounds.depth)
		}
		if c == '{' {
			return d.object(depth + 1)
		}
		return d.list(depth + 1)
	case c == '"':
		return d.text()
	case c == '-' || '0' <= c && c <= '9':
		return d.number()
	default:
		return d.word()
	}
}

func (d *decoder) object(depth int) (any, error) {
	d.at++
	object := map[string]any{}
	for d.space(); d.peek() != '}'; d.space() {
		if len(object) > 0 {
			if err := d.expect(','); err != nil {
				return nil, err
			}
			d.space()
		}
		if d.peek() != '"' {
			return nil, d.errorf("an object's key must be a text in quotes")
		}
		key, err := d.text()
		if err != nil {
			return nil, err
		}
		if _, twice := object[key]; twice {
			return nil, d.errorf("the key %s comes twice in one object", quoted(key))
		}
		if len(object) == d.bounds.keys {
			return nil, d.errorf("an object has more than %d keys", d.bounds.keys)
		}
		d.space()
		if err := d.expect(':'); err != nil {
			return nil, err
		}
		d.space()
		if object[key], err = d.value(depth); err != nil {
			return nil, err
		}
	}
	d.at++
	return object, nil
}

func (d *decoder) list(depth int) (any, error) {
	d.at++
	list := []any{}
	for d.space(); d.peek() != ']'; d.space() {
		if len(list) > 0 {
			if err := d.expect(','); err != nil {
				return nil, err
			}
			d.space()
		}
		v, err := d.value(depth)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	d.at++
	return list, nil
}

func (d *decoder) expect(c byte) error {
	if d.peek() != c {
		return d.errorf("%q is expected here", string(c))
	}
	d.at++
	return nil
}

func (d *decoder) word() (any, error) {
	rest := d.data[d.at:]
	for _, word := range []struct {
		text  string
		value any
	}{{"true", true}, {"false", false}, {"null", nil}} {
		if strings.HasPrefix(string(rest[:min(len(rest), len(word.text))]), word.text) {
			d.at += len(word.text)
			return word.value, nil
		}
	}
	return nil, d.errorf("a value is expected here")
}

func (d *decoder) number() (any, error) {
	from := d.at
	for d.at < len(d.data) && strings.IndexByte("+-.0123456789eE", d.data[d.at]) >= 0 {
		d.at++
	}
	text := string(d.data[from:d.at])
	if !isNumber(text) {
		d.at = from
		return nil, d.errorf("this is not a number of JSON")
	}
	v, err := parseNumber(text)
	if err != nil {
		d.at = from
		return nil, d.errorf("%s", err)
	}
	return v, nil
}

// parseNumber reads a text that has the form of a number.
func parseNumber(text string) (any, error) {
	if i, err := strconv.Atoi(text); err == nil {
		return i, nil
	}
	x, err := parseDigits(text)
	if err != nil {
		return nil, err
	}
	return x.normal(), nil
}

func (d *decoder) text() (string, error) {
	d.at++
	from := d.at
	var text []byte // what was read before from, if it had escapes
	for d.at < len(d.data) {
		switch c := d.data[d.at]; {
		case c == '"':
			text = append(text, d.data[from:d.at]...)
			d.at++
			return string(text), nil
		case c == '\\':
			text = append(text, d.data[from:d.at]...)
			r, err := d.escape()
			if err != nil {
				return "", err
			}
			text = utf8.AppendRune(text, r)
			from = d.at
		case c < ' ':
			return "", d.errorf("a control character in a text must be escaped")
		case c < utf8.RuneSelf:
			d.at++
		default:
			r, size := utf8.DecodeRune(d.data[d.at:])
			if r == utf8.RuneError && size == 1 {
				return "", d.errorf("the text is not valid UTF-8")
			}
			d.at += size
		}
	}
	return "", d.errorf("a text does not end")
}

// escape reads an escape sequence, the backslash being next.
func (d *decoder) escape() (rune, error) {
	d.at++
	c := d.peek()
	if c == 'u' {
		return d.unicodeEscape()
	}
	const from, to = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	i := strings.IndexByte(from, c)
	if c == 0 || i < 0 {
		return 0, d.errorf("JSON does not know this escape sequence")
	}
	d.at++
	return rune(to[i]), nil
}

// unicodeEscape reads uXXXX, or two of them that are a surrogate pair.
func (d *decoder) unicodeEscape() (rune, error) {
	r, err := d.hex()
	if err != nil || !utf16.IsSurrogate(r) {
		return r, err
	}
	if d.peek() == '\\' {
		d.at++
		if d.peek() == 'u' {
			low, err := d.hex()
			if err != nil {
				return 0, err
			}
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				return pair, nil
			}
		}
	}
	return 0, d.errorf("half of a surrogate pair stands alone")
}

func (d *decoder) hex() (rune, error) {
	d.at++
	if d.at+4 > len(d.data) {
		return 0, d.errorf("four hexadecimal digits must follow \\u")
	}
	var r rune
	for _, c := range d.data[d.at : d.at+4] {
		digit := strings.IndexByte("0123456789abcdef", c|0x20)
		if digit < 0 || c < '0' {
			return 0, d.errorf("four hexadecimal digits must follow \\u")
		}
		r = r<<4 | rune(digit)
	}
	d.at += 4
	return r, nil
}
