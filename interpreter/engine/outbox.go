package engine

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/perdure/perdure/interpreter/expr"
)

// Budget bounds what a host takes from the outbox at a time.
type Budget struct {
	// Commands is the number of commands; 0 means 500.
	Commands int
	// Bytes is their size as JSON; 0 means 2 MiB.
	Bytes int
	// HoldStarts leaves every RunActivity and StartChild in the outbox.
	HoldStarts bool
}

// Take removes commands from the front of the outbox and returns them: as many
// as the budget allows, at least one if there are any.
func (in *Instance) Take(b Budget) []Command {
	if b.Commands <= 0 {
		b.Commands = 500
	}
	if b.Bytes <= 0 {
		b.Bytes = 2 << 20
	}
	var taken, left []Command
	bytes := 0
	for i, c := range in.state.Outbox {
		if b.HoldStarts && startsWork(c) {
			left = append(left, c)
			continue
		}
		bytes += sizeOf(c)
		if len(taken) == b.Commands || len(taken) > 0 && bytes > b.Bytes {
			left = append(left, in.state.Outbox[i:]...)
			break
		}
		taken = append(taken, c)
	}
	in.state.Outbox = left
	return taken
}

// Ready says whether Take would return anything, given whether it is to hold
// starts back.
func (in *Instance) Ready(holdStarts bool) bool {
	if !holdStarts {
		return in.HasOutbox()
	}
	return slices.ContainsFunc(in.state.Outbox, func(c Command) bool { return !startsWork(c) })
}

// startsWork says whether a command starts what a host must see the end of
// before it can continue as new, or has only so many of.
func startsWork(c Command) bool {
	switch c.(type) {
	case RunActivity, StartChild:
		return true
	default:
		return false
	}
}

// InFlight counts the tokens that wait for an activity which the host has been
// asked to run.
func (in *Instance) InFlight() int {
	n := 0
	for i := range in.state.Tokens {
		if in.state.Tokens[i].Waiting == ForActivity {
			n++
		}
	}
	for _, c := range in.state.Outbox {
		if _, ok := c.(RunActivity); ok {
			n--
		}
	}
	return n
}

// Rearm returns what a host must do again that continues a snapshot: start
// every timer and adopt every called instance, unless the outbox still holds
// its start.
func (in *Instance) Rearm() []Command {
	pending := in.starts()
	var list []Command
	for _, t := range in.state.Timers {
		if !pending[t.ID] {
			n := in.nodeOf(t.Element)
			list = append(list, StartTimer{ID: t.ID, Element: n.ID, Name: n.Name, Due: t.Due})
		}
	}
	for _, t := range in.state.Tokens {
		if t.Waiting == ForChild && !pending[t.ID] {
			list = append(list, AdoptChild{ID: t.ID, Attempt: t.Attempt})
		}
	}
	return list
}

// starts names what the outbox will start.
func (in *Instance) starts() map[ElementID]bool {
	ids := map[ElementID]bool{}
	for _, c := range in.state.Outbox {
		if id := startOf(c); id != "" {
			ids[id] = true
		}
	}
	return ids
}

// pending says whether the host has yet to be told of something.
func (in *Instance) pending(id ElementID) bool {
	for _, c := range in.state.Outbox {
		if startOf(c) == id {
			return true
		}
	}
	return false
}

// startOf returns the id of what a command starts, empty for any other.
func startOf(c Command) ElementID {
	switch c := c.(type) {
	case RunActivity:
		return c.ID
	case StartTimer:
		return c.ID
	case OpenTask:
		return c.ID
	case Subscribe:
		return c.ID
	case StartChild:
		return c.ID
	default:
		return ""
	}
}

// withdrawalOf returns the id of what a command withdraws, empty for any other.
// The kinds need no comparison: a token waits for one thing at a time.
func withdrawalOf(c Command) ElementID {
	switch c := c.(type) {
	case CancelActivity:
		return c.ID
	case CancelTimer:
		return c.ID
	case CloseTask:
		if c.Completed {
			return ""
		}
		return c.ID
	case Unsubscribe:
		return c.ID
	case CancelChild:
		return c.ID
	default:
		return ""
	}
}

// coalesce drops every start from the outbox that is withdrawn further on,
// together with the withdrawal: the host never hears of it.
func (in *Instance) coalesce() {
	last := map[ElementID]int{}
	drop := make([]bool, len(in.state.Outbox))
	found := false
	for i, c := range in.state.Outbox {
		if id := startOf(c); id != "" {
			last[id] = i + 1
		}
		if id := withdrawalOf(c); id != "" && last[id] > 0 {
			drop[last[id]-1], drop[i] = true, true
			delete(last, id)
			found = true
		}
	}
	if !found {
		return
	}
	kept := in.state.Outbox[:0]
	for i, c := range in.state.Outbox {
		if !drop[i] {
			kept = append(kept, c)
		}
	}
	clear(in.state.Outbox[len(kept):])
	in.state.Outbox = kept
}

