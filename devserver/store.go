package devserver

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
)

// Names of the files in the data folder.
const (
	lockName     = "temporal.lock"
	databaseName = "temporal.db"
)

// ErrInUse is the error of Start while another process, or another server of
// this one, serves the same data folder.
var ErrInUse = errors.New("data folder is in use")

// store is where the server keeps its state.
type store struct {
	sql  *config.SQL
	lock *fileLock // nil in memory
}

// openStore makes the database ready for the server: schema, namespace,
// search attributes and indexes.
func openStore(ctx context.Context, o Options) (*store, error) {
	s := &store{sql: memorySQL()}
	if o.DataDir != "" {
		var err error
		if s, err = openFolder(ctx, o.DataDir); err != nil {
			return nil, err
		}
	}
	fields, err := ensureNamespace(ctx, s.sql, o.Namespace, o.SearchAttributes)
	if err == nil {
		err = keepIndexes(s.sql, fields)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func openFolder(ctx context.Context, dir string) (*store, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	s := &store{sql: fileSQL(filepath.Join(dir, databaseName)), lock: lock}
	if err := ensureSchema(ctx, filepath.Join(dir, databaseName)); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// lockFolder takes the folder for this process and leaves the process id in
// the lock file, for the message to whoever comes second.
func lockFolder(dir string) (*fileLock, error) {
	path := filepath.Join(dir, lockName)
	lock, err := lockFile(path, fmt.Sprintf("%d\n", os.Getpid()))
	if err != nil {
		owner := "another process"
		if pid, readErr := os.ReadFile(path); readErr == nil && len(pid) > 0 {
			owner = "process " + strings.TrimSpace(string(pid))
		}
		return nil, fmt.Errorf("%w: %s is served by %s; stop that one or choose another folder (%w)", ErrInUse, dir, owner, err)
	}
	return lock, nil
}

// close gives the data folder free. Temporal's SQLite plug-in keeps its one
// connection until the process ends; a later Start on the folder shares it.
func (s *store) close() {
	if s.lock != nil {
		s.lock.close()
	}
}

// memorySQL names a database of its own for each server: the plug-in keeps it
// as long as the process lives.
func memorySQL() *config.SQL {
	return &config.SQL{
		PluginName:        sqlite.PluginName,
		DatabaseName:      "perdure-" + uuid.NewString(),
		ConnectAttributes: map[string]string{"mode": "memory", "cache": "shared"},
	}
}

// fileSQL leaves the plug-in its default of one connection: more were measured
// to be slower, as every write waits for the same lock.
func fileSQL(path string) *config.SQL {
	return &config.SQL{
		PluginName:   sqlite.PluginName,
		DatabaseName: escapePath(path),
		ConnectAttributes: map[string]string{
			"mode":         "rwc",
			"journal_mode": "wal",
			"synchronous":  "normal",
			"busy_timeout": "5000",
		},
	}
}

// escapePath makes a path fit for a SQLite URI, in which ?, # and % have a
// meaning.
func escapePath(path string) string {
	return (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()
}
