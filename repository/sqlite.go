package repository

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
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
	// turn holds the writer while nobody writes.
	turn chan *writer
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

// openPool prepares connections to one database. What a commit has answered
// must survive a loss of power, hence synchronous=FULL; every write transaction
// takes its lock at its beginning, so that none fails half-way.
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
	w := &writer{pool: d.writers}
	if err := w.connect(ctx); err != nil {
		return nil, errors.Join(err, d.close())
	}
	d.turn = make(chan *writer, 1)
	d.turn <- w
	return d, nil
}

func (d *sqliteDB) dialect() string { return "sqlite" }

func (d *sqliteDB) reader() session {
	if d.readers == nil {
		return waiting{d}
	}
	return statements{d.readers}
}

// waiting reads through the writer, when it is its turn.
type waiting struct{ d *sqliteDB }

func (w waiting) exec(ctx context.Context, query string, args []any) (int64, error) {
	turn, err := w.d.take(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { w.d.turn <- turn }()
	return statements{turn}.exec(ctx, query, args)
}

func (w waiting) query(ctx context.Context, query string, args []any, each func(row) error) error {
	turn, err := w.d.take(ctx)
	if err != nil {
		return err
	}
	defer func() { w.d.turn <- turn }()
	return statements{turn}.query(ctx, query, args, each)
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
	var errs []error
	if d.turn != nil {
		errs = append(errs, (<-d.turn).close())
	}
	if d.readers != nil {
		errs = append(errs, d.readers.Close())
	}
	return errors.Join(append(errs, d.writers.Close())...)
}

func (d *sqliteDB) transact(ctx context.Context, fn func(context.Context, session) error) (err error) {
	w, err := d.take(ctx)
	if err != nil {
		return err
	}
	defer func() { d.turn <- w }()
	return w.transact(ctx, fn)
}

func (d *sqliteDB) take(ctx context.Context) (*writer, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case w := <-d.turn:
		return w, nil
	}
}

// writer is the one connection that writes, and its prepared statements.
type writer struct {
	pool     *sql.DB
	conn     *sql.Conn
	prepared map[string]*sql.Stmt
}

// maxPrepared bounds the prepared statements: a few lists have a text of their
// own for each length.
const maxPrepared = 256

func (w *writer) connect(ctx context.Context) (err error) {
	w.prepared = make(map[string]*sql.Stmt)
	w.conn, err = w.pool.Conn(ctx)
	return err
}

func (w *writer) close() error {
	var errs []error
	for _, stmt := range w.prepared {
		errs = append(errs, stmt.Close())
	}
	if w.conn != nil {
		errs = append(errs, w.conn.Close())
	}
	return errors.Join(errs...)
}

func (w *writer) transact(ctx context.Context, fn func(context.Context, session) error) (err error) {
	if w.conn == nil {
		if err := w.connect(ctx); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	// Nothing here waits for anything but the disk, and the driver starts a
	// goroutine for each statement that can be cancelled. So the caller's
	// context is asked once more, before the commit.
	inner := context.WithoutCancel(ctx)
	if _, err := w.ExecContext(inner, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	committed := false
	defer func() {
		if !committed {
			w.rollback(inner)
		}
	}()
	if err := fn(inner, statements{w}); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if _, err := w.ExecContext(inner, "COMMIT"); err != nil {
		return err
	}
	committed = true
	return nil
}

// rollback leaves no transaction behind, if need be by throwing the connection
// away.
func (w *writer) rollback(ctx context.Context) {
	if _, err := w.ExecContext(ctx, "ROLLBACK"); err == nil {
		return
	}
	// SQLite itself rolls back on some errors, such as a full disk; then
	// there is nothing left to roll back, and this is not told apart here.
	_ = w.conn.Raw(func(any) error { return driver.ErrBadConn })
	_ = w.close()
	w.conn = nil
}

// ExecContext runs a prepared statement.
func (w *writer) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	stmt, err := w.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if stmt == nil {
		return w.conn.ExecContext(ctx, query, args...)
	}
	return stmt.ExecContext(ctx, args...)
}

// QueryContext runs a prepared query.
func (w *writer) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	stmt, err := w.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if stmt == nil {
		return w.conn.QueryContext(ctx, query, args...)
	}
	return stmt.QueryContext(ctx, args...)
}

// statement is nil when enough statements are prepared already.
func (w *writer) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt, ok := w.prepared[query]; ok {
		return stmt, nil
	}
	if len(w.prepared) >= maxPrepared {
		return nil, nil
	}
	stmt, err := w.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("%w in %s", err, query)
	}
	w.prepared[query] = stmt
	return stmt, nil
}
