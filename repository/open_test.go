package repository

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOpen(t *testing.T) {
	t.Parallel()

	for name, url := range map[string]string{
		"NoScheme":     "perdure.db",
		"OtherScheme":  "mysql://u:secret@h/d",
		"NoPath":       "sqlite:",
		"NoFolder":     "sqlite:" + filepath.Join(t.TempDir(), "missing", "perdure.db"),
		"BadPostgres":  "postgres://u:secret@h:port/d",
		"DeadPostgres": "postgres://u:secret@127.0.0.1:1/d?connect_timeout=1",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := Open(t.Context(), url, Options{})
			require.Error(t, err)
			require.Nil(t, r)
			require.NotContains(t, err.Error(), "secret")
		})
	}

	t.Run("FromSeveralProcessesAtOnce", func(t *testing.T) {
		t.Parallel()
		for name, url := range map[string]func(testing.TB) string{"SQLite": sqliteURL, "PostgreSQL": postgresURL} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				url := url(t)
				require.NoError(t, atOnce(8, func(int) error {
					r, err := Open(context.Background(), url, Options{})
					if err != nil {
						return err
					}
					return errors.Join(r.Ping(t.Context()), r.Close())
				}))
				f := newFixture(t, url)
				files, err := migrations.ReadDir("migrations")
				require.NoError(t, err)
				require.EqualValues(t, len(files), f.query(t, `SELECT COUNT(*) FROM goose_db_version WHERE version_id > 0`))
			})
		}
	})

	t.Run("AgainWithAllThatWasThere", func(t *testing.T) {
		t.Parallel()
		url := sqliteURL(t)
		r, err := Open(t.Context(), url, Options{})
		require.NoError(t, err)
		f := &fixture{Repository: r}
		inst := f.start(t, f.deploy(t, "a"), "i")
		require.NoError(t, r.Close())

		found, err := openTest(t, url).Instance(t.Context(), "i")
		require.NoError(t, err)
		require.Equal(t, inst, found)
	})

	t.Run("InMemoryEachItsOwn", func(t *testing.T) {
		t.Parallel()
		f := &fixture{Repository: openTest(t, "sqlite::memory:")}
		f.deploy(t, "a")
		_, err := openTest(t, "sqlite::memory:").ProcessByRef(t.Context(), "a")
		require.ErrorIs(t, err, ErrNotFound)
	})
}

// What SQLite was told is read back, because a pragma with a typing error is
// ignored without a word.
func TestSQLiteSettings(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sqliteURL(t))
	db := f.db.(*sqliteDB)
	setting := func(s session, pragma string) string {
		value, err := first(context.Background(), s, scanString, "PRAGMA "+pragma)
		require.NoError(t, err)
		return value
	}
	const normal, full = "1", "2"
	for want, transact := range map[string]func(context.Context, func(*tx) error) error{full: f.transact, normal: f.follow} {
		require.NoError(t, transact(t.Context(), func(tx *tx) error {
			require.Equal(t, "wal", setting(tx.session, "journal_mode"))
			require.Equal(t, want, setting(tx.session, "synchronous"))
			require.Equal(t, "1", setting(tx.session, "foreign_keys"))
			require.Equal(t, "10000", setting(tx.session, "busy_timeout"))
			return nil
		}))
	}
	require.Equal(t, "wal", setting(db.reader(), "journal_mode"))
	require.Equal(t, "1", setting(db.reader(), "query_only"))
	_, err := db.reader().exec(t.Context(), `DELETE FROM audit`, nil)
	require.Error(t, err)

	path := strings.TrimPrefix(f.url, "sqlite:")
	require.FileExists(t, path)
	require.FileExists(t, path+"-wal")
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	for _, entry := range entries {
		require.True(t, strings.HasPrefix(entry.Name(), filepath.Base(path)), entry.Name())
	}
}

