package engine

import (
	"fmt"
	"strings"
)

// maxBrief bounds Brief, in bytes.
const maxBrief = 1024

// Brief says in Markdown what the instance is doing: one line for each place
// where it waits, with the name and the id of the element. It has at most
// 1 KiB.
func (in *Instance) Brief() string {
	switch {
	case in.state.Ended:
		return "Ended."
	case in.root == nil:
		return "Not started."
	}
	var b strings.Builder
	for i := range in.state.Tokens {
		line := in.briefOf(&in.state.Tokens[i])
		rest := len(in.state.Tokens) - i
		if b.Len()+len(line)+len(more(rest)) > maxBrief {
			b.WriteString(more(rest))
			break
		}
		b.WriteString(line)
	}
	if b.Len() == 0 {
		return "On its way."
	}
	return b.String()
}

func more(n int) string { return fmt.Sprintf("- and %d more\n", n) }

// maxBriefName bounds the name of an element within Brief, in bytes.
const maxBriefName = 80

func (in *Instance) briefOf(t *Token) string {
	name := in.nodeOf(t.Element).Name
	if len(name) > maxBriefName {
		name = strings.ToValidUTF8(name[:maxBriefName], "") + "..."
	}
	name = strings.Join(strings.Fields(name), " ")
	doing := waitingText(t.Waiting)
	if t.Waiting == ForIncident {
		doing = "**incident** " + in.incidentOf(t.ID)
	}
	if name == "" {
		return fmt.Sprintf("- `%s` %s\n", t.ID, doing)
	}
	return fmt.Sprintf("- %s `%s` %s\n", name, t.ID, doing)
}

func (in *Instance) incidentOf(token ElementID) string {
	for _, i := range in.state.Incidents {
		if i.Token == token {
			return string(i.ID) + " " + string(i.Kind)
		}
	}
	return ""
}

func waitingText(w Waiting) string {
	switch w {
	case ForActivity:
		return "runs"
	case ForTask:
		return "waits for a person"
	case ForMessage:
		return "waits for a message"
	case ForSignal:
		return "waits for a signal"
	case ForTimer:
		return "waits for a timer"
	case ForEvent:
		return "waits for the first event"
	case ForChild:
		return "waits for a called process"
	case ForScope:
		return "is open"
	case ForJoin:
		return "waits for other tokens"
	case ForIncident:
		return "has an incident"
	}
	return string(w)
}
