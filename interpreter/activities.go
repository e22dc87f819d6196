package interpreter

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/perdure/perdure/interpreter/engine"
	"github.com/perdure/perdure/interpreter/expr"
	"github.com/perdure/perdure/protocol"
)

// inlineTimeout bounds a job that runs inside a workflow task. A slower one is
// done again as an ordinary activity.
const inlineTimeout = 5 * time.Second

// summaryRunes is what Temporal's web UI shows of a summary.
const summaryRunes = 200

// runActivity starts the work of a task. Its outcome comes back through the
// inbox.
func (h *host) runActivity(ctx workflow.Context, c engine.RunActivity) {
	ctx, cancel := workflow.WithCancel(ctx)
	h.activities[c.ID] = cancel
	info := h.taskInfo(c)
	ctx = workflow.WithValue(ctx, taskInfoKey{}, info)
	future := h.schedule(ctx, c)
	workflow.Go(ctx, func(ctx workflow.Context) {
		result, err := h.await(ctx, c, future, info.Trace)
		if _, open := h.activities[c.ID]; !open {
			return // withdrawn
		}
		delete(h.activities, c.ID)
		h.push(delivery{event: outcome(c.ID, result, err)})
	})
}

// schedule issues the Temporal command: a local activity if the job is inline
// and this worker serves it, else an activity.
func (h *host) schedule(ctx workflow.Context, c engine.RunActivity) workflow.Future {
	input := encode(c.Input)
	if inline(c) {
		ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
			ScheduleToCloseTimeout: min(inlineTimeout, c.Timeout),
			RetryPolicy:            &temporal.RetryPolicy{MaximumAttempts: 1},
			Summary:                summary(c.Name, c.Element),
		})
		return workflow.ExecuteLocalActivity(ctx, c.Type, input)
	}
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		ActivityID:          activityID(c),
		TaskQueue:           c.Queue,
		StartToCloseTimeout: c.Timeout,
		HeartbeatTimeout:    c.Heartbeat,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval:    c.Retry.Interval,
			BackoffCoefficient: c.Retry.Backoff,
			MaximumInterval:    c.Retry.MaxInterval,
			MaximumAttempts:    int32(c.Retry.MaxAttempts),
		},
		Summary: summary(c.Name, c.Element),
	})
	return workflow.ExecuteActivity(ctx, c.Type, input)
}

// inline says that a job runs within the workflow task: this worker serves it.
func inline(c engine.RunActivity) bool { return c.Inline && c.Queue == "" }

// await waits for the outcome. An inline job that failed technically is done
// again as an ordinary activity, which has the retries.
func (h *host) await(ctx workflow.Context, c engine.RunActivity, f workflow.Future, trace string) (any, error) {
	var raw converter.RawValue
	err := f.Get(ctx, &raw)
	if _, thrown := bpmnError(err); err != nil && !thrown && inline(c) && ctx.Err() == nil {
		c.Inline = false
		err = h.schedule(ctx, c).Get(ctx, &raw)
	}
	if err != nil {
		return nil, err
	}
	return decodeResult(raw, trace)
}

// decodeResult reads a result and compares the trace hash that the worker's
// shim echoed with the one that this replay arrived at.
func decodeResult(raw converter.RawValue, trace string) (any, error) {
	payload := raw.Payload()
	if payload == nil {
		return nil, nil
	}
	if echo := string(payload.GetMetadata()[protocol.TraceMetadata]); echo != "" && echo != trace {
		panic(fmt.Sprintf("interpreter: replay divergence: the activity was scheduled at trace %s, now at %s", echo, trace))
	}
	switch encoding := string(payload.GetMetadata()[converter.MetadataEncoding]); encoding {
	case converter.MetadataEncodingNil:
		return nil, nil
	case converter.MetadataEncodingJSON, converter.MetadataEncodingProtoJSON:
		value, err := expr.Decode(payload.GetData())
		if err != nil {
			return nil, fmt.Errorf("the result cannot be read: %w", err)
		}
		return value, nil
	default:
		return nil, fmt.Errorf("the result is %s; only JSON can become variables", encoding)
	}
}

// outcome translates what Temporal reports into the engine's words.
func outcome(id engine.ElementID, result any, err error) engine.Event {
	if err == nil {
		return engine.ActivityCompleted{ID: id, Result: result}
	}
	failed := engine.ActivityFailed{ID: id, Message: rootMessage(err)}
	if app, ok := bpmnError(err); ok {
		failed.ErrorCode = strings.TrimPrefix(app.Type(), protocol.BPMNErrorPrefix)
		failed.Message = app.Message()
		var data converter.RawValue
		if app.HasDetails() && app.Details(&data) == nil {
			if v, err := expr.DecodeVariables(data.Payload().GetData()); err == nil {
				failed.Data = v
			}
		}
	}
	return failed
}

// rootMessage is the innermost message: what the activity said, without the
// layers that Temporal puts around it.
func rootMessage(err error) string {
	if app, ok := errors.AsType[*temporal.ApplicationError](err); ok {
		return app.Message()
	}
	if timeout, ok := errors.AsType[*temporal.TimeoutError](err); ok {
		return "time-out: " + timeout.TimeoutType().String()
	}
	return err.Error()
}

// bpmnError returns the BPMN error that an activity has thrown, if it has.
func bpmnError(err error) (*temporal.ApplicationError, bool) {
	app, ok := errors.AsType[*temporal.ApplicationError](err)
	return app, ok && strings.HasPrefix(app.Type(), protocol.BPMNErrorPrefix)
}

func (h *host) cancelActivity(id engine.ElementID) {
	if cancel, ok := h.activities[id]; ok {
		delete(h.activities, id)
		cancel()
	}
}

func (h *host) taskInfo(c engine.RunActivity) protocol.TaskInfo {
	return protocol.TaskInfo{
		ElementInstance: string(c.ID),
		Process:         h.in.Definition.Key,
		BusinessKey:     h.in.BusinessKey,
		Headers:         c.Headers,
		Trace:           h.instance.Trace(),
	}
}

// activityID is the element instance id, with the attempt after an incident.
func activityID(c engine.RunActivity) string {
	if c.Attempt <= 1 {
		return string(c.ID)
	}
	return fmt.Sprintf("%s@%d", c.ID, c.Attempt)
}

// summary is what Temporal's web UI shows beside an activity, timer or child.
func summary(name, element string) string {
	if name == "" {
		return element
	}
	text := []rune(name + " · " + element)
	return string(text[:min(len(text), summaryRunes)])
}
