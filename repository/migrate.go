package repository

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrateSQLite needs no lock: each migration commits together with its number,
// which is unique, so of two processes that apply the same one, one fails and
// looks again.
func migrateSQLite(ctx context.Context, pool *sql.DB, log *slog.Logger) error {
	var err error
	for attempt := 1; attempt <= attempts; attempt++ {
		if err = migrate(ctx, goose.DialectSQLite3, pool, log); err == nil {
			return nil
		}
		if perr := pause(ctx, attempt); perr != nil {
			return errors.Join(err, perr)
		}
	}
	return err
}

// migratePostgres uses connections of its own, because those of the pool limit
// how long a statement may run.
func migratePostgres(ctx context.Context, config *pgx.ConnConfig, log *slog.Logger) error {
	pool := stdlib.OpenDB(*config)
	err := migrate(ctx, goose.DialectPostgres, pool, log, goose.WithSessionLocker(advisory{}))
	return errors.Join(err, pool.Close())
}

func migrate(ctx context.Context, dialect goose.Dialect, pool *sql.DB, log *slog.Logger, o ...goose.ProviderOption) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(dialect, pool, files, o...)
	if err != nil {
		return err
	}
	applied, err := provider.Up(ctx)
	for _, m := range applied {
		log.InfoContext(ctx, "repository migrated", slog.String("migration", m.Source.Path), slog.Duration("took", m.Duration))
	}
	return err
}

// advisory lets one process migrate while the others wait.
type advisory struct{}

// migrationLock is any number that no other program locks in this database.
const migrationLock = 0x7065726475726501

// SessionLock waits until it is this process's turn.
func (advisory) SessionLock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", int64(migrationLock))
	return err
}

// SessionUnlock lets the next process in.
func (advisory) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, "SELECT pg_advisory_unlock($1)", int64(migrationLock))
	return err
}
