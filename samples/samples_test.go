package samples

import (
	"io/fs"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/bpmn"
)

// TestSamplesAreValid compiles every file of every sample: no fault, not even
// a warning.
func TestSamplesAreValid(t *testing.T) {
	t.Parallel()
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sample, ok := Get(name)
			require.True(t, ok)
			require.Equal(t, name, sample.Name)
			require.NotEmpty(t, sample.Description)
			require.NotEmpty(t, sample.Files)
			require.NotNil(t, sample.Start)
			require.NotEmpty(t, sample.Notes(Platform{API: "http://127.0.0.1:8080", Temporal: "127.0.0.1:7233"}))
			for file, source := range sample.Files {
				definitions, faults := bpmn.Read(source)
				require.Empty(t, faults, file)
				graphs, faults := definitions.Compile()
				require.Empty(t, faults, file)
				require.Len(t, graphs, 1, file)
				require.Equal(t, name, graphs[0].ID, "the process has the name of the sample")
			}
		})
	}
}

// TestEveryFolderIsASample keeps a new sample from being forgotten.
func TestEveryFolderIsASample(t *testing.T) {
	t.Parallel()
	entries, err := fs.ReadDir(os.DirFS("."), ".")
	require.NoError(t, err)
	var folders []string
	for _, e := range entries {
		if e.IsDir() {
			folders = append(folders, e.Name())
		}
	}
	require.Equal(t, folders, Names())
	_, ok := Get("nothing")
	require.False(t, ok)
}

func TestDrawings(t *testing.T) {
	t.Parallel()
	for _, name := range Names() {
		sample, _ := Get(name)
		for file, source := range sample.Files {
			for id, problem := range drawingProblems(t, source) {
				require.Fail(t, problem, "%s: %s", file, id)
			}
		}
	}
}
