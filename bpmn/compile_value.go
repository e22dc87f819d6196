package bpmn

import (
	"errors"
	"slices"
	"strings"
	"unicode"

	"github.com/perdure/perdure/bpmn/model"
	"github.com/perdure/perdure/interpreter/expr"
)

// value compiles a technical attribute.
func (c *compiler) value(at *model.XML, text, what string) Value {
	v, ok := parseValue(text)
	switch {
	case !ok:
		c.faultAt(ruleExprSyntax, at, "the %s %s has a \"${\" that does not end", what, quote(text))
	case v.Expr != "":
		c.interpolation(at, text, v, what)
	case v.Text == "" && text != "":
		c.faultAt(ruleExprSyntax, at, "the %s %s is an empty expression", what, quote(text))
	}
	return v
}

// interpolation checks each expression of a text on its own, so that none
// reaches into the text around it, and then the whole.
func (c *compiler) interpolation(at *model.XML, text string, v Value, what string) {
	if parts, _ := split(text, "$"); len(parts) > 1 && !strings.HasPrefix(strings.TrimSpace(text), "=") {
		for _, p := range parts {
			if p.expr && !c.compiles(at, strings.TrimSpace(p.text), what) {
				return
			}
		}
	}
	c.compiles(at, v.Expr, what)
}

// optional compiles a technical attribute that may be left out.
func (c *compiler) optional(at *model.XML, text, what string) *Value {
	if text == "" {
		return nil
	}
	v := c.value(at, text, what)
	return &v
}

// checked compiles a technical attribute and checks it if it is literal.
func (c *compiler) checked(at *model.XML, text, what string, check func(string) error) Value {
	if text == "" {
		return Value{}
	}
	v := c.value(at, text, what)
	if v.Expr == "" && v.Text != "" {
		v.Text = strings.TrimSpace(v.Text)
		if err := check(v.Text); err != nil {
			c.faultAt(ruleExtensionValue, at, "the %s %s is not valid: %v", what, quote(text), err)
		}
	}
	return v
}

// source compiles an attribute that always is an expression.
func (c *compiler) source(at *model.XML, text, what string) string {
	source := unwrap(text)
	c.compiles(at, source, what)
	return source
}

// condition compiles the condition of a flow, empty when it has none.
func (c *compiler) condition(f *model.SequenceFlow) string {
	x := f.ConditionExpression
	if x == nil || strings.TrimSpace(x.Text) == "" {
		return ""
	}
	if !c.ourLanguage(x) {
		return strings.TrimSpace(x.Text)
	}
	return c.source(x.Source, x.Text, "condition")
}

// expressionValue compiles the text of an element of BPMN that stands for an
// expression.
func (c *compiler) expressionValue(x *model.Expression, text string) Value {
	if !c.ourLanguage(x) {
		return Value{}
	}
	if source := unwrap(text); source != text {
		return Value{Expr: c.source(x.Source, text, "expression")}
	}
	return c.value(x.Source, text, "expression")
}

// compiles reports an expression that does not, and then is false.
func (c *compiler) compiles(at *model.XML, source, what string) bool {
	_, err := expr.Compile(source)
	c.syntax(at, source, what, err)
	return err == nil
}

func (c *compiler) syntax(at *model.XML, source, what string, err error) {
	if err == nil {
		return
	}
	var syntax *expr.SyntaxError
	if errors.As(err, &syntax) && syntax.Line > 0 {
		c.faultAt(ruleExprSyntax, at, "the %s %s does not compile: %s (line %d, column %d of it)", what, quote(source), syntax.Message, syntax.Line, syntax.Column)
		return
	}
	c.faultAt(ruleExprSyntax, at, "the %s %s does not compile: %v", what, quote(source), err)
}

// ourLanguage reports an expression of another language. The XPath default
// stands in the definitions of many tools that write no XPath.
func (c *compiler) ourLanguage(x *model.Expression) bool {
	language := x.Language
	if language == "" {
		language = c.ExpressionLanguage
	}
	ours := []string{"", "expr", "https://expr-lang.org", "urn:perdure:expr", "http://www.w3.org/1999/XPath", "https://www.w3.org/1999/XPath"}
	if slices.Contains(ours, strings.TrimSpace(language)) {
		return true
	}
	c.fault(ruleExprLanguage, x, "the expression %s is written in %s", quote(strings.TrimSpace(x.Text)), quote(language))
	return false
}

// mappings compiles the inputs and outputs of an activity or event.
func (c *compiler) mappings(e model.FlowNode, n *Node) {
	x := c.extensions[e]
	if x == nil {
		return
	}
	inputs, outputs := x.Inputs, x.Outputs
	if x.Task != nil {
		inputs = slices.Concat(inputs, x.Task.Inputs)
		outputs = slices.Concat(outputs, x.Task.Outputs)
	}
	for _, m := range inputs {
		n.Inputs = append(n.Inputs, c.mapping(m))
	}
	for _, m := range outputs {
		n.Outputs = append(n.Outputs, c.mapping(m))
		if root, _, _ := strings.Cut(m.Target, "."); !isVariable(root) && isTarget(m.Target) {
			c.faultAt(ruleExtensionValue, m.Source, "the target %s cannot be the name of a variable", quote(root))
		}
	}
}

func (c *compiler) mapping(m *mappingExtension) Mapping {
	out := Mapping{Target: m.Target}
	if !isTarget(m.Target) {
		c.faultAt(ruleExtensionValue, m.Source, "the target %s of perdure:%s is not a name, or names with dots between", quote(m.Target), m.Source.Name)
	}
	expression, literal := hasAttr(m.Source, "source"), hasAttr(m.Source, "value")
	switch {
	case expression == literal:
		c.faultAt(ruleExtensionValue, m.Source, "perdure:%s needs either source (an expression) or value (a text)", m.Source.Name)
	case expression:
		out.Value.Expr = c.source(m.Source, m.Expr, "source")
	default:
		out.Value = c.value(m.Source, m.Value, "value")
	}
	return out
}

func hasAttr(x *model.XML, name string) bool {
	return slices.ContainsFunc(x.Attrs, func(a model.Attr) bool { return a.Space == "" && a.Name == name })
}

// isTarget accepts names with dots between; fields of JSON may have hyphens.
func isTarget(target string) bool {
	for name := range strings.SplitSeq(target, ".") {
		if !isName(name, "_-") {
			return false
		}
	}
	return len(target) <= MaxID
}

// isVariable accepts what an expression can name. Names that begin with "__"
// are those of the engine.
func isVariable(name string) bool {
	return isName(name, "_") && !strings.HasPrefix(name, "__") && len(name) <= MaxID
}

func isName(name, others string) bool {
	for i, r := range name {
		switch {
		case unicode.IsLetter(r), r == '_':
		case i > 0 && (unicode.IsDigit(r) || strings.ContainsRune(others, r)):
		default:
			return false
		}
	}
	return name != ""
}
