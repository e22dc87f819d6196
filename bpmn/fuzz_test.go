package bpmn_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/bpmn"
)

// everything runs all that takes a file from outside, and checks what must
// hold whatever the file is.
func everything(t testing.TB, data []byte) {
	t.Helper()
	d, faults := bpmn.Read(data)
	if d == nil {
		require.Error(t, faults.Err(), "a file that cannot be read has a fault that says why")
		return
	}
	graphs, faults := d.Compile()
	require.Equal(t, faults.Err() == nil, len(graphs) > 0, "graphs come without errors, and only so")
	for _, g := range graphs {
		_, err := bpmn.ReadGraph(g.JSON())
		require.NoError(t, err)
	}
	form, err := bpmn.ToJSON(data)
	require.NoError(t, err)
	back, err := bpmn.FromJSON(form)
	require.NoError(t, err)
	if len(graphs) == 0 {
		return
	}
	for i, g := range compile(t, back) {
		require.Equal(t, graphs[i].SHA256(), g.SHA256())
	}
}

func seeds(t testing.TB) [][]byte {
	t.Helper()
	var all [][]byte
	for _, pattern := range []string{"testdata/*.bpmn", "testdata/error/*.bpmn"} {
		names, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, name := range names {
			data, err := os.ReadFile(name)
			require.NoError(t, err)
			all = append(all, data)
		}
	}
	require.NotEmpty(t, all)
	return all
}

// FuzzRead checks that no file makes reading, compiling or converting panic.
func FuzzRead(f *testing.F) {
	for _, seed := range seeds(f) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) { everything(t, data) })
}

// FuzzFromJSON checks the same for the JSON form.
func FuzzFromJSON(f *testing.F) {
	for _, seed := range seeds(f) {
		if form, err := bpmn.ToJSON(seed); err == nil {
			f.Add(form)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		back, err := bpmn.FromJSON(data)
		if err == nil {
			everything(t, back)
		}
	})
}

// TestMutations changes valid files at random places: bytes are flipped, and
// pieces removed, doubled and moved.
func TestMutations(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(20, 26))
	for _, seed := range seeds(t) {
		for range 40 {
			data := slices.Clone(seed)
			for range 1 + random.IntN(3) {
				data = mutate(random, data)
			}
			everything(t, data)
		}
	}
}

func mutate(random *rand.Rand, data []byte) []byte {
	if len(data) == 0 {
		return data
	}
	from := random.IntN(len(data))
	to := min(len(data), from+1+random.IntN(200))
	piece := slices.Clone(data[from:to])
	switch random.IntN(5) {
	case 0:
		data[from] ^= 1 << random.IntN(8)
		return data
	case 1:
		return slices.Delete(data, from, to)
	case 2:
		return slices.Insert(data, from, piece...)
	case 3:
		data = slices.Delete(data, from, to)
		return slices.Insert(data, random.IntN(len(data)+1), piece...)
	default:
		return slices.Insert(data, random.IntN(len(data)), []byte(`<">&'=${}]]>`)[random.IntN(12)])
	}
}
