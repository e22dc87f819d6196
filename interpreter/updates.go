package interpreter

import (
	"errors"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/perdure/perdure/interpreter/engine"
	"github.com/perdure/perdure/protocol"
)

// listen serves what the outside may send and ask.
func (h *host) listen(ctx workflow.Context) error {
	err := workflow.SetUpdateHandlerWithOptions(ctx, protocol.EventUpdate, h.update,
		workflow.UpdateHandlerOptions{Validator: h.validate})
	if err != nil {
		return err
	}
	if err := workflow.SetQueryHandler(ctx, protocol.StateQuery, h.stateView); err != nil {
		return err
	}
	if err := workflow.SetQueryHandler(ctx, protocol.VariablesQuery, h.variablesView); err != nil {
		return err
	}
	return workflow.SetQueryHandler(ctx, protocol.HistoryQuery, h.historyView)
}

// update queues an event and answers when its consequences are carried out and
// shown, within the same workflow task.
func (h *host) update(ctx workflow.Context, in protocol.Incoming) (protocol.EventResult, error) {
	r := &reply{}
	h.receive(in, r)
	if err := workflow.Await(ctx, func() bool { return r.done }); err != nil {
		return protocol.EventResult{}, err
	}
	return protocol.EventResult{Ended: h.result}, r.err
}

// validate refuses an update before it costs an event. One that comes with the
// very first workflow task cannot be judged yet: it is stepped after the start.
func (h *host) validate(_ workflow.Context, in protocol.Incoming) error {
	ev, err := event(in)
	if err != nil {
		return refusal(&engine.InvalidError{Reason: err.Error()})
	}
	if !h.stepped && len(h.in.Snapshot) == 0 {
		return nil
	}
	return refusal(h.instance.Check(ev))
}

// refusal is the engine's refusal as the outside sees it.
func refusal(err error) error {
	if err == nil {
		return nil
	}
	kind := protocol.ErrTypeInvalid
	switch {
	case errors.Is(err, engine.ErrEnded):
		kind = protocol.ErrTypeEnded
	case errors.Is(err, engine.ErrStale):
		kind = protocol.ErrTypeNotOpen
	}
	return temporal.NewApplicationErrorWithOptions(err.Error(), kind,
		temporal.ApplicationErrorOptions{NonRetryable: true, Category: temporal.ApplicationErrorCategoryBenign})
}
