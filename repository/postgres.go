package repository

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"hash/fnv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// postgresDB runs its transactions at PostgreSQL's default isolation level,
// read committed: unique keys, conditional updates and advisory locks decide
// the races.
type postgresDB struct{ pool *sql.DB }

func openPostgres(ctx context.Context, url string, o Options) (database, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		// What pgx says here has the password left out.
		return nil, err
	}
	if err := migratePostgres(ctx, config, o.Logger); err != nil {
		return nil, err
	}
	// A server that hangs must not hang us: these are far above anything that
	// a statement of this package needs.
	for name, limit := range map[string]string{
		"statement_timeout":                   "30s",
		"lock_timeout":                        "10s",
		"idle_in_transaction_session_timeout": "60s",
		"application_name":                    "perdure",
	} {
		if config.RuntimeParams[name] == "" {
			config.RuntimeParams[name] = limit
		}
	}
	pool := stdlib.OpenDB(*config)
	size := cmp.Or(max(o.MaxConnections, 0), 16)
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	return &postgresDB{pool: pool}, nil
}

func (d *postgresDB) dialect() string { return "postgres" }

func (d *postgresDB) reader() session { return statements{d.pool} }

func (d *postgresDB) transact(ctx context.Context, _ durability, fn func(context.Context, session) error) error {
	t, err := d.pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = t.Rollback() }() // does nothing after a commit
	if err := fn(ctx, statements{t}); err != nil {
		return err
	}
	return t.Commit()
}

// lock takes advisory locks that end with the transaction. Two names with one
// hash wait for each other without need, and nothing worse.
func (d *postgresDB) lock(ctx context.Context, s session, locks []lock) error {
	for _, l := range locks {
		query := "SELECT 1 FROM pg_advisory_xact_lock_shared($1)"
		if l.exclusive {
			query = "SELECT 1 FROM pg_advisory_xact_lock($1)"
		}
		h := fnv.New64a()
		_, _ = h.Write([]byte(l.name)) // never fails
		if _, err := first(ctx, s, scanInt, query, int64(h.Sum64())); err != nil {
			return err
		}
	}
	return nil
}

// transient: serialization failure, deadlock (PostgreSQL 15, appendix A).
func (d *postgresDB) transient(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == "40001" || e.Code == "40P01")
}

func (d *postgresDB) ping(ctx context.Context) error { return d.pool.PingContext(ctx) }

func (d *postgresDB) close() error { return d.pool.Close() }
