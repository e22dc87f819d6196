package engine

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/perdure/perdure/interpreter/expr"
)

func (c RunActivity) String() string {
	var b strings.Builder
	words(&b, "run", c.Type, string(c.ID))
	attempt(&b, c.Attempt)
	if c.Queue != "" {
		words(&b, "on", c.Queue)
	}
	if c.Inline {
		words(&b, "inline")
	}
	data(&b, c.Input)
	return b.String()
}

func (c CancelActivity) String() string { return "cancel activity " + string(c.ID) }

func (c StartTimer) String() string { return "timer " + string(c.ID) + " due " + moment(c.Due) }

func (c CancelTimer) String() string { return "cancel timer " + string(c.ID) }

func (c OpenTask) String() string {
	var b strings.Builder
	words(&b, "open task", string(c.ID))
	if c.Assignee != "" {
		words(&b, "for", c.Assignee)
	}
	if len(c.CandidateUsers) > 0 {
		words(&b, "users", strings.Join(c.CandidateUsers, ","))
	}
	if len(c.CandidateGroups) > 0 {
		words(&b, "groups", strings.Join(c.CandidateGroups, ","))
	}
	if c.Due != nil {
		words(&b, "due", moment(*c.Due))
	}
	if c.FollowUp != nil {
		words(&b, "follow-up", moment(*c.FollowUp))
	}
	if c.Priority != 0 {
		words(&b, "priority", strconv.Itoa(c.Priority))
	}
	if c.Form != "" {
		words(&b, "form", c.Form)
	}
	data(&b, c.Variables)
	return b.String()
}

func (c CloseTask) String() string {
	if c.Completed {
		return "close task " + string(c.ID)
	}
	return "cancel task " + string(c.ID)
}

func (c Subscribe) String() string {
	var b strings.Builder
	words(&b, "subscribe", string(c.ID), string(c.Kind), c.Name)
	if c.Key != "" {
		words(&b, "key", c.Key)
	}
	return b.String()
}

func (c Unsubscribe) String() string { return "unsubscribe " + string(c.ID) }

func (c PublishMessage) String() string {
	var b strings.Builder
	words(&b, "publish", string(c.ID), "message", c.Name)
	if c.Key != "" {
		words(&b, "key", c.Key)
	}
	data(&b, c.Variables)
	return b.String()
}

func (c BroadcastSignal) String() string {
	var b strings.Builder
	words(&b, "broadcast", string(c.ID), "signal", c.Name)
	data(&b, c.Variables)
	return b.String()
}

func (c StartChild) String() string {
	var b strings.Builder
	words(&b, "call", c.Process, string(c.ID))
	if c.Version != 0 {
		words(&b, "version", strconv.Itoa(c.Version))
	}
	if c.BusinessKey != "" {
		words(&b, "key", c.BusinessKey)
	}
	attempt(&b, c.Attempt)
	data(&b, c.Input)
	return b.String()
}

func (c CancelChild) String() string { return "cancel call " + string(c.ID) }

func (c AdoptChild) String() string {
	var b strings.Builder
	words(&b, "adopt call", string(c.ID))
	attempt(&b, c.Attempt)
	return b.String()
}

func (c RaiseIncident) String() string {
	var b strings.Builder
	words(&b, "incident", string(c.ID), string(c.Kind), "at", string(c.Instance)+":", c.Message)
	return b.String()
}

func (c ClearIncident) String() string { return "clear incident " + string(c.ID) + ": " + c.Action }

func (c End) String() string {
	var b strings.Builder
	words(&b, string(c.Outcome))
	if c.ErrorCode != "" {
		words(&b, c.ErrorCode)
	}
	if c.Message != "" {
		words(&b, strconv.Quote(c.Message))
	}
	data(&b, c.Variables)
	return b.String()
}

func words(b *strings.Builder, words ...string) {
	for _, w := range words {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(w)
	}
}

func attempt(b *strings.Builder, n int) {
	if n > 1 {
		words(b, "attempt", strconv.Itoa(n))
	}
}

// maxData bounds the variables in a line of trace.
const maxData = 512

func data(b *strings.Builder, vars expr.Variables) {
	if vars == nil {
		return
	}
	text, err := json.Marshal(vars)
	if err != nil {
		text = []byte(strconv.Quote(err.Error()))
	}
	if len(text) > maxData {
		text = append(text[:maxData:maxData], "..."...)
	}
	words(b, strings.ToValidUTF8(string(text), ""))
}

func moment(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
