package repository

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"net/url"
	"path/filepath"

	"github.com/google/uuid"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// sqliteDB writes through one connection, because SQLite has one writer at a
// time anyway, and reads through others, which the writer does not block.
type sqliteDB struct {
	writers, readers *sql.DB
	writer           *writer
}

// openSQLite opens a file, or ":memory:".
func openSQLite(ctx context.Context, path string, o Options) (database, error) {
	if path == "" {
		return nil, errors.New("sqlite: the path is empty")
	}
	if path == ":memory:" {
		return openSQLiteMemory(ctx, o)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	file := url.URL{Scheme: "file", Path: filepath.ToSlash(path)}
	d := &sqliteDB{}
	if d.writers, err = openPool(file, 1, nil); err != nil {
		return nil, err
	}
	if err := migrateSQLite(ctx, d.writers, o.Logger); err != nil {
		return nil, errors.Join(err, d.writers.Close())
	}
	d.readers, err = openPool(file, cmp.Or(max(o.MaxConnections, 0), 4), []string{"query_only(1)"})
	if err != nil {
		return nil, errors.Join(err, d.writers.Close())
	}
	return d.ready(ctx)
}

// openSQLiteMemory reads and writes through one connection: between several,
// the shared cache of SQLite locks whole tables.
func openSQLiteMemory(ctx context.Context, o Options) (database, error) {
	name := url.URL{
		Scheme: "file", Opaque: "perdure-" + uuid.NewString(),
		RawQuery: url.Values{"mode": {"memory"}, "cache": {"shared"}}.Encode(),
	}
	pool, err := openPool(name, 2, nil)
	if err != nil {
		return nil, err
	}
	if err := migrateSQLite(ctx, pool, o.Logger); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	d := &sqliteDB{writers: pool}
	return d.ready(ctx)
}

// openPool prepares connections to one database. Every write transaction takes
// its lock at its beginning, so that none fails half-way.
func openPool(name url.URL, size int, pragmas []string) (*sql.DB, error) {
	q := name.Query()
	q.Set("_txlock", "immediate")
	for _, pragma := range append([]string{
		"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
		"temp_store(MEMORY)", "cache_size(-16000)", "wal_autocheckpoint(2000)",
	}, pragmas...) {
		q.Add("_pragma", pragma)
	}
	name.RawQuery = q.Encode()
	pool, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	return pool, nil
}

func (d *sqliteDB) ready(ctx context.Context) (database, error) {
	w, err := startWriter(ctx, d.writers)
	if err != nil {
		if d.readers != nil {
			err = errors.Join(err, d.readers.Close())
		}
		return nil, errors.Join(err, d.writers.Close())
	}
	d.writer = w
	return d, nil
}

func (d *sqliteDB) dialect() string { return "sqlite" }

func (d *sqliteDB) reader() session {
	if d.readers == nil {
		return throughWriter{d.writer}
	}
	return statements{d.readers}
}

// throughWriter reads in turn with those who write.
type throughWriter struct{ w *writer }

func (r throughWriter) exec(ctx context.Context, query string, args []any) (n int64, err error) {
	err = r.w.transact(ctx, relaxed, func(ctx context.Context, s session) error {
		n, err = s.exec(ctx, query, args)
		return err
	})
	return n, err
}

func (r throughWriter) query(ctx context.Context, query string, args []any, each func(row) error) error {
	return r.w.transact(ctx, relaxed, func(ctx context.Context, s session) error {
		return s.query(ctx, query, args, each)
	})
}

func (d *sqliteDB) transact(ctx context.Context, durability durability, fn func(context.Context, session) error) error {
	return d.writer.transact(ctx, durability, fn)
}

// lock has nothing to do: there is one writer.
func (d *sqliteDB) lock(context.Context, session, []lock) error { return nil }

func (d *sqliteDB) transient(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	primary := e.Code() & 0xff
	return primary == sqlite3.SQLITE_BUSY || primary == sqlite3.SQLITE_LOCKED
}

func (d *sqliteDB) ping(ctx context.Context) error {
	_, err := first(ctx, d.reader(), scanInt, "SELECT 1")
	return err
}

func (d *sqliteDB) close() error {
	err := d.writer.close()
	if d.readers != nil {
		err = errors.Join(err, d.readers.Close())
	}
	return errors.Join(err, d.writers.Close())
}
