package repository

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
)

// writer runs all transactions of a SQLite database on one connection. Those
// that wait while another commits are committed together, so that the disk is
// waited for once and not once each.
type writer struct {
	pool  *sql.DB
	queue chan *job
	// closing ends the goroutine, and closed says that it has ended.
	closing, closed chan struct{}

	// The rest belongs to the goroutine.
	conn       *sql.Conn
	prepared   map[string]*sql.Stmt
	durability durability
}

// job is one transaction that somebody waits for.
type job struct {
	ctx        context.Context //nolint:containedctx // of the caller who waits
	durability durability
	run        func(context.Context, session) error
	result     chan error
	// panicked is what run panicked with.
	panicked any
}

const (
	// maxTogether bounds how many transactions are committed together.
	maxTogether = 64
	// maxPrepared bounds the prepared statements: the text of some depends on
	// what is asked for.
	maxPrepared = 256
)

// errClosed answers whoever comes after Close.
var errClosed = errors.New("repository: closed")

func startWriter(ctx context.Context, pool *sql.DB) (*writer, error) {
	w := &writer{pool: pool, queue: make(chan *job), closing: make(chan struct{}), closed: make(chan struct{})}
	if err := w.connect(ctx); err != nil {
		return nil, err
	}
	go w.serve() //nolint:contextcheck // it outlives the call that starts it
	return w, nil
}

func (w *writer) close() error {
	close(w.closing)
	<-w.closed
	return w.disconnect()
}

// transact waits until run has been run and committed. Until it has begun, the
// caller may give up.
func (w *writer) transact(ctx context.Context, d durability, run func(context.Context, session) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j := &job{ctx: ctx, durability: d, run: run, result: make(chan error, 1)}
	select {
	case w.queue <- j:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.closing:
		return errClosed
	}
	err := <-j.result
	if j.panicked != nil {
		panic(j.panicked)
	}
	return err
}

func (w *writer) serve() {
	defer close(w.closed)
	for {
		select {
		case <-w.closing:
			return
		case j := <-w.queue:
			w.commit(w.gather(j))
		}
	}
}

// gather adds those who are waiting.
func (w *writer) gather(j *job) []*job {
	jobs := []*job{j}
	for len(jobs) < maxTogether {
		select {
		case j := <-w.queue:
			jobs = append(jobs, j)
		default:
			return jobs
		}
	}
	return jobs
}

// commit runs the jobs in one transaction and tells each its result. A job that
// fails takes back its own changes only.
func (w *writer) commit(jobs []*job) {
	results := make([]error, len(jobs))
	err := w.begin(jobs)
	if err == nil {
		for i, j := range jobs {
			if results[i] = w.runJob(j); errors.Is(results[i], errBroken) {
				err = results[i]
				break
			}
		}
		if err == nil {
			_, err = w.exec("COMMIT")
		}
		if err != nil {
			w.rollback()
		}
	}
	for i, j := range jobs {
		if err != nil && results[i] == nil {
			results[i] = err
		}
		j.result <- results[i]
	}
}

// begin takes the lock, and sets how safe the commit must be.
func (w *writer) begin(jobs []*job) error {
	if w.conn == nil {
		if err := w.connect(context.Background()); err != nil {
			return err
		}
	}
	wanted := relaxed
	for _, j := range jobs {
		wanted = max(wanted, j.durability)
	}
	if wanted != w.durability {
		if _, err := w.exec(map[durability]string{relaxed: "PRAGMA synchronous = NORMAL", durable: "PRAGMA synchronous = FULL"}[wanted]); err != nil {
			return err
		}
		w.durability = wanted
	}
	_, err := w.exec("BEGIN IMMEDIATE")
	return err
}

// errBroken says that not even a part of the transaction could be taken back.
var errBroken = errors.New("repository: the transaction is broken")

func (w *writer) runJob(j *job) error {
	if err := j.ctx.Err(); err != nil {
		return err
	}
	if _, err := w.exec("SAVEPOINT job"); err != nil {
		return errors.Join(errBroken, err)
	}
	err := w.call(j)
	if err == nil {
		err = j.ctx.Err()
	}
	if err != nil {
		// SQLite itself may have rolled everything back, on a full disk say.
		if _, rerr := w.exec("ROLLBACK TO job"); rerr != nil {
			return errors.Join(errBroken, err, rerr)
		}
	}
	if _, rerr := w.exec("RELEASE job"); rerr != nil {
		return errors.Join(errBroken, err, rerr)
	}
	return err
}

// call keeps the goroutine alive when a job panics; its caller panics instead.
func (w *writer) call(j *job) (err error) {
	defer func() {
		if j.panicked = recover(); j.panicked != nil {
			err = errors.New("repository: panic")
		}
	}()
	// Nothing in a transaction waits for anything but the disk, and the driver
	// starts a goroutine for each statement that can be cancelled.
	return j.run(context.WithoutCancel(j.ctx), statements{w})
}

// rollback leaves no transaction behind, if need be by throwing the connection
// away.
func (w *writer) rollback() {
	if _, err := w.exec("ROLLBACK"); err == nil {
		return
	}
	// SQLite has rolled back by itself if a transaction can begin.
	if _, err := w.exec("BEGIN"); err == nil {
		if _, err := w.exec("ROLLBACK"); err == nil {
			return
		}
	}
	_ = w.conn.Raw(func(any) error { return driver.ErrBadConn })
	_ = w.disconnect()
}

func (w *writer) connect(ctx context.Context) (err error) {
	w.prepared, w.durability = make(map[string]*sql.Stmt), durable
	w.conn, err = w.pool.Conn(ctx)
	return err
}

func (w *writer) disconnect() error {
	if w.conn == nil {
		return nil
	}
	var errs []error
	for _, stmt := range w.prepared {
		errs = append(errs, stmt.Close())
	}
	errs = append(errs, w.conn.Close())
	w.conn = nil
	return errors.Join(errs...)
}

func (w *writer) exec(query string) (sql.Result, error) {
	return w.ExecContext(context.Background(), query)
}

// ExecContext runs a prepared statement.
func (w *writer) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	stmt, err := w.statement(ctx, query) //nolint:sqlclosecheck // kept for the next time
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
	stmt, err := w.statement(ctx, query) //nolint:sqlclosecheck // kept for the next time
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
		return nil, nil //nolint:nilnil // documented
	}
	stmt, err := w.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("%w in %s", err, query)
	}
	w.prepared[query] = stmt
	return stmt, nil
}
