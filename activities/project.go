package activities

import (
	"context"
	"fmt"

	"github.com/perdure/perdure/protocol"
)

// Repository is what the activities need from the repository.
type Repository interface {
	// Project applies a batch in one transaction, and once.
	Project(ctx context.Context, batch protocol.Batch) (protocol.BatchResult, error)
	// Resolve answers which definition a call activity calls.
	Resolve(ctx context.Context, query protocol.Resolve) (protocol.Definition, error)
}

type repositoryActivities struct {
	repository Repository
	notFound   error
}

// Project serves protocol.ProjectActivity. Every failure is tried again: the
// batch is right, and the repository will be back.
func (a *repositoryActivities) Project(ctx context.Context, batch protocol.Batch) (protocol.BatchResult, error) {
	result, err := a.repository.Project(ctx, batch)
	if err != nil {
		return protocol.BatchResult{}, fmt.Errorf("project batch %d of instance %s: %w", batch.Sequence, batch.Instance, err)
	}
	return result, nil
}
