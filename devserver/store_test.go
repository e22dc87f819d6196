package devserver

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/server/common/headers"
)

func open(t *testing.T, dir string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+escapePath(filepath.Join(dir, databaseName))+"?_txlock=immediate&_pragma=journal_mode=wal")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func indexes(t *testing.T, db *sql.DB) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'executions_visibility' AND sql IS NOT NULL ORDER BY name`)
	require.NoError(t, err)
	defer func() { _ = rows.Close() }()
	var names []string
	for rows.Next() {
		var name string
		require.NoError(t, rows.Scan(&name))
		names = append(names, name)
	}
	require.NoError(t, rows.Err())
	return names
}

func TestStore(t *testing.T) {
	t.Parallel()

	keyword, integer := enums.INDEXED_VALUE_TYPE_KEYWORD, enums.INDEXED_VALUE_TYPE_INT
	options := func(t *testing.T) Options {
		o, err := Options{
			DataDir:          filepath.Join(t.TempDir(), "data"),
			SearchAttributes: map[string]enums.IndexedValueType{"BpmnProcess": keyword, "BpmnVersion": integer},
		}.normalized()
		require.NoError(t, err)
		return o
	}

	t.Run("FolderAndFilesArePrivate", func(t *testing.T) {
		t.Parallel()
		o := options(t)
		s, err := openStore(t.Context(), o)
		require.NoError(t, err)
		defer s.close()
		for path, mode := range map[string]os.FileMode{
			o.DataDir:                                     os.ModeDir | 0o700,
			filepath.Join(o.DataDir, databaseName):        0o600,
			filepath.Join(o.DataDir, databaseName+"-wal"): 0o600,
			filepath.Join(o.DataDir, lockName):            0o600,
		} {
			info, err := os.Stat(path)
			require.NoError(t, err)
			require.Equal(t, mode, info.Mode(), path)
		}
	})

	t.Run("OddFolderName", func(t *testing.T) {
		t.Parallel()
		o := options(t)
		o.DataDir = filepath.Join(filepath.Dir(o.DataDir), "a b%41?x=y#z")
		s, err := openStore(t.Context(), o)
		require.NoError(t, err)
		defer s.close()
		require.FileExists(t, filepath.Join(o.DataDir, databaseName+"-wal"))
	})

	t.Run("OneServerAFolder", func(t *testing.T) {
		t.Parallel()
		o := options(t)
		s, err := openStore(t.Context(), o)
		require.NoError(t, err)
		_, err = openStore(t.Context(), o)
		require.ErrorIs(t, err, ErrInUse)
		require.ErrorContains(t, err, o.DataDir)
		s.close()
		s, err = openStore(t.Context(), o)
		require.NoError(t, err)
		s.close()
	})

	t.Run("AttributesAndIndexesAreAdded", func(t *testing.T) {
		t.Parallel()
		o := options(t)
		s, err := openStore(t.Context(), o)
		require.NoError(t, err)
		s.close()
		require.Equal(t, []string{"by_keyword_01", "by_temporal_namespace_division", "by_workflow_id", "default_idx"}, indexes(t, open(t, o.DataDir)))

		o.SearchAttributes = map[string]enums.IndexedValueType{"BpmnBusinessKey": keyword, "BpmnProcess": keyword}
		s, err = openStore(t.Context(), o)
		require.NoError(t, err)
		fields, err := ensureNamespace(t.Context(), s.sql, o.Namespace, o.SearchAttributes)
		require.NoError(t, err)
		require.Equal(t, []string{"Keyword01", "Keyword02"}, fields)
		s.close()
		require.Equal(t, []string{"by_keyword_01", "by_keyword_02", "by_temporal_namespace_division", "by_workflow_id", "default_idx"}, indexes(t, open(t, o.DataDir)))

		o.SearchAttributes = map[string]enums.IndexedValueType{"BpmnProcess": integer}
		_, err = openStore(t.Context(), o)
		require.ErrorContains(t, err, "BpmnProcess: it exists with type Keyword, not Int")
	})

	t.Run("TooManyAttributes", func(t *testing.T) {
		t.Parallel()
		o := options(t)
		o.SearchAttributes = map[string]enums.IndexedValueType{"A": integer, "B": integer, "C": integer, "D": integer}
		_, err := openStore(t.Context(), o)
		require.ErrorContains(t, err, "search attribute D: no column of type Int is left")
	})

	t.Run("CrashDuringSetUp", func(t *testing.T) {
		t.Parallel()
		o := options(t)
		require.NoError(t, os.MkdirAll(o.DataDir, 0o700))
		db := open(t, o.DataDir)
		// A cache of one page makes the transaction spill into the log.
		db.SetMaxOpenConns(1)
		_, err := db.ExecContext(t.Context(), `PRAGMA cache_size = 1`)
		require.NoError(t, err)
		tx, err := db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		require.NoError(t, setUpSchema(t.Context(), tx))

		crashed := options(t)
		require.NoError(t, os.CopyFS(crashed.DataDir, os.DirFS(o.DataDir)))
		require.NoError(t, tx.Rollback())
		log, err := os.Stat(filepath.Join(crashed.DataDir, databaseName+"-wal"))
		require.NoError(t, err)
		require.Positive(t, log.Size(), "half of the set-up is on disk")
		require.Empty(t, indexes(t, open(t, crashed.DataDir)))

		s, err := openStore(t.Context(), crashed)
		require.NoError(t, err)
		s.close()
	})

	t.Run("ForeignDatabase", func(t *testing.T) {
		t.Parallel()
		o := options(t)
		require.NoError(t, os.MkdirAll(o.DataDir, 0o700))
		_, err := open(t, o.DataDir).ExecContext(t.Context(), `CREATE TABLE namespaces (id INT)`)
		require.NoError(t, err)
		_, err = openStore(t.Context(), o)
		require.ErrorIs(t, err, ErrSchema)
	})

	t.Run("OtherVersion", func(t *testing.T) {
		t.Parallel()
		o := options(t)
		s, err := openStore(t.Context(), o)
		require.NoError(t, err)
		s.close()
		_, err = open(t, o.DataDir).ExecContext(t.Context(), `UPDATE perdure_temporal_schema SET sha256 = 'other', server = '1.99.0'`)
		require.NoError(t, err)
		_, err = openStore(t.Context(), o)
		require.ErrorIs(t, err, ErrSchema)
		require.ErrorContains(t, err, "Temporal 1.99.0")
		require.ErrorContains(t, err, "embeds Temporal "+headers.ServerVersion)
	})

	t.Run("ContextIsOver", func(t *testing.T) {
		t.Parallel()
		o := options(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := openStore(ctx, o)
		require.ErrorIs(t, err, context.Canceled)
		s, err := openStore(t.Context(), o)
		require.NoError(t, err)
		s.close()
	})
}
