package engine

import (
	"fmt"
	"time"

	"github.com/perdure/perdure/bpmn"
)

// Entry is one line of the trace: what a token did, what happened, or what the
// host was asked to do.
type Entry struct {
	// Verb is one of
	//
	//	enter leave take wait abort throw   what a token does
	//	done fails fires catch              what has happened to it
	//	fixed set stop                      what a person did
	//	=>                                  a command
	Verb string
	// Element is the id of the flow node or sequence flow, Name its name.
	Element, Name string
	// ID is the activation, where the line is about one.
	ID ElementID
	// Detail is the text of a command or of a failure, the code of an error,
	// or the sequence flow by which a node is entered.
	Detail string
}

// String is the line as traces and scripts show it.
func (e Entry) String() string {
	what := e.Element
	if e.ID != "" {
		what = string(e.ID)
	}
	switch {
	case e.Verb == "=>":
		return "  => " + e.Detail
	case what == "" && e.Detail == "":
		return e.Verb
	case e.Verb == "enter" || e.Detail == "":
		return fmt.Sprintf("%-5s %s", e.Verb, what)
	case what == "":
		return fmt.Sprintf("%-5s %s", e.Verb, e.Detail)
	default:
		return fmt.Sprintf("%-5s %s %s", e.Verb, what, e.Detail)
	}
}

// line adds a line about a node to the trace.
func (in *Instance) line(verb string, n *node, id ElementID, detail string) {
	in.fold(verb)
	in.fold(n.ID)
	in.fold(string(id))
	in.fold(detail)
	if in.opt.Trace != nil {
		in.opt.Trace(Entry{Verb: verb, Element: n.ID, Name: n.Name, ID: id, Detail: detail})
	}
}

// lineTake adds a line about a sequence flow that is taken.
func (in *Instance) lineTake(f *bpmn.Flow) {
	in.fold("take")
	in.fold(f.ID)
	if in.opt.Trace != nil {
		in.opt.Trace(Entry{Verb: "take", Element: f.ID, Name: f.Name})
	}
}

// lineDrop adds a line about a token that is aborted on its way.
func (in *Instance) lineDrop(a arrival) {
	if a.flow == nil {
		return
	}
	in.fold("abort")
	in.fold(a.flow.ID)
	if in.opt.Trace != nil {
		in.opt.Trace(Entry{Verb: "abort", Element: a.flow.ID, Name: a.flow.Name})
	}
}

// lineEnter adds the line about a node that is entered.
func (in *Instance) lineEnter(n *node, by *bpmn.Flow) {
	via := ""
	if by != nil {
		via = by.ID
	}
	in.line("enter", n, "", via)
}

// remark adds a line that is about no node.
func (in *Instance) remark(verb, detail string) {
	in.fold(verb)
	in.fold(detail)
	if in.opt.Trace != nil {
		in.opt.Trace(Entry{Verb: verb, Detail: detail})
	}
}

// The hash of the trace is FNV-1a with 64 bits over the words of every line.
const (
	hashOffset = 14695981039346656037
	hashPrime  = 1099511628211
)

// fold adds one word and a separator to the hash of the trace.
func (in *Instance) fold(word string) {
	h := in.state.Trace
	for i := range len(word) {
		h = (h ^ uint64(word[i])) * hashPrime
	}
	in.state.Trace = (h ^ 0xff) * hashPrime
}

// foldNumber adds a number to the hash of the trace.
func (in *Instance) foldNumber(n int64) {
	h := in.state.Trace
	for u, i := uint64(n), 0; i < 8; i++ {
		h = (h ^ u&0xff) * hashPrime
		u >>= 8
	}
	in.state.Trace = h
}

func (in *Instance) foldTime(t time.Time) {
	in.foldNumber(t.Unix())
	in.foldNumber(int64(t.Nanosecond()))
}

// foldCommand adds a command to the hash: what it asks for, not its data.
func (in *Instance) foldCommand(c Command) {
	in.fold("=>")
	switch c := c.(type) {
	case RunActivity:
		in.fold("run")
		in.fold(string(c.ID))
		in.fold(c.Type)
		in.fold(c.Queue)
		in.foldNumber(int64(c.Attempt))
	case CancelActivity:
		in.fold("cancel")
		in.fold(string(c.ID))
	case StartTimer:
		in.fold("timer")
		in.fold(string(c.ID))
		in.foldTime(c.Due)
	case CancelTimer:
		in.fold("cancel timer")
		in.fold(string(c.ID))
	case OpenTask:
		in.fold("open")
		in.fold(string(c.ID))
	case CloseTask:
		in.fold("close")
		in.fold(string(c.ID))
	case Subscribe:
		in.fold("subscribe")
		in.fold(string(c.ID))
		in.fold(c.Name)
		in.fold(c.Key)
	case Unsubscribe:
		in.fold("unsubscribe")
		in.fold(string(c.ID))
	case PublishMessage:
		in.fold("publish")
		in.fold(string(c.ID))
		in.fold(c.Name)
		in.fold(c.Key)
	case BroadcastSignal:
		in.fold("broadcast")
		in.fold(string(c.ID))
		in.fold(c.Name)
	case StartChild:
		in.fold("call")
		in.fold(string(c.ID))
		in.fold(c.Process)
		in.foldNumber(int64(c.Attempt))
	case CancelChild:
		in.fold("cancel call")
		in.fold(string(c.ID))
	case AdoptChild:
		in.fold("adopt")
		in.fold(string(c.ID))
	case RaiseIncident:
		in.fold("incident")
		in.fold(string(c.ID))
		in.fold(string(c.Kind))
		in.fold(string(c.Instance))
	case ClearIncident:
		in.fold("clear")
		in.fold(string(c.ID))
		in.fold(c.Action)
	case End:
		in.fold("end")
		in.fold(string(c.Outcome))
		in.fold(c.ErrorCode)
	}
}

// Trace returns the hash of every step and command so far, as 16 hexadecimal
// digits. Two runs of one instance with equal hashes took the same way.
func (in *Instance) Trace() string { return fmt.Sprintf("%016x", in.state.Trace) }