func TestPostgresSettings(t *testing.T) {
	t.Parallel()
	f := newFixture(t, postgresURL(t))
	for setting, want := range map[string]string{
		"statement_timeout": "30s", "lock_timeout": "10s", "idle_in_transaction_session_timeout": "1min",
		"synchronous_commit": "on", "application_name": "perdure",
	} {
		value, err := first(t.Context(), f.db.reader(), scanString, "SHOW "+setting)
		require.NoError(t, err)
		require.Equal(t, want, value, setting)
	}
}

func TestTransaction(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, f *fixture) {
		p := f.deploy(t, "a")
		insert := func(t *tx, id string) error {
			_, _, err := t.createInstance(ana, NewInstance{ID: id, ProcessID: p.ID}, 0)
			return err
		}
		nothing := func(t *testing.T, ids ...string) {
			t.Helper()
			for _, id := range ids {
				_, err := f.Instance(context.Background(), id)
				require.ErrorIs(t, err, ErrNotFound)
				require.Zero(t, f.query(t, `SELECT COUNT(*) FROM audit WHERE instance_id = $1`, id))
			}
		}

		t.Run("CancelledInTheMiddleLeavesNothing", func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			err := f.transact(ctx, func(t *tx) error {
				err := insert(t, "cancelled")
				cancel()
				return err
			})
			require.ErrorIs(t, err, context.Canceled)
			nothing(t, "cancelled")
		})

		t.Run("FailedLeavesNothing", func(t *testing.T) {
			failure := errors.New("failure")
			require.ErrorIs(t, f.transact(t.Context(), func(t *tx) error { return errors.Join(insert(t, "failed"), failure) }), failure)
			nothing(t, "failed")
		})

		t.Run("PanicLeavesNothingAndNobodyWaiting", func(t *testing.T) {
			require.PanicsWithValue(t, "oops", func() {
				_ = f.transact(t.Context(), func(t *tx) error {
					_ = insert(t, "panicked")
					panic("oops")
				})
			})
			nothing(t, "panicked")
		})

		t.Run("FailuresAmongOthersTakeNobodyAlong", func(t *testing.T) {
			failure := errors.New("failure")
			err := atOnce(40, func(i int) error {
				err := f.transact(t.Context(), func(t *tx) error {
					if err := insert(t, string(rune('A'+i))); err != nil || i%3 > 0 {
						return err
					}
					return failure
				})
				if i%3 == 0 && errors.Is(err, failure) {
					return nil
				}
				return err
			})
			require.NoError(t, err)
			for i := range 40 {
				_, err := f.Instance(t.Context(), string(rune('A'+i)))
				if i%3 == 0 {
					require.ErrorIs(t, err, ErrNotFound)
				} else {
					require.NoError(t, err)
				}
			}
		})

		t.Run("TransientErrorsAreTriedAgain", func(t *testing.T) {
			tries := 0
			require.ErrorIs(t, f.transact(t.Context(), func(*tx) error {
				tries++
				return sql.ErrTxDone // of no database
			}), sql.ErrTxDone)
			require.Equal(t, 1, tries)
			if f.Dialect() == "postgres" {
				tries = 0
				require.NoError(t, f.transact(t.Context(), func(t *tx) error {
					if tries++; tries < 3 {
						_, err := t.exec(`DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'serialization_failure'; END $$`)
						return err
					}
					return nil
				}))
				require.Equal(t, 3, tries)
			}
		})

		t.Run("TextThatPostgresRefusesIsCleaned", func(t *testing.T) {
			inst, _, err := f.CreateInstance(t.Context(), ana, NewInstance{ID: "text", ProcessID: p.ID, BusinessKey: "a\x00b\xffc"})
			require.NoError(t, err)
			require.Equal(t, "a\uFFFDb\uFFFDc", inst.BusinessKey)
		})
	})
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sqliteURL(t))
	p := f.deploy(t, "a")
	limit := func(pages string) {
		require.NoError(t, f.transact(t.Context(), func(tx *tx) error {
			_, err := first(context.Background(), tx.session, scanInt, "PRAGMA max_page_count = "+pages)
			return err
		}))
	}
	limit("1") // which SQLite raises to what there is
	large := []byte(`"` + strings.Repeat("x", 1<<20) + `"`)
	var failed atomic.Int64
	require.NoError(t, atOnce(10, func(i int) error {
		if _, _, err := f.CreateInstance(t.Context(), ana, NewInstance{ID: fmt.Sprint(i), ProcessID: p.ID, Variables: large}); err != nil {
			failed.Add(1)
		}
		return nil
	}))
	require.EqualValues(t, 10, failed.Load())
	require.Zero(t, f.query(t, `SELECT COUNT(*) FROM instances`))

	limit("1000000")
	f.start(t, p, "there is room again")
}

