package repository

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// Options are the options of Open. The zero value works.
type Options struct {
	// Logger is told about migrations; slog.Default if nil.
	Logger *slog.Logger
	// MaxConnections bounds the connections to PostgreSQL, and those that
	// read from SQLite; 16 and 4 if not positive.
	MaxConnections int
}

// Repository is an open flow repository. It may be used by many goroutines, and
// several processes may have the same one open.
type Repository struct {
	db       database
	watchers *watchers

	now func() time.Time
	// begun and committing run inside each transaction, first and last. Tests
	// observe transactions by them.
	begun, committing func(*tx) error
}

// Open opens the repository at url and brings its tables up to date; several
// processes may do so at once. The url is sqlite:PATH, sqlite::memory: (gone
// with Close), or postgres://USER:PASSWORD@HOST/DATABASE?OPTIONS.
func Open(ctx context.Context, url string, o Options) (*Repository, error) {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	var db database
	var err error
	switch scheme, rest, _ := strings.Cut(url, ":"); scheme {
	case "sqlite":
		db, err = openSQLite(ctx, rest, o)
	case "postgres", "postgresql":
		db, err = openPostgres(ctx, url, o)
	default:
		// The url itself may hold a password.
		err = errors.New("the url is neither a sqlite: nor a postgres: one")
	}
	if err != nil {
		return nil, fmt.Errorf("repository: open: %w", err)
	}
	nothing := func(*tx) error { return nil }
	return &Repository{db: db, watchers: newWatchers(), now: time.Now, begun: nothing, committing: nothing}, nil
}

// Close closes all connections. Nothing may be called afterwards.
func (r *Repository) Close() error { return r.db.close() }

// Ping says whether the database answers.
func (r *Repository) Ping(ctx context.Context) error { return r.db.ping(ctx) }

// Dialect is "sqlite" or "postgres".
func (r *Repository) Dialect() string { return r.db.dialect() }
