package devserver

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"

	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/headers"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/metrics"
	"go.temporal.io/server/common/persistence"
	persistencesql "go.temporal.io/server/common/persistence/sql"
	"go.temporal.io/server/common/persistence/sql/sqlplugin"
	"go.temporal.io/server/common/resolver"
	"go.temporal.io/server/schema"
	sqliteschema "go.temporal.io/server/schema/sqlite"
	_ "modernc.org/sqlite" // database/sql driver "sqlite"
)

// Paths of the schemas among Temporal's assets.
const (
	executionSchema  = "sqlite/v3/temporal/schema.sql"
	visibilitySchema = "sqlite/v3/visibility/schema.sql"
)

// ErrSchema is the error of Start on a data folder whose database another
// version of Temporal, or something else, has made. Temporal has no migrations
// for SQLite.
var ErrSchema = errors.New("database schema does not fit")

// schemaTable notes which schema a database holds. It is created in the
// transaction that creates the schema, so that it tells whole from absent.
const schemaTable = `CREATE TABLE perdure_temporal_schema (sha256 TEXT NOT NULL, version TEXT NOT NULL, server TEXT NOT NULL)`

// ensureSchema sets up the database file's schema in one transaction, or
// checks the one that is there.
func ensureSchema(ctx context.Context, path string) error {
	// The file is made here for its mode, which SQLite gives to the
	// write-ahead log as well.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	db, err := sql.Open("sqlite", "file:"+escapePath(path)+"?mode=rw&_txlock=immediate&_pragma=busy_timeout=5000&_pragma=journal_mode=wal")
	if err != nil {
		return fmt.Errorf("database %s: %w", path, err)
	}
	defer func() { _ = db.Close() }()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("database %s: %w", path, err)
	}
	defer func() { _ = tx.Rollback() }()
	if err := setUpSchema(ctx, tx); err != nil {
		return fmt.Errorf("database %s: %w", path, err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("database %s: %w", path, err)
	}
	return nil
}

func setUpSchema(ctx context.Context, tx *sql.Tx) error {
	statements, err := schemaStatements(executionSchema, visibilitySchema)
	if err != nil {
		return err
	}
	var tables, noted int
	if err := tx.QueryRowContext(ctx, `SELECT count(*), count(*) FILTER (WHERE name = 'perdure_temporal_schema') FROM sqlite_master`).Scan(&tables, &noted); err != nil {
		return err
	}
	if tables > 0 {
		return checkSchema(ctx, tx, noted > 0, digest(statements))
	}
	for _, statement := range append([]string{schemaTable}, statements...) {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("set up schema: %w", err)
		}
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO perdure_temporal_schema (sha256, version, server) VALUES (?, ?, ?)`,
		digest(statements), sqliteschema.Version, headers.ServerVersion)
	return err
}

func checkSchema(ctx context.Context, tx *sql.Tx, noted bool, want string) error {
	if !noted {
		return fmt.Errorf("%w: it was not set up by perdure", ErrSchema)
	}
	var sha256, version, server string
	if err := tx.QueryRowContext(ctx, `SELECT sha256, version, server FROM perdure_temporal_schema`).Scan(&sha256, &version, &server); err != nil {
		return err
	}
	if sha256 != want {
		return fmt.Errorf("%w: it is of Temporal %s (schema %s), this program embeds Temporal %s (schema %s); "+
			"finish its instances with the program that made it, or start with an empty data folder",
			ErrSchema, server, version, headers.ServerVersion, sqliteschema.Version)
	}
	return nil
}

// visibilityIndex matches a statement that creates an index over one column,
// apart from the columns that every index has.
var visibilityIndex = regexp.MustCompile(`^CREATE INDEX (\w+)\s+ON executions_visibility \(namespace_id,\s*\(?(\w+)`)

// keepIndexes drops the visibility indexes that nobody uses, which are most of
// what a change of a workflow costs, and creates those that are used: for
// lists in order of time, for workflow ids, for Temporal's own schedules and
// deployments, and for the given columns. Queries over other columns scan.
func keepIndexes(cfg *config.SQL, columns []string) error {
	statements, err := schemaStatements(visibilitySchema)
	if err != nil {
		return err
	}
	db, err := persistencesql.NewSQLAdminDB(sqlplugin.DbKindUnknown, cfg, resolver.NewNoopResolver(), log.NewNoopLogger(), metrics.NoopMetricsHandler)
	if err != nil {
		return fmt.Errorf("indexes: %w", err)
	}
	defer func() { _ = db.Close() }()
	kept := append([]string{"COALESCE", "workflow_id", "TemporalNamespaceDivision"}, columns...)
	for _, statement := range statements {
		index := visibilityIndex.FindStringSubmatch(statement)
		if index == nil {
			continue
		}
		change := "DROP INDEX IF EXISTS " + index[1]
		if slices.Contains(kept, index[2]) {
			change = "CREATE INDEX IF NOT EXISTS " + statement[len("CREATE INDEX "):]
		}
		if err := db.Exec(change); err != nil {
			return fmt.Errorf("index %s: %w", index[1], err)
		}
	}
	return nil
}

func schemaStatements(paths ...string) ([]string, error) {
	var readers []io.Reader
	for _, path := range paths {
		text, err := fs.ReadFile(schema.Assets(), path)
		if err != nil {
			return nil, fmt.Errorf("schema: %w", err)
		}
		readers = append(readers, bytes.NewReader(text))
	}
	statements, err := persistence.LoadAndSplitQueryFromReaders(readers)
	if err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	return statements, nil
}

func digest(statements []string) string {
	h := sha256.New()
	for _, statement := range statements {
		_, _ = io.WriteString(h, statement+"\n")
	}
	return hex.EncodeToString(h.Sum(nil))
}
