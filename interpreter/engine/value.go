package engine

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/perdure/perdure/interpreter/expr"
	"github.com/perdure/perdure/interpreter/iso8601"
)

// value is a technical attribute: a literal text or a compiled expression.
type value struct {
	literal string
	program *expr.Program
}

func (v value) eval(env expr.Env) (any, error) {
	if v.program == nil {
		return v.literal, nil
	}
	x, err := v.program.Eval(env)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", v.program.Source(), err)
	}
	return x, nil
}

// text evaluates to a text; what is the word for it in the message of a fault.
// Null is the empty text.
func (v value) text(env expr.Env, what string) (string, error) {
	if v.program == nil {
		return v.literal, nil
	}
	x, err := v.eval(env)
	if err != nil {
		return "", err
	}
	s, ok := textOf(x)
	if !ok {
		return "", v.fault("%s must be a text, this is a %s", what, expr.TypeName(x))
	}
	return s, nil
}

// fault is an ExpressionIncident about the value.
func (v value) fault(format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	if v.program != nil {
		message = v.program.Source() + ": " + message
	}
	return &fault{ExpressionIncident, message}
}

// textOf returns the text form of a scalar.
func textOf(x any) (string, bool) {
	switch x := x.(type) {
	case nil:
		return "", true
	case string:
		return x, true
	case bool:
		return strconv.FormatBool(x), true
	case int:
		return strconv.Itoa(x), true
	case expr.Decimal:
		return x.String(), true
	default:
		return "", false
	}
}

// list evaluates to a list of texts; a text is split at its commas.
func (v value) list(env expr.Env, what string) ([]string, error) {
	x, err := v.eval(env)
	if err != nil {
		return nil, err
	}
	items, ok := x.([]any)
	if !ok {
		s, ok := textOf(x)
		if !ok {
			return nil, v.fault("%s must be a list or a text, this is a %s", what, expr.TypeName(x))
		}
		for part := range strings.SplitSeq(s, ",") {
			items = append(items, strings.TrimSpace(part))
		}
	}
	var out []string
	for _, item := range items {
		s, ok := textOf(item)
		if !ok {
			return nil, v.fault("%s must hold texts, this is a %s", what, expr.TypeName(item))
		}
		if s != "" {
			out = append(out, s)
		}
	}
	return out, nil
}

// number evaluates to a whole number.
func (v value) number(env expr.Env, what string) (int, error) {
	s, err := v.text(env, what)
	if err != nil || s == "" {
		return 0, err
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0, v.fault("%s must be a whole number, not %q", what, s)
	}
	return n, nil
}

// moment evaluates to a point in time: a date, or a duration from now. It is
// nil for the empty text.
func (v value) moment(env expr.Env, what string) (*time.Time, error) {
	s, err := v.text(env, what)
	if err != nil || s == "" {
		return nil, err
	}
	if strings.HasPrefix(s, "P") {
		d, err := iso8601.ParseDuration(s)
		if err != nil {
			return nil, v.fault("%s: %s", what, err)
		}
		t := d.AddTo(env.Now)
		return &t, nil
	}
	t, err := iso8601.ParseDate(s)
	if err != nil {
		return nil, v.fault("%s: %s", what, err)
	}
	return &t, nil
}

// span evaluates to a positive length of time, or the default for the empty
// text.
func (v value) span(env expr.Env, what string, otherwise time.Duration) (time.Duration, error) {
	s, err := v.text(env, what)
	if err != nil || s == "" {
		return otherwise, err
	}
	d, err := positive(s, env.Now)
	if err != nil {
		return 0, v.fault("%s: %s", what, err)
	}
	return d, nil
}
