package interpreter

import (
	"encoding/json"

	"github.com/perdure/perdure/protocol"
)

// stateView answers protocol.StateQuery.
func (h *host) stateView() (protocol.StateView, error) {
	state := h.instance.State()
	view := protocol.StateView{Tokens: []protocol.TokenView{}, Variables: h.processVariables()}
	for _, t := range state.Tokens {
		node := h.def.Graph().Node(t.Element)
		view.Tokens = append(view.Tokens, protocol.TokenView{
			ID: string(t.ID), Element: t.Element, Name: node.Name, Kind: string(node.Kind), Waiting: string(t.Waiting),
		})
	}
	for _, t := range state.Timers {
		view.Timers = append(view.Timers, protocol.TimerView{ID: string(t.ID), Element: t.Element, Due: t.Due})
	}
	for _, i := range state.Incidents {
		view.Incidents = append(view.Incidents, protocol.IncidentView{
			ID: string(i.ID), Element: i.Element, Kind: string(i.Kind), Message: i.Message,
		})
	}
	return view, nil
}

// variablesView answers protocol.VariablesQuery: the variables of the process.
func (h *host) variablesView() (json.RawMessage, error) { return h.processVariables(), nil }

func (h *host) processVariables() json.RawMessage {
	if scopes := h.instance.State().Scopes; len(scopes) > 0 && len(scopes[0].Variables) > 0 {
		return encode(scopes[0].Variables)
	}
	if h.result != nil && h.result.Variables != nil {
		return h.result.Variables
	}
	return json.RawMessage("{}")
}

// historyView answers protocol.HistoryQuery.
func (h *host) historyView() ([]protocol.HistoryEntry, error) { return h.history.entries(), nil }
