package bpmn

import (
	"strings"

	"github.com/perdure/perdure/bpmn/model"
	"github.com/perdure/perdure/interpreter/iso8601"
)

// timer compiles a timer definition, which has exactly one of its texts.
func (c *compiler) timer(e model.Event, of *model.TimerEventDefinition) *Timer {
	timer := &Timer{}
	given := 0
	for _, t := range []struct {
		kind TimerKind
		text *model.Expression
	}{{TimeDate, of.TimeDate}, {TimeDuration, of.TimeDuration}, {TimeCycle, of.TimeCycle}} {
		if t.text == nil || strings.TrimSpace(t.text.Text) == "" {
			continue
		}
		given++
		timer.Kind, timer.Value = t.kind, c.timerText(t.text, t.kind)
	}
	if given != 1 {
		c.fault(ruleTimer, e, "%s has %d of timeDate, timeDuration and timeCycle instead of one", describe(e), given)
	}
	if timer.Kind == TimeCycle && !repeats(e) {
		c.fault(ruleTimer, e, "%s happens once and cannot have a timeCycle", describe(e))
	}
	return timer
}

// repeats says whether an event can be triggered again and again.
func repeats(e model.Event) bool {
	switch e := e.(type) {
	case *model.StartEvent:
		return true
	case *model.BoundaryEvent:
		return !e.CancelActivity
	}
	return false
}

func (c *compiler) timerText(x *model.Expression, kind TimerKind) Value {
	text := strings.TrimSpace(x.Text)
	if text != unwrap(text) || nextExpression(text, "$") >= 0 {
		return c.expressionValue(x, text)
	}
	if err := checkTimer(kind, text); err != nil {
		c.fault(ruleTimer, x, "the timer text %s is not valid: %v", quote(text), err)
	}
	return Value{Text: text}
}

// checkTimer says why a literal timer text cannot be used.
func checkTimer(kind TimerKind, text string) error {
	switch kind {
	case TimeDate:
		_, err := iso8601.ParseDate(text)
		return err
	case TimeCycle:
		_, err := iso8601.ParseCycle(text)
		return err
	default:
		return checkDuration(text)
	}
}

// checkDuration says why a text is not a duration that one can wait for.
func checkDuration(text string) error {
	d, err := iso8601.ParseDuration(text)
	if err != nil {
		return err
	}
	return d.CheckTimer()
}
