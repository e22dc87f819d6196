package expr

import (
	"encoding/base64"
	"strconv"
	"strings"
	"unicode/utf8"
)

// text turns a value into a text: numbers with all their digits, null as an
// empty text, lists and objects as canonical JSON.
func (m *meter) text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int:
		m.charge(8)
		return strconv.Itoa(v)
	case Decimal:
		m.charge(v.size())
		return v.String()
	default:
		return m.json(v)
	}
}

// json writes a value. It is measured first, with the parts that it shares.
func (m *meter) json(v any) string {
	m.measure(v)
	data, err := Encode(v)
	if err != nil {
		panic(evalErrorf("%s", err))
	}
	return string(data)
}

func toJSON(c *call) any { return c.json(c.args[0]) }

func fromJSON(c *call) any {
	s := c.string(0)
	c.charge(len(s))
	v, err := Decode([]byte(s))
	if err != nil {
		panic(evalErrorf("%s is not a JSON document: %s", c.operands[0].name, err))
	}
	c.measure(v)
	return v
}

// length counts the characters of a text, the elements of a list, the entries
// of an object.
func length(c *call) any {
	switch v := c.args[0].(type) {
	case string:
		c.scan(len(v))
		return utf8.RuneCountInString(v)
	case []any:
		return len(v)
	case map[string]any:
		return len(v)
	}
	c.refuse(0, "a text, a list or an object")
	panic("unreachable")
}

func changeCase(c *call) any {
	s := c.string(0)
	c.tick(len(s) / 16)
	c.charge(2 * len(s))
	if c.function == "upper" {
		return strings.ToUpper(s)
	}
	return strings.ToLower(s)
}

func trim(c *call) any {
	s := c.string(0)
	switch c.function {
	case "trimPrefix":
		return strings.TrimPrefix(s, c.optional(1, " "))
	case "trimSuffix":
		return strings.TrimSuffix(s, c.optional(1, " "))
	}
	if len(c.args) == 1 {
		return strings.TrimSpace(s)
	}
	set := c.string(1)
	if len(set) > MaxPattern {
		panic(evalErrorf("trim takes at most %d bytes of characters", MaxPattern))
	}
	c.tick(len(s) / 4)
	return strings.Trim(s, set)
}

// split makes at most as many parts as the third argument says.
func split(c *call) any {
	s, separator := c.string(0), c.string(1)
	most := -1
	if len(c.args) > 2 {
		most = c.whole(2)
	}
	n := strings.Count(s, separator) + 1
	if most >= 0 {
		n = min(n, most)
	}
	c.elements(n)
	c.tick(n / 8)
	var parts []string
	if c.function == "splitAfter" {
		parts = strings.SplitAfterN(s, separator, most)
	} else {
		parts = strings.SplitN(s, separator, most)
	}
	list := make([]any, len(parts))
	for i, part := range parts {
		list[i] = part
	}
	return list
}

func join(c *call) any {
	list, separator := c.list(0), c.optional(1, "")
	parts := make([]string, len(list))
	for i, v := range list {
		c.tick(1)
		part, ok := v.(string)
		if !ok {
			panic(evalErrorf("join needs a list of texts; element %d of %s is %s", i, c.operands[0].name, withArticle(v)))
		}
		c.charge(len(part) + len(separator))
		parts[i] = part
	}
	return strings.Join(parts, separator)
}

// replace replaces all places, or as many as the fourth argument says. The
// size of the result is known before it is made.
func replace(c *call) any {
	s, old, replacement := c.string(0), c.string(1), c.string(2)
	n := strings.Count(s, old)
	if len(c.args) > 3 {
		if most := c.whole(3); most >= 0 {
			n = min(n, most)
		}
	}
	c.tick(n / 8)
	c.charge(len(s))
	c.product(n, len(replacement))
	return strings.Replace(s, old, replacement, n)
}

func repeat(c *call) any {
	s, n := c.string(0), c.whole(1)
	if n < 0 {
		panic(evalErrorf("%s is negative; repeat needs a number of times", c.operands[1].name))
	}
	c.product(n, len(s))
	return strings.Repeat(s, n)
}

// product charges n times size bytes, whatever their product is.
func (m *meter) product(n, size int) {
	if size > 0 && n > MaxBytes/size {
		panic(&BudgetError{What: Bytes})
	}
	m.charge(n * size)
}

// indexOf counts characters, as an index does, and is -1 for what is not
// there.
func indexOf(c *call) any {
	s, part := c.string(0), c.string(1)
	at := strings.Index(s, part)
	if c.function == "lastIndexOf" {
		at = strings.LastIndex(s, part)
	}
	if at < 0 {
		return -1
	}
	return utf8.RuneCountInString(s[:at])
}

func hasAffix(c *call) any {
	if c.function == "hasPrefix" {
		return strings.HasPrefix(c.string(0), c.string(1))
	}
	return strings.HasSuffix(c.string(0), c.string(1))
}

func toBase64(c *call) any {
	s := c.string(0)
	c.tick(len(s) / 64)
	c.charge(base64.StdEncoding.EncodedLen(len(s)))
	return base64.StdEncoding.EncodeToString([]byte(s))
}

func fromBase64(c *call) any {
	s := c.string(0)
	c.tick(len(s) / 64)
	c.charge(len(s))
	data, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		panic(evalErrorf("%s is not base64", c.operands[0].name))
	}
	if !utf8.Valid(data) {
		panic(evalErrorf("%s does not encode a UTF-8 text", c.operands[0].name))
	}
	return string(data)
}

// urlEncode percent-encodes every byte of a text or number but the unreserved
// characters (RFC 3986, 2.3), so that it is one segment of a path or one value
// of a query, whatever it holds.
func urlEncode(c *call) any {
	switch c.args[0].(type) {
	case string, int, Decimal:
	default:
		c.refuse(0, "a text or a number")
	}
	s := c.text(c.args[0])
	c.scan(len(s))
	c.tick(len(s) / 8)
	reserved := 0
	for i := range len(s) {
		if !isUnreserved(s[i]) {
			reserved++
		}
	}
	c.charge(len(s))
	c.product(reserved, 2)
	var encoded strings.Builder
	encoded.Grow(len(s) + 2*reserved)
	for i := range len(s) {
		if isUnreserved(s[i]) {
			encoded.WriteByte(s[i])
			continue
		}
		const digits = "0123456789ABCDEF"
		encoded.WriteByte('%')
		encoded.WriteByte(digits[s[i]>>4])
		encoded.WriteByte(digits[s[i]&15])
	}
	return encoded.String()
}

func isUnreserved(b byte) bool {
	switch {
	case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9':
		return true
	default:
		return b == '-' || b == '.' || b == '_' || b == '~'
	}
}
