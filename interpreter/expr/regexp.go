package expr

import (
	"fmt"
	"regexp"
	"regexp/syntax"

	"github.com/expr-lang/expr/ast"
)

// maxInstructions is the greatest size of a compiled pattern: a{1000} has a
// thousand instructions in seven bytes.
const maxInstructions = 1000

// A pattern is a regular expression of RE2, which runs in time linear in the
// text and in its own size.
type pattern struct {
	*regexp.Regexp
	instructions int
}

func compilePattern(text string) (pattern, error) {
	if len(text) > MaxPattern {
		return pattern{}, fmt.Errorf("%s", tooLong("the pattern", len(text), MaxPattern))
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return pattern{}, fmt.Errorf("the pattern %s is not valid: %w", quoted(text), err)
	}
	n := instructions(tree)
	if n > maxInstructions {
		return pattern{}, fmt.Errorf("the pattern %s repeats too much", quoted(text))
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return pattern{}, fmt.Errorf("the pattern %s is not valid: %w", quoted(text), err)
	}
	return pattern{Regexp: re, instructions: n}, nil
}

// instructions estimates the size of a pattern before it is compiled, since
// compiling is what costs. The depth of the tree is bounded by MaxPattern.
func instructions(re *syntax.Regexp) int {
	n := max(1, len(re.Rune))
	if re.Op == syntax.OpCharClass {
		n = 1
	}
	for _, sub := range re.Sub {
		n += instructions(sub)
	}
	if re.Op == syntax.OpRepeat {
		n *= max(1, re.Min, re.Max)
	}
	return min(n, maxInstructions+1)
}

// match tries the pattern anywhere in a text.
func (f *frame) match(p pattern, s string) bool {
	if len(s) > MaxMatched {
		panic(evalErrorf("the text has %d bytes; matches tries at most %d", len(s), MaxMatched))
	}
	f.tick(1 + len(s)*p.instructions/32)
	return p.MatchString(s)
}

// compileMatches compiles the pattern at once if it is a constant. Another one
// is compiled at each evaluation, at a price.
func (c *compiler) compileMatches(n *ast.BinaryNode) operand {
	left, right := c.compile(n.Left), c.compile(n.Right)
	subject := func(f *frame) string {
		f.tick(1)
		v := left.code(f)
		s, ok := v.(string)
		if !ok {
			panic(evalErrorf("%s is %s; matches needs a text", left.name, withArticle(v)))
		}
		return s
	}
	if text, ok := right.value.(string); ok && right.constant {
		p, err := compilePattern(text)
		if err != nil {
			c.fail(n.Right, "%s", err)
		}
		return computed(func(f *frame) any { return f.match(p, subject(f)) })
	}
	return computed(func(f *frame) any {
		s := subject(f)
		v := right.code(f)
		text, ok := v.(string)
		if !ok {
			panic(evalErrorf("%s is %s; a pattern is a text", right.name, withArticle(v)))
		}
		const price = 2_000
		f.tick(price)
		p, err := compilePattern(text)
		if err != nil {
			panic(evalErrorf("%s", err))
		}
		return f.match(p, s)
	})
}
