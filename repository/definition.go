package repository

import (
	"context"

	"github.com/perdure/perdure/protocol"
)

// Definition answers what a workflow of this version is started with. Unlike
// ProcessByRef it knows deleted versions too: the instances that were started
// before the deletion go on.
func (r *Repository) Definition(ctx context.Context, processID string) (protocol.Definition, error) {
	p, err := first(ctx, r.db.reader(), scanProcess, `SELECT `+processColumns+` FROM processes WHERE id = $1`, processID)
	return p.Definition(), missing(err, "process", processID)
}
