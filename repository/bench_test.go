package repository

import (
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/protocol"
)

// benchEachEngine is onEachEngine for benchmarks, without the witness.
func benchEachEngine(b *testing.B, bench func(b *testing.B, f *fixture)) {
	b.Helper()
	for name, url := range map[string]func(testing.TB) string{
		"SQLite":         sqliteURL,
		"SQLiteInMemory": func(testing.TB) string { return "sqlite::memory:" },
		"PostgreSQL":     postgresURL,
	} {
		b.Run(name, func(b *testing.B) {
			f := &fixture{clock: &clock{}}
			f.Repository = openTest(b, url(b))
			bench(b, f)
		})
	}
}

// BenchmarkProjectEnd is the batch of an instance without tasks, messages and
// incidents: the price of its end.
func BenchmarkProjectEnd(b *testing.B) {
	benchEachEngine(b, func(b *testing.B, f *fixture) {
		p := f.deploy(b, "a")
		for i := range b.N {
			f.start(b, p, strconv.Itoa(i))
		}
		b.ResetTimer()
		for i := range b.N {
			_, err := f.Project(b.Context(), protocol.Batch{Instance: strconv.Itoa(i), Sequence: 1, Effects: []protocol.Effect{ended(protocol.Completed)}})
			require.NoError(b, err)
		}
	})
}

// BenchmarkProjectTask opens a user task with a candidate group.
func BenchmarkProjectTask(b *testing.B) {
	benchEachEngine(b, func(b *testing.B, f *fixture) {
		f.start(b, f.deploy(b, "a"), "i")
		sequence := uint64(0)
		for b.Loop() {
			sequence++
			_, err := f.Project(b.Context(), protocol.Batch{Instance: "i", Sequence: sequence, Effects: []protocol.Effect{
				{OpenTask: &protocol.OpenTask{ID: "review#" + strconv.FormatUint(sequence, 10), Element: "review", CandidateGroups: []string{"nurses"}}},
			}})
			require.NoError(b, err)
		}
	})
}

// BenchmarkCreateInstance is the price of a start.
func BenchmarkCreateInstance(b *testing.B) {
	benchEachEngine(b, func(b *testing.B, f *fixture) {
		p := f.deploy(b, "a")
		for b.Loop() {
			_, _, err := f.CreateInstance(b.Context(), ana, NewInstance{ProcessID: p.ID, Variables: []byte(`{"n":1}`)})
			require.NoError(b, err)
		}
	})
}

// BenchmarkPublish correlates a message to one of a thousand subscriptions.
func BenchmarkPublish(b *testing.B) {
	benchEachEngine(b, func(b *testing.B, f *fixture) {
		p := f.deploy(b, "a")
		for i := range 1000 {
			id := strconv.Itoa(i)
			f.start(b, p, id)
			_, err := f.Project(b.Context(), protocol.Batch{Instance: id, Sequence: 1, Effects: []protocol.Effect{awaitMessage("catch#1", "paid", id)}})
			require.NoError(b, err)
		}
		for i := 0; b.Loop(); i++ {
			_, err := f.Publish(b.Context(), ana, NewMessage{Name: "paid", Key: strconv.Itoa(i % 1000)})
			require.NoError(b, err)
		}
	})
}

// BenchmarkProjectAtOnce ends many instances from many goroutines.
func BenchmarkProjectAtOnce(b *testing.B) {
	benchEachEngine(b, func(b *testing.B, f *fixture) {
		p := f.deploy(b, "a")
		for i := range b.N {
			f.start(b, p, strconv.Itoa(i))
		}
		var next atomic.Int64
		b.SetParallelism(16)
		b.ResetTimer()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				id := strconv.FormatInt(next.Add(1)-1, 10)
				_, err := f.Project(b.Context(), protocol.Batch{Instance: id, Sequence: 1, Effects: []protocol.Effect{ended(protocol.Completed)}})
				if err != nil {
					b.Error(err)
				}
			}
		})
	})
}

// BenchmarkCreateInstanceAtOnce starts instances from many goroutines.
func BenchmarkCreateInstanceAtOnce(b *testing.B) {
	benchEachEngine(b, func(b *testing.B, f *fixture) {
		p := f.deploy(b, "a")
		b.SetParallelism(16)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, _, err := f.CreateInstance(b.Context(), ana, NewInstance{ProcessID: p.ID}); err != nil {
					b.Error(err)
				}
			}
		})
	})
}
