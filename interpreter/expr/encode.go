package expr

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Encode writes a value of the model as canonical JSON: keys sorted by their
// bytes, no space, only what must be escaped escaped, numbers with all their
// digits. Equal documents give equal bytes. It fails for a Go value outside
// the model and for one nested deeper than 64, twice what Decode and Eval allow,
// so that everything they give can be written, also within other values.
func Encode(v any) ([]byte, error) {
	return appendValue(nil, v, 0)
}

func appendValue(to []byte, v any, depth int) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(to, "null"...), nil
	case bool:
		return strconv.AppendBool(to, v), nil
	case string:
		return appendText(to, v)
	case int:
		return strconv.AppendInt(to, int64(v), 10), nil
	case Decimal:
		return append(to, v.String()...), nil
	case []any:
		return appendList(to, v, depth)
	case map[string]any:
		return appendObject(to, v, depth)
	case Variables:
		return appendObject(to, v, depth)
	default:
		return nil, fmt.Errorf("a Go %T is not a value of the model", v)
	}
}

func appendList(to []byte, list []any, depth int) ([]byte, error) {
	if depth == maxStored {
		return nil, fmt.Errorf("the value is nested deeper than %d", maxStored)
	}
	to = append(to, '[')
	var err error
	for i, v := range list {
		if i > 0 {
			to = append(to, ',')
		}
		if to, err = appendValue(to, v, depth+1); err != nil {
			return nil, err
		}
	}
	return append(to, ']'), nil
}

func appendObject(to []byte, object map[string]any, depth int) ([]byte, error) {
	if depth == maxStored {
		return nil, fmt.Errorf("the value is nested deeper than %d", maxStored)
	}
	to = append(to, '{')
	var err error
	for i, key := range sortedKeys(object) {
		if i > 0 {
			to = append(to, ',')
		}
		if to, err = appendText(to, key); err != nil {
			return nil, err
		}
		to = append(to, ':')
		if to, err = appendValue(to, object[key], depth+1); err != nil {
			return nil, err
		}
	}
	return append(to, '}'), nil
}

func appendText(to []byte, s string) ([]byte, error) {
	if !utf8.ValidString(s) {
		return nil, fmt.Errorf("a text is not valid UTF-8")
	}
	const hex = "0123456789abcdef"
	to = append(to, '"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		to = append(to, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			to = append(to, '\\', c)
		case '\b':
			to = append(to, `\b`...)
		case '\f':
			to = append(to, `\f`...)
		case '\n':
			to = append(to, `\n`...)
		case '\r':
			to = append(to, `\r`...)
		case '\t':
			to = append(to, `\t`...)
		default:
			to = append(to, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(append(to, s[from:]...), '"'), nil
}

// sortedKeys returns the keys of an object in the only order in which this
// package ever visits them.
func sortedKeys(object map[string]any) []string {
	return slices.Sorted(maps.Keys(object)) //workflowcheck:ignore
}