// SQLite may give up a whole transaction by itself. Then nobody who took part in
// it is told that it was committed.
func TestSQLiteRollsBackByItself(t *testing.T) {
	t.Parallel()
	for _, url := range []string{sqliteURL(t), "sqlite::memory:"} {
		f := newFixture(t, url)
		p := f.deploy(t, "a")
		answered := make([]error, 20)
		require.Error(t, atOnce(len(answered), func(i int) error {
			answered[i] = f.transact(t.Context(), func(t *tx) error {
				_, _, err := t.createInstance(ana, NewInstance{ID: fmt.Sprint(i), ProcessID: p.ID}, 0)
				if err == nil && i%5 == 0 {
					_, err = t.exec("ROLLBACK")
				}
				return err
			})
			return answered[i]
		}))
		for i, err := range answered {
			_, found := f.Instance(t.Context(), fmt.Sprint(i))
			if i%5 == 0 {
				require.Error(t, err)
			}
			if err == nil {
				require.NoError(t, found)
			} else {
				require.ErrorIs(t, found, ErrNotFound)
			}
		}
		f.start(t, p, "goes on")
	}
}

// crashEnv makes this test's program start instances until it is killed.
const crashEnv = "REPOSITORY_TEST_CRASH"

// What was answered is there after a kill -9, and nothing is there by half.
func TestCrash(t *testing.T) {
	t.Parallel()
	if url := os.Getenv(crashEnv); url != "" {
		startUntilKilled(t, url)
	}
	for name, url := range map[string]func(testing.TB) string{"SQLite": sqliteURL, "PostgreSQL": postgresURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, url(t))
			f.deploy(t, "a")
			program := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrash$")
			program.Env = append(os.Environ(), crashEnv+"="+f.url)
			output, err := program.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, program.Start())
			var answered []string
			for lines := bufio.NewScanner(output); lines.Scan(); {
				if answered = append(answered, lines.Text()); len(answered) == 200 {
					require.NoError(t, program.Process.Kill())
				}
			}
			require.Error(t, program.Wait())
			require.GreaterOrEqual(t, len(answered), 200)

			for _, id := range answered {
				_, err := f.Instance(t.Context(), id)
				require.NoError(t, err)
			}
			require.Equal(t, f.query(t, `SELECT COUNT(*) FROM instances`), f.query(t, `SELECT COUNT(*) FROM audit WHERE action = 'instance.start'`))
			f.start(t, f.deploy(t, "a"), "goes on")
		})
	}
}

func startUntilKilled(t *testing.T, url string) {
	f := &fixture{Repository: openTest(t, url)}
	if f.Dialect() == "sqlite" {
		f.begun, f.committing = mark("begin"), mark("commit")
	}
	p, err := f.ProcessByRef(t.Context(), "a")
	require.NoError(t, err)
	require.NoError(t, atOnce(8, func(int) error {
		for {
			inst, _, err := f.CreateInstance(t.Context(), ana, NewInstance{ProcessID: p.ID})
			if err != nil {
				return err
			}
			fmt.Println(inst.ID)
		}
	}))
}

func TestClosed(t *testing.T) {
	t.Parallel()
	r, err := Open(t.Context(), sqliteURL(t), Options{})
	require.NoError(t, err)
	require.NoError(t, r.Close())
	require.Error(t, r.Ping(t.Context()))
	require.ErrorIs(t, r.MarkDispatched(t.Context(), "i"), errClosed)
}