// sizeOf estimates the size of a command as JSON.
func sizeOf(c Command) int {
	const frame = 256 // ids, names, tags
	switch c := c.(type) {
	case RunActivity:
		n := frame + sizeOfData(c.Input)
		//workflowcheck:ignore // the sum is the same in any order
		for key, value := range c.Headers {
			n += expr.TextSize(key) + expr.TextSize(value)
		}
		return n
	case OpenTask:
		n := frame + sizeOfData(c.Variables) + expr.TextSize(c.Documentation)
		for _, s := range c.CandidateUsers {
			n += expr.TextSize(s)
		}
		for _, s := range c.CandidateGroups {
			n += expr.TextSize(s)
		}
		return n
	case Subscribe:
		return frame + expr.TextSize(c.Key)
	case PublishMessage:
		return frame + expr.TextSize(c.Key) + sizeOfData(c.Variables)
	case BroadcastSignal:
		return frame + sizeOfData(c.Variables)
	case StartChild:
		return frame + sizeOfData(c.Input)
	case RaiseIncident:
		return frame + expr.TextSize(c.Message)
	case End:
		return frame + expr.TextSize(c.Message) + sizeOfData(c.Variables)
	case CancelActivity, StartTimer, CancelTimer, CloseTask, Unsubscribe, CancelChild, AdoptChild, ClearIncident:
		return frame
	}
	return frame
}

func sizeOfData(vars expr.Variables) int {
	s, _ := expr.Measure(vars)
	return s.Bytes
}

// tagOf returns the word that tells a command in its JSON form.
func tagOf(c Command) string {
	switch c.(type) {
	case RunActivity:
		return "runActivity"
	case CancelActivity:
		return "cancelActivity"
	case StartTimer:
		return "startTimer"
	case CancelTimer:
		return "cancelTimer"
	case OpenTask:
		return "openTask"
	case CloseTask:
		return "closeTask"
	case Subscribe:
		return "subscribe"
	case Unsubscribe:
		return "unsubscribe"
	case PublishMessage:
		return "publishMessage"
	case BroadcastSignal:
		return "broadcastSignal"
	case StartChild:
		return "startChild"
	case CancelChild:
		return "cancelChild"
	case AdoptChild:
		return "adoptChild"
	case RaiseIncident:
		return "raiseIncident"
	case ClearIncident:
		return "clearIncident"
	case End:
		return "end"
	}
	return ""
}

// MarshalJSON writes every command as an object whose field "do" tells which
// it is.
func (o Outbox) MarshalJSON() ([]byte, error) {
	out := []byte{'['}
	for i, c := range o {
		tag := tagOf(c)
		if tag == "" {
			return nil, fmt.Errorf("engine: the command %T has no JSON form", c)
		}
		body, err := json.Marshal(c)
		if err != nil {
			return nil, fmt.Errorf("engine: command %s: %w", tag, err)
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, `{"do":"`+tag+`"`...)
		if len(body) > 2 {
			out = append(out, ',')
		}
		out = append(out, body[1:]...)
	}
	return append(out, ']'), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (o *Outbox) UnmarshalJSON(data []byte) error {
	var list []json.RawMessage
	if err := json.Unmarshal(data, &list); err != nil {
		return err
	}
	*o = nil
	for _, raw := range list {
		c, err := readCommand(raw)
		if err != nil {
			return err
		}
		*o = append(*o, c)
	}
	return nil
}

func readCommand(raw json.RawMessage) (Command, error) {
	var tag struct {
		Do string `json:"do"`
	}
	if err := json.Unmarshal(raw, &tag); err != nil {
		return nil, err
	}
	switch tag.Do {
	case "runActivity":
		return read[RunActivity](raw)
	case "cancelActivity":
		return read[CancelActivity](raw)
	case "startTimer":
		return read[StartTimer](raw)
	case "cancelTimer":
		return read[CancelTimer](raw)
	case "openTask":
		return read[OpenTask](raw)
	case "closeTask":
		return read[CloseTask](raw)
	case "subscribe":
		return read[Subscribe](raw)
	case "unsubscribe":
		return read[Unsubscribe](raw)
	case "publishMessage":
		return read[PublishMessage](raw)
	case "broadcastSignal":
		return read[BroadcastSignal](raw)
	case "startChild":
		return read[StartChild](raw)
	case "cancelChild":
		return read[CancelChild](raw)
	case "adoptChild":
		return read[AdoptChild](raw)
	case "raiseIncident":
		return read[RaiseIncident](raw)
	case "clearIncident":
		return read[ClearIncident](raw)
	case "end":
		return read[End](raw)
	default:
		return nil, fmt.Errorf("engine: unknown command %q", tag.Do)
	}
}

func read[C Command](raw json.RawMessage) (Command, error) {
	var c C
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil, fmt.Errorf("engine: command %s: %w", tagOf(c), err)
	}
	return c, nil
}
