package activities

import (
	"context"
	"errors"
	"fmt"

	"github.com/perdure/perdure/protocol"
)

// Resolve serves protocol.ResolveActivity. A process that does not exist is a
// final failure of type ErrTypeNotFound: a person must deploy it first.
func (a *repositoryActivities) Resolve(ctx context.Context, query protocol.Resolve) (protocol.Definition, error) {
	definition, err := a.repository.Resolve(ctx, query)
	if err != nil {
		err = fmt.Errorf("resolve process %s: %w", query.Process, err)
		if a.notFound != nil && errors.Is(err, a.notFound) {
			err = final(ErrTypeNotFound, err)
		}
		return protocol.Definition{}, err
	}
	return definition, nil
}
