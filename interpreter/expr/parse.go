package expr

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/parser/lexer"
)

// A source is a text to be compiled and the means to point into it.
type source struct {
	text  string
	runes []rune
}

// parse checks the length and the brackets of a source before the parser of
// expr-lang sees it, since brackets make no nodes and nothing else bounds its
// recursion.
func parse(text string) (*source, ast.Node, *SyntaxError) {
	if len(text) > MaxSource {
		return nil, nil, &SyntaxError{Line: 1, Column: 1, Message: tooLong("the expression", len(text), MaxSource)}
	}
	if !utf8.ValidString(text) {
		return nil, nil, &SyntaxError{Line: 1, Column: 1, Message: "the expression is not valid UTF-8"}
	}
	s := &source{text: text, runes: []rune(text)}
	if strings.TrimSpace(text) == "" {
		return s, nil, s.errorAt(0, "the expression is empty")
	}
	tokens, err := lexer.Lex(file.NewSource(text))
	if err != nil {
		return s, nil, s.errorFrom(err)
	}
	if err := s.check(tokens); err != nil {
		return s, nil, err
	}
	tree, err := parseTree(s.withoutDigits(tokens))
	if err != nil {
		return s, nil, s.errorFrom(err)
	}
	return s, tree, nil
}

// parseTree calls the parser of expr-lang. A panic of it is an answer too:
// what it cannot read is not an expression.
func parseTree(text string) (tree ast.Node, err error) {
	defer func() {
		if recover() != nil {
			tree, err = nil, errors.New("the expression cannot be read")
		}
	}()
	read, err := parser.ParseWithConfig(text, &conf.Config{MaxNodes: MaxNodes})
	if err != nil {
		return nil, err
	}
	return read.Node, nil
}

// check refuses what the grammar allows and this package does not.
func (s *source) check(tokens []lexer.Token) *SyntaxError {
	depth := 0
	for _, token := range tokens {
		switch {
		case token.Is(lexer.Bracket, "(") || token.Is(lexer.Bracket, "[") || token.Is(lexer.Bracket, "{"):
			depth++
			if depth > MaxNesting {
				return s.errorAt(token.From, fmt.Sprintf("brackets are nested deeper than %d", MaxNesting))
			}
		case token.Is(lexer.Bracket):
			depth--
		case token.Is(lexer.Identifier) && strings.HasPrefix(token.Value, "__"):
			return s.errorAt(token.From, "the name "+quoted(token.Value)+" is reserved: names do not begin with two underscores")
		case token.Is(lexer.String) && !utf8.ValidString(token.Value):
			return s.errorAt(token.From, "the text is not valid UTF-8")
		case token.Is(lexer.Bytes):
			return s.errorAt(token.From, "byte literals are not supported; write a text without the b")
		}
	}
	return nil
}

// withoutDigits returns the source with every digit of every number replaced
// by 0. The parser would make float64 of them, or refuse those that do not fit
// in 64 bits; so it sees zeros in the same places, and literal reads the
// number from the source itself.
func (s *source) withoutDigits(tokens []lexer.Token) string {
	runes := []rune(s.text)
	for _, token := range tokens {
		if token.Kind != lexer.Number {
			continue
		}
		for i := token.From; i < token.To; i++ {
			if base, ok := digitBase(token.Value); ok && i-token.From < len(base) {
				continue
			} else if isDigit(runes[i], ok && base != "0b") {
				runes[i] = '0'
			}
		}
	}
	return string(runes)
}

// digitBase returns the prefix of a number that is not decimal.
func digitBase(number string) (string, bool) {
	if len(number) > 1 && number[0] == '0' {
		if prefix := strings.ToLower(number[:2]); prefix == "0x" || prefix == "0o" || prefix == "0b" {
			return prefix, true
		}
	}
	return "", false
}

func isDigit(r rune, hex bool) bool {
	if '0' <= r && r <= '9' {
		return true
	}
	return hex && ('a' <= r|0x20 && r|0x20 <= 'f')
}

// literal reads the number that a node stands for.
func (s *source) literal(n ast.Node) (any, *SyntaxError) {
	text := strings.ReplaceAll(s.at(n), "_", "")
	if _, ok := digitBase(text); ok {
		i, ok := new(big.Int).SetString(text, 0)
		if !ok {
			return nil, s.errorAt(n.Location().From, "this is not a number")
		}
		return decimalOfBig(i).normal(), nil
	}
	v, err := parseNumber(text)
	if err != nil {
		return nil, s.errorAt(n.Location().From, err.Error())
	}
	return v, nil
}

// at returns the text of the token that made a node.
func (s *source) at(n ast.Node) string {
	loc := n.Location()
	if loc.From < 0 || loc.From > loc.To || loc.To > len(s.runes) {
		return ""
	}
	return string(s.runes[loc.From:loc.To])
}

// errorAt makes an error that points at a character.
func (s *source) errorAt(at int, message string) *SyntaxError {
	e := &SyntaxError{Line: 1, Column: 1, Message: message}
	for _, r := range s.runes[:max(0, min(at, len(s.runes)))] {
		if r == '\n' {
			e.Line, e.Column = e.Line+1, 1
		} else {
			e.Column++
		}
	}
	return e
}

// plain rewrites the messages of the parser that speak of its inner workings.
func plain(message string) string {
	kind, unexpected := strings.CutPrefix(message, "unexpected token ")
	_, text, hasText := strings.Cut(strings.TrimSuffix(kind, ")"), "(")
	switch {
	case unexpected && kind == "EOF":
		return "the expression is not complete"
	case unexpected && text == `"="`:
		return "an expression cannot assign; compare with =="
	case unexpected && hasText:
		return text + " is not expected here"
	case strings.Contains(message, "maximum allowed nodes"):
		return tooManyNodes()
	default:
		return message
	}
}

func tooManyNodes() string { return fmt.Sprintf("the expression has more than %d parts", MaxNodes) }

// errorFrom takes over an error of the parser or the lexer.
func (s *source) errorFrom(err error) *SyntaxError {
	if e, ok := errors.AsType[*file.Error](err); ok {
		return s.errorAt(e.From, plain(e.Message))
	}
	return s.errorAt(0, err.Error())
}
