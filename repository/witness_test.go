package repository

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The witness records every row that changes, by triggers, with its transaction.
// After each test there must be no transaction that changed a row and wrote no
// audit entry.
//
// PostgreSQL numbers its transactions. SQLite does not, but has one writer at a
// time: there each transaction marks its beginning and its end among the changes,
// and what lies outside of such marks was not written by a transaction of ours.

// notAudited are the tables that hold no business of anybody.
var notAudited = []string{"audit", "goose_db_version", "idempotency_keys", "signals", "sqlite_sequence", "witness"}

// bookkeeping are the columns that do not make a change of the others.
var bookkeeping = map[string][]string{
	"instances":  {"dispatched", "dispatch_due", "stop_due", "sequence", "changed", "attached"},
	"deliveries": {"attempts", "due", "last_error"},
	"broadcasts": {"progress", "due"},
}

func watchChanges(t testing.TB, r *Repository) {
	t.Helper()
	postgres := r.Dialect() == "postgres"
	if postgres {
		script(t, r, `CREATE TABLE witness (n BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, what TEXT NOT NULL, tx BIGINT NOT NULL DEFAULT txid_current())`,
			`CREATE FUNCTION witness() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO witness (what) VALUES (TG_ARGV[0]); RETURN NULL; END $$`)
	} else {
		script(t, r, `CREATE TABLE witness (n INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT NOT NULL, tx BIGINT NOT NULL DEFAULT 0)`)
		r.begun, r.committing = mark("begin"), mark("commit")
	}
	trigger := func(table, event, what, when string) {
		if when != "" {
			when = " WHEN (" + when + ")"
		}
		do := fmt.Sprintf("BEGIN INSERT INTO witness (what) VALUES ('%s'); END", what)
		if postgres {
			do = fmt.Sprintf("EXECUTE FUNCTION witness('%s')", what)
		}
		script(t, r, fmt.Sprintf("CREATE TRIGGER witness_%s_%s AFTER %s ON %s FOR EACH ROW%s %s", table, event, event, table, when, do))
	}
	trigger("audit", "insert", "audit", "")
	trigger("audit", "update", "forbidden change of audit", "")
	trigger("audit", "delete", "forbidden change of audit", "")
	for table, columns := range tables(t, r) {
		if slices.Contains(notAudited, table) {
			continue
		}
		trigger(table, "insert", "change of "+table, "")
		trigger(table, "delete", "change of "+table, "")
		trigger(table, "update", "change of "+table, differs(columns, bookkeeping[table], postgres))
	}
}

// mark writes the beginning or the end of a transaction among the changes.
func mark(what string) func(*tx) error {
	return func(t *tx) error {
		_, err := t.exec(`INSERT INTO witness (what) VALUES ($1)`, what)
		return err
	}
}

// differs holds when a column other than those ignored has changed.
func differs(columns, ignored []string, postgres bool) string {
	not := "IS NOT"
	if postgres {
		not = "IS DISTINCT FROM"
	}
	var changes []string
	for _, column := range columns {
		if !slices.Contains(ignored, column) {
			changes = append(changes, fmt.Sprintf("OLD.%s %s NEW.%s", column, not, column))
		}
	}
	return strings.Join(changes, " OR ")
}

// tables answers the columns of every table.
func tables(t testing.TB, r *Repository) map[string][]string {
	t.Helper()
	query := `SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'`
	if r.Dialect() == "postgres" {
		query = `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()`
	}
	columns := make(map[string][]string)
	require.NoError(t, r.db.reader().query(context.Background(), query, nil, func(row row) error {
		var table, column string
		err := row.Scan(&table, &column)
		columns[table] = append(columns[table], column)
		return err
	}))
	return columns
}

// script runs statements that no transaction of the repository would.
func script(t testing.TB, r *Repository, statements ...string) {
	t.Helper()
	require.NoError(t, r.db.transact(context.Background(), durable, func(ctx context.Context, s session) error {
		for _, statement := range statements {
			if _, err := s.exec(ctx, statement, nil); err != nil {
				return fmt.Errorf("%w in %s", err, statement)
			}
		}
		return nil
	}))
}

// requireAudited fails the test if the witness saw a change without an entry.
func requireAudited(t testing.TB, r *Repository) {
	t.Helper()
	require.Empty(t, unaudited(t, r), "changes without an audit entry in the same transaction")
}

// unaudited answers what was changed in transactions that wrote no audit entry.
func unaudited(t testing.TB, r *Repository) []string {
	t.Helper()
	open, number := false, int64(0)
	changes, audited := make(map[int64][]string), make(map[int64]bool)
	var outside []string
	require.NoError(t, r.db.reader().query(context.Background(), `SELECT what, tx FROM witness ORDER BY n`, nil, func(row row) error {
		var what string
		var tx int64
		if err := row.Scan(&what, &tx); err != nil {
			return err
		}
		if r.Dialect() == "sqlite" {
			tx = number
		}
		switch {
		case what == "begin":
			open, number = true, number+1
		case what == "commit":
			open = false
		case r.Dialect() == "sqlite" && !open:
			outside = append(outside, what+" outside of any transaction")
		case strings.HasPrefix(what, "forbidden"):
			outside = append(outside, what)
		case what == "audit":
			audited[tx] = true
		default:
			changes[tx] = append(changes[tx], what)
		}
		return nil
	}))
	for _, tx := range slices.Sorted(maps.Keys(changes)) {
		if !audited[tx] {
			outside = append(outside, changes[tx]...)
		}
	}
	return outside
}

func TestWitness(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, f *fixture) {
		p := f.deploy(t, "a")
		f.start(t, p, "i")
		require.Empty(t, unaudited(t, f.Repository))

		// Bookkeeping alone needs no entry.
		require.NoError(t, f.MarkDispatched(t.Context(), "i"))
		require.Empty(t, unaudited(t, f.Repository))

		// Every omission is seen, also one between two proper transactions.
		require.NoError(t, f.transact(t.Context(), func(t *tx) error {
			_, err := t.exec(`UPDATE processes SET name = 'x'`)
			return err
		}))
		f.start(t, p, "j")
		require.Equal(t, []string{"change of processes"}, unaudited(t, f.Repository))
		script(t, f.Repository, `DELETE FROM instances WHERE id = 'j'`, `DELETE FROM audit WHERE instance_id = 'j'`)
		require.Contains(t, strings.Join(unaudited(t, f.Repository), ", "), "change of instances")
		require.Contains(t, strings.Join(unaudited(t, f.Repository), ", "), "change of audit")
		script(t, f.Repository, `DELETE FROM witness`)
	})
}
