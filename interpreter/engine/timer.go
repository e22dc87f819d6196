package engine

import (
	"fmt"
	"time"

	"github.com/perdure/perdure/bpmn"
	"github.com/perdure/perdure/interpreter/iso8601"
)

// schedule evaluates when a timer event fires. Only a non-interrupting
// boundary event fires more than once.
func (in *Instance) schedule(n *node, s *scope) (due time.Time, cycle *iso8601.Cycle, err error) {
	when := n.event.when
	text, err := when.text(in.env(s), "the timer")
	if err != nil {
		return due, nil, err
	}
	switch n.event.timer {
	case bpmn.TimeDate:
		due, err = iso8601.ParseDate(text)
	case bpmn.TimeDuration:
		var d iso8601.Duration
		if d, err = iso8601.ParseDuration(text); err == nil {
			err = d.CheckTimer()
		}
		due = d.AddTo(in.now)
	case bpmn.TimeCycle:
		due, cycle, err = in.firstOf(text)
	}
	if err != nil {
		return due, nil, when.fault("%s", err)
	}
	if !n.NonInterrupting {
		cycle = nil
	}
	return due, cycle, nil
}

// firstOf reads a cycle and returns when it fires for the first time. One that
// never does is a fault of the process.
func (in *Instance) firstOf(text string) (time.Time, *iso8601.Cycle, error) {
	cycle, err := iso8601.ParseCycle(text)
	if err != nil {
		return time.Time{}, nil, err
	}
	cycle = cycle.From(in.now)
	due, ok := cycle.First(in.now)
	if !ok {
		return time.Time{}, nil, fmt.Errorf("the cycle %s never fires", text)
	}
	return due, &cycle, nil
}

// timerFired takes the host's word for it that a timer is due: the clocks of
// host and engine are not compared.
func (in *Instance) timerFired(ev TimerFired) {
	at := in.timer(ev.ID)
	t := in.state.Timers[at]
	in.state.Timers = remove(in.state.Timers, at)
	n := in.nodeOf(t.Element)
	in.line("fires", n, t.ID, "")
	in.rearm(t, n)
	in.trigger(n, t.Owner, result{})
}

// rearm sets a repeating timer for the next time, under a new id.
func (in *Instance) rearm(t Timer, n *node) {
	if t.Cycle == nil {
		return
	}
	t.Fired++
	due, ok := t.Cycle.Next(t.Due, t.Fired)
	if !ok {
		return
	}
	t.ID, t.Due = in.number(n), due
	in.state.Timers = append(in.state.Timers, t)
	in.emit(StartTimer{ID: t.ID, Element: n.ID, Name: n.Name, Due: t.Due}, n)
}

// timer returns the place of a running timer, or -1.
func (in *Instance) timer(id ElementID) int {
	for i := range in.state.Timers {
		if in.state.Timers[i].ID == id {
			return i
		}
	}
	return -1
}
