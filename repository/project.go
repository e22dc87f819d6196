package repository

import (
	"context"
	"errors"

	"github.com/perdure/perdure/protocol"
)

// Project applies a batch, once.
func (r *Repository) Project(ctx context.Context, b protocol.Batch) (protocol.BatchResult, error) {
	return protocol.BatchResult{}, errors.ErrUnsupported
}

// EndInstance records the end of an instance whose workflow could not.
func (r *Repository) EndInstance(ctx context.Context, actor protocol.Actor, id string, result protocol.Result) (Instance, error) {
	return Instance{}, errors.ErrUnsupported
}
