package repository

import (
	"context"
	"database/sql"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// session runs statements, in a transaction or outside of one.
type session interface {
	// exec answers how many rows were changed.
	exec(ctx context.Context, query string, args []any) (int64, error)
	// query calls each for every row.
	query(ctx context.Context, query string, args []any, each func(row) error) error
}

// row is one row of a result.
type row interface{ Scan(dest ...any) error }

// statements is a session over a pool, a connection or a transaction.
type statements struct {
	on interface {
		ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
		QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	}
}

func (s statements) exec(ctx context.Context, query string, args []any) (int64, error) {
	result, err := s.on.ExecContext(ctx, query, clean(args)...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (s statements) query(ctx context.Context, query string, args []any, each func(row) error) (err error) {
	rows, err := s.on.QueryContext(ctx, query, clean(args)...)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := rows.Close(); err == nil {
			err = cerr
		}
	}()
	for rows.Next() {
		if err := each(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// database is the part that SQLite and PostgreSQL do differently.
type database interface {
	dialect() string
	// reader is for statements outside a transaction.
	reader() session
	// transact runs fn in one transaction, and commits it if fn and the
	// context give no error.
	transact(ctx context.Context, d durability, fn func(context.Context, session) error) error
	// lock serialises transactions that name the same things, until they end.
	lock(ctx context.Context, s session, locks []lock) error
	// transient says whether the whole transaction may be tried again.
	transient(err error) bool
	ping(ctx context.Context) error
	close() error
}

// durability says what a commit must survive. It matters to SQLite only, where
// it is the difference between 0.1 ms and several; PostgreSQL's commits are
// durable.
type durability int

const (
	// relaxed commits survive the death of this process, but the last of them
	// perhaps not a loss of power. This is for what follows from Temporal's
	// state: SQLite serves beside an embedded Temporal server, whose own
	// commits are no safer.
	relaxed durability = iota
	// durable commits survive a loss of power. This is for what a caller from
	// outside is told.
	durable
)

// lock is a name that several transactions at once must agree about.
type lock struct {
	name      string
	exclusive bool
}

// tx is one transaction, and what to tell the process once it is committed.
type tx struct {
	r       *Repository
	ctx     context.Context //nolint:containedctx // lives exactly as long as one call
	session session
	now     time.Time
	// ended are the instances whose end this transaction records.
	ended []string
	// work says that something waits for the dispatcher now.
	work bool
	// held are the locks taken so far.
	held map[string]bool
}

// attempts is how often a transaction is tried that others make fail.
const attempts = 8

// transact runs fn in one durable transaction, again if others were in the way.
// What fn writes outside the transaction must bear a repetition.
func (r *Repository) transact(ctx context.Context, fn func(*tx) error) error {
	return r.attempt(ctx, durable, fn)
}

// follow is transact for what follows from Temporal's state, or may be lost.
func (r *Repository) follow(ctx context.Context, fn func(*tx) error) error {
	return r.attempt(ctx, relaxed, fn)
}

func (r *Repository) attempt(ctx context.Context, d durability, fn func(*tx) error) error {
	for attempt := 1; ; attempt++ {
		t := &tx{r: r, now: r.now()}
		err := r.db.transact(ctx, d, func(ctx context.Context, s session) error {
			t.ctx, t.session = ctx, s
			if err := r.begun(t); err != nil {
				return err
			}
			if err := fn(t); err != nil {
				return err
			}
			return r.committing(t)
		})
		if err == nil {
			r.notify(t)
			return nil
		}
		if attempt == attempts || !r.db.transient(err) {
			return err
		}
		if err := pause(ctx, attempt); err != nil {
			return err
		}
	}
}

// pause waits a random time that grows with the attempts made, so that those
// who were in each other's way do not meet again.
func pause(ctx context.Context, attempt int) error {
	timer := time.NewTimer(rand.N(time.Millisecond << attempt))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// exec runs a statement and answers how many rows it changed.
func (t *tx) exec(query string, args ...any) (int64, error) {
	return t.session.exec(t.ctx, query, args)
}

// lock takes those locks that this transaction does not hold yet, in one order,
// so that two transactions cannot wait for each other.
func (t *tx) lock(locks ...lock) error {
	slices.SortFunc(locks, func(a, b lock) int {
		if a.name == b.name && a.exclusive != b.exclusive {
			// Exclusive first: two that share a lock cannot both turn it
			// into an exclusive one.
			if a.exclusive {
				return -1
			}
			return 1
		}
		return strings.Compare(a.name, b.name)
	})
	if t.held == nil {
		t.held = make(map[string]bool)
	}
	var wanted []lock
	for _, l := range locks {
		if !t.held[l.name] {
			wanted = append(wanted, l)
		}
		t.held[l.name] = true
	}
	return t.r.db.lock(t.ctx, t.session, wanted)
}

// clean makes every text storable by both engines: PostgreSQL refuses NUL and
// broken UTF-8, and text from expressions may hold either.
func clean(args []any) []any {
	for i, arg := range args {
		if s, ok := arg.(string); ok && (strings.IndexByte(s, 0) >= 0 || !utf8.ValidString(s)) {
			args[i] = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
		}
	}
	return args
}

// micros is a time as it is stored.
func micros(t time.Time) int64 { return t.UnixMicro() }

func microsOrNull(t *time.Time) any {
	if t == nil {
		return nil
	}
	return t.UnixMicro()
}

func fromMicros(n int64) time.Time { return time.UnixMicro(n).UTC() }

func fromNullMicros(n sql.NullInt64) *time.Time {
	if !n.Valid {
		return nil
	}
	t := fromMicros(n.Int64)
	return &t
}

// text is a value as stored JSON.
func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // only plain structs of this package and protocol get here
	}
	return string(b)
}

// raw is a stored JSON text as a value; nil for none.
func raw(s string) json.RawMessage {
	if s == "" {
		return nil
	}
	return json.RawMessage(s)
}

// namespace is that of all ids which are derived from others.
var namespace = uuid.NewSHA1(uuid.NameSpaceURL, []byte("urn:perdure:repository"))

// derived makes an id from other ids, the same each time (RFC 9562, version 5).
func derived(kind string, parts ...string) string {
	// NUL cannot occur in an id, so no two lists of parts look alike.
	return uuid.NewSHA1(namespace, []byte(kind+"\x00"+strings.Join(parts, "\x00"))).String()
}
