package dispatch

import (
	"context"
	"errors"
	"strings"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/perdure/perdure/protocol"
	"github.com/perdure/perdure/repository"
)

// Start starts the workflow of an instance whose row is committed; Run notes
// soon after that it did. An instance that has been started before is a success: Start may
// be repeated by anybody at any time.
func (d *Dispatcher) Start(ctx context.Context, in repository.Instance) error {
	_, err, _ := d.flights.Do("start "+in.ID, func() (any, error) { return nil, d.start(ctx, in) })
	return err
}

func (d *Dispatcher) start(ctx context.Context, in repository.Instance) error {
	definition, err := d.definition(ctx, in.ProcessID)
	if err != nil {
		return err
	}
	_, err = d.client.ExecuteWorkflow(ctx, d.startOptions(in), protocol.ProcessWorkflow, protocol.Input{
		Definition: definition, Instance: in.ID, BusinessKey: in.BusinessKey, Start: in.StartElement,
		Variables: in.Input, StartedBy: in.StartedBy,
	})
	if _, started := errors.AsType[*serviceerror.WorkflowExecutionAlreadyStarted](err); err != nil && !started {
		d.counters.startsFailed.Add(1)
		return unavailable(err)
	}
	d.counters.starts.Add(1)
	d.marks.add(in.ID)
	return nil
}

func (d *Dispatcher) startOptions(in repository.Instance) client.StartWorkflowOptions {
	attributes := []temporal.SearchAttributeUpdate{
		temporal.NewSearchAttributeKeyKeyword(protocol.ProcessAttribute).ValueSet(in.Key),
		temporal.NewSearchAttributeKeyInt64(protocol.VersionAttribute).ValueSet(int64(in.Version)),
	}
	if in.BusinessKey != "" {
		attributes = append(attributes,
			temporal.NewSearchAttributeKeyKeyword(protocol.BusinessKeyAttribute).ValueSet(in.BusinessKey))
	}
	return client.StartWorkflowOptions{
		ID:                       in.ID,
		TaskQueue:                d.options.TaskQueue,
		WorkflowIDReusePolicy:    enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		EnableEagerStart:         true,
		TypedSearchAttributes:    temporal.NewSearchAttributes(attributes...),
		StaticSummary:            summary(in),
	}
}

// summary is what Temporal's own list shows for an instance.
func summary(in repository.Instance) string {
	name := in.ProcessName
	if name == "" {
		name = in.Key
	}
	text := strings.Join(strings.Fields(name+" "+in.BusinessKey), " ")
	if runes := []rune(text); len(runes) > maxSummary {
		return string(runes[:maxSummary-1]) + "…"
	}
	return text
}

// Temporal refuses a summary of more than 400 bytes; a rune has at most four.
const maxSummary = 100

// definition answers the immutable definition of a process version.
func (d *Dispatcher) definition(ctx context.Context, processID string) (protocol.Definition, error) {
	d.mu.Lock()
	known, ok := d.definitions[processID]
	d.mu.Unlock()
	if ok {
		return known, nil
	}
	definition, err := d.repository.Definition(ctx, processID)
	if err != nil {
		return protocol.Definition{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.definitions) >= maxDefinitions {
		clear(d.definitions)
	}
	d.definitions[processID] = definition
	return definition, nil
}

// maxDefinitions bounds what one process remembers.
const maxDefinitions = 10_000
