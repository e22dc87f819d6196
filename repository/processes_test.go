package repository

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/protocol"
)

func TestSmoke(t *testing.T) {
	ctx := context.Background()
	for _, url := range []string{"sqlite:" + filepath.Join(t.TempDir(), "a b.db"), "sqlite::memory:"} {
		r, err := Open(ctx, url, Options{})
		require.NoError(t, err)
		ps, created, err := r.Deploy(ctx, protocol.SystemActor, Deployment{Source: []byte("<x/>"), Media: "xml", Processes: []NewProcess{{Key: "a", SHA256: "1", Graph: []byte("{}")}}})
		require.NoError(t, err)
		require.True(t, created)
		_, created, err = r.Deploy(ctx, protocol.SystemActor, Deployment{Source: []byte("<x/>"), Media: "xml", Processes: []NewProcess{{Key: "a", SHA256: "1", Graph: []byte("{}")}}})
		require.NoError(t, err)
		require.False(t, created)
		p, err := r.ProcessByRef(ctx, "a")
		require.NoError(t, err)
		require.Equal(t, ps[0], p)
		i, existed, err := r.CreateInstance(ctx, protocol.SystemActor, NewInstance{ID: "i", ProcessID: p.ID})
		require.NoError(t, err)
		require.False(t, existed)
		is, _, err := r.ListInstances(ctx, InstanceFilter{}, Page{})
		require.NoError(t, err)
		require.Equal(t, []Instance{i}, is)
		require.NoError(t, r.Close())
	}
}
