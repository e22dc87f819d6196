package bpmn

import (
	"strconv"
	"strings"
)

// part is a piece of a text with expressions in it.
type part struct {
	text string
	expr bool
}

// split cuts a text at its "${...}", or what else begins with one of marks and
// a brace. It reports false when one of them does not end.
func split(text, marks string) ([]part, bool) {
	var parts []part
	for text != "" {
		begin := nextExpression(text, marks)
		if begin < 0 {
			return append(parts, part{text: text}), true
		}
		if begin > 0 {
			parts = append(parts, part{text: text[:begin]})
		}
		end := closingBrace(text[begin+2:])
		if end < 0 {
			return nil, false
		}
		parts = append(parts, part{text: text[begin+2 : begin+2+end], expr: true})
		text = text[begin+2+end+1:]
	}
	return parts, true
}

func nextExpression(text, marks string) int {
	for i := 0; i+1 < len(text); i++ {
		if text[i+1] == '{' && strings.IndexByte(marks, text[i]) >= 0 {
			return i
		}
	}
	return -1
}

// closingBrace finds the brace that ends an expression, over braces of its own
// and braces within its strings.
func closingBrace(text string) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '{':
			depth++
		case '}':
			if depth == 0 {
				return i
			}
			depth--
		case '"', '\'', '`':
			i = endOfString(text, i, c)
		}
	}
	return -1
}

func endOfString(text string, i int, quote byte) int {
	for i++; i < len(text) && text[i] != quote; i++ {
		if text[i] == '\\' && quote != '`' {
			i++
		}
	}
	return i
}

// unwrap takes the wrapping that tools write off an expression: a leading "=",
// or "${...}" or "#{...}" around the whole.
func unwrap(text string) string {
	text = strings.TrimSpace(text)
	if rest, ok := strings.CutPrefix(text, "="); ok && !strings.HasPrefix(rest, "=") {
		return strings.TrimSpace(rest)
	}
	if parts, ok := split(text, "$#"); ok && len(parts) == 1 && parts[0].expr {
		return strings.TrimSpace(parts[0].text)
	}
	return text
}

// parseValue reads a technical attribute: "=..." is an expression, "${...}"
// within a text is interpolated, everything else is literal. It reports false
// when a "${" does not end.
func parseValue(text string) (Value, bool) {
	if rest, ok := strings.CutPrefix(strings.TrimSpace(text), "="); ok {
		return Value{Expr: strings.TrimSpace(rest)}, true
	}
	if nextExpression(text, "$") < 0 {
		return Value{Text: text}, true
	}
	parts, ok := split(text, "$")
	if !ok {
		return Value{}, false
	}
	if whole, ok := split(strings.TrimSpace(text), "$"); ok && len(whole) == 1 {
		return Value{Expr: strings.TrimSpace(whole[0].text)}, true
	}
	return Value{Expr: concatenate(parts)}, true
}

// concatenate writes one expression for a text with expressions in it.
func concatenate(parts []part) string {
	terms := make([]string, len(parts))
	for i, p := range parts {
		if p.expr {
			terms[i] = "text(" + strings.TrimSpace(p.text) + ")"
		} else {
			terms[i] = strconv.Quote(p.text)
		}
	}
	return strings.Join(terms, " + ")
}
