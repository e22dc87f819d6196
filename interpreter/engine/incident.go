package engine

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/perdure/perdure/bpmn"
	"github.com/perdure/perdure/interpreter/expr"
)

// fault is something within a process that a person must put right.
type fault struct {
	kind    IncidentKind
	message string
}

func (f *fault) Error() string { return f.message }

// kindOf tells what kind of incident an error is.
func kindOf(err error) IncidentKind {
	if f, ok := errors.AsType[*fault](err); ok {
		return f.kind
	}
	if _, ok := errors.AsType[*expr.BoundsError](err); ok {
		return DataIncident
	}
	if _, ok := errors.AsType[*expr.BudgetError](err); ok {
		return BudgetIncident
	}
	return ExpressionIncident
}

// maxMessage bounds the message of an incident, in bytes.
const maxMessage = 1000

// hold parks a token with an incident. A retry begins at the stage.
func (in *Instance) hold(v visit, stage Stage, err error, r result) {
	if v.open && stage == Entering {
		stage = Working
	}
	if s, depth := expr.Measure(r.value); s.Check() != nil || depth > expr.MaxValueDepth {
		// Too large to keep. Check lets such data in only from a job or a call,
		// which can be done again.
		r, stage = result{}, Working
	}
	t := in.park(&v, ForIncident)
	t.Stage = stage
	t.Held = r.held()
	if v.flow != nil {
		t.Flow = v.flow.ID
	}
	in.raise(t, v.node, kindOf(err), err.Error())
}

// raise adds the incident of a token.
func (in *Instance) raise(t *Token, n *node, kind IncidentKind, message string) {
	if len(message) > maxMessage {
		message = strings.ToValidUTF8(message[:maxMessage], "") + "..."
	}
	in.state.Next++
	i := Incident{
		ID: IncidentID("!" + strconv.FormatUint(in.state.Next, 10)), Token: t.ID, Element: n.ID,
		Kind: kind, Message: message, Attempt: t.Attempt,
	}
	in.state.Incidents = append(in.state.Incidents, i)
	in.emit(RaiseIncident{
		ID: i.ID, Instance: i.Token, Element: i.Element, Kind: i.Kind, Message: i.Message, Attempt: i.Attempt,
	}, n)
}

// holdBack turns the tokens that are on their way into incidents, equal ones
// into one: they would be on their way for ever.
func (in *Instance) holdBack() {
	kinds := map[arrival]int{}
	var list []arrival
	for _, a := range in.todo[in.next:] {
		if kinds[a] == 0 {
			list = append(list, a)
		}
		kinds[a]++
		a.scope.live--
	}
	in.todo, in.next = in.todo[:0], 0
	why := in.whyEndless()
	in.state.Steps, in.state.Quiet = 0, 0
	for _, a := range list {
		v := visit{node: a.node, scope: a.scope, flow: a.flow}
		if kinds[a] > 1 {
			v.count = kinds[a]
		}
		t := in.park(&v, ForIncident)
		t.Stage = Arriving
		if a.flow != nil {
			t.Flow = a.flow.ID
		}
		in.raise(t, a.node, LoopIncident, why)
	}
}

func (in *Instance) whyEndless() string {
	switch {
	case in.state.Quiet >= MaxQuietSteps:
		return fmt.Sprintf("%d steps without waiting and without a variable that changes: the loop would never end", in.state.Quiet)
	case in.state.Steps >= MaxTotalSteps:
		return fmt.Sprintf("%d steps without waiting", in.state.Steps)
	default:
		return fmt.Sprintf("more than %d tokens at a time", MaxTokens)
	}
}

// incident returns the place of an open incident, or -1.
func (in *Instance) incident(id IncidentID) int {
	for i := range in.state.Incidents {
		if in.state.Incidents[i].ID == id {
			return i
		}
	}
	return -1
}

// incidentResolved does what a person chose.
func (in *Instance) incidentResolved(ev IncidentResolved) {
	at := in.incident(ev.ID)
	i := in.state.Incidents[at]
	v, t := in.unpark(i.Token)
	in.remark("fixed", string(i.ID)+" "+string(ev.Action))
	in.state.Incidents = remove(in.state.Incidents, at)
	in.emit(ClearIncident{ID: i.ID, Action: string(ev.Action)}, v.node)
	switch ev.Action {
	case Retry:
		in.mustAssign(v.scope, fields(ev.Variables))
		in.again(v, &t)
	case CompleteTask:
		r := resultOf(t.Held) // of an error the code stays known
		r.value, r.given = map[string]any(ev.Variables), true
		in.skip(v, &t, r)
	case ThrowError:
		in.throwOrHold(v, bpmnError{code: ev.ErrorCode, data: ev.Variables}, t.Stage, resultOf(t.Held))
	case Skip:
		in.mustAssign(v.scope, fields(ev.Variables))
		in.skip(v, &t, result{})
	}
}

// again does the step of a token once more, from the stage where it broke off.
func (in *Instance) again(v visit, t *Token) {
	switch t.Stage {
	case Arriving:
		for range t.count() {
			in.arrive(v.node, v.flow, v.scope)
		}
	case Joining:
		in.wait(v)
	case Entering, Working:
		v.attempt++
		in.activate(v)
	case Finishing:
		if v.node.Kind == bpmn.SubProcess {
			in.leaveScope(v, in.scopes[v.id])
			return
		}
		in.finish(v, resultOf(t.Held))
	case Leaving:
		in.leave(v)
	}
}

// skip takes the step of a token as done.
func (in *Instance) skip(v visit, t *Token, r result) {
	if s := in.scopes[v.id]; s != nil && v.node.Kind == bpmn.SubProcess {
		in.dropScope(s)
	}
	if t.Stage == Arriving {
		for range t.count() {
			in.lineEnter(v.node, v.flow)
		}
	}
	if t.Stage == Joining {
		in.takeJoined(v.scope, v.node, v.flow)
	}
	v.count = 0
	for range t.count() {
		if r.given {
			in.finish(v, r)
		} else {
			in.close(v)
			in.leave(v)
		}
		v.id = "" // of the first one
	}
}
