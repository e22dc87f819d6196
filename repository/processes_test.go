package repository

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/protocol"
)

func TestDeploy(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		deployment := Deployment{Source: []byte("<a/>\x00\xff"), Media: "application/xml", Processes: []NewProcess{
			{Key: "order", Name: "Order", Type: "Private", Description: "d", Category: "c", Closed: true, Graph: []byte("graph 1"), SHA256: "one", HasNoneStart: true},
			{Key: "sketch", SHA256: "none"},
		}}
		first, created, err := f.Deploy(ctx, bob, deployment)
		require.NoError(t, err)
		require.True(t, created)
		require.Len(t, first, 2)
		p := first[0]
		require.Equal(t, Process{
			ID: p.ID, Key: "order", Version: 1, Name: "Order", Type: "Private", Description: "d", Category: "c", Executable: true, Closed: true,
			Enabled: true, SHA256: "one", DeployedAt: p.DeployedAt, DeployedBy: bob, HasNoneStart: true,
		}, p)
		require.True(t, strings.HasPrefix(p.ID, "order:1:"))
		require.False(t, first[1].Executable)
		require.Equal(t, protocol.Definition{ID: p.ID, Key: "order", Version: 1, SHA256: "one"}, p.Definition())

		t.Run("ReadsBack", func(t *testing.T) {
			stored, err := f.ProcessByRef(ctx, p.ID)
			require.NoError(t, err)
			require.Equal(t, p, stored)
			graph, err := f.Graph(ctx, "one")
			require.NoError(t, err)
			require.Equal(t, []byte("graph 1"), graph)
			source, err := f.Source(ctx, p.ID)
			require.NoError(t, err)
			require.Equal(t, deployment.Source, source)
			_, err = f.Graph(ctx, "none")
			require.ErrorIs(t, err, ErrNotFound)
			_, err = f.Source(ctx, "order:9:x")
			require.ErrorIs(t, err, ErrNotFound)
		})

		t.Run("TheSameAgainChangesNothing", func(t *testing.T) {
			audited := f.query(t, `SELECT COUNT(*) FROM audit`)
			again, created, err := f.Deploy(ctx, ana, deployment)
			require.NoError(t, err)
			require.False(t, created)
			require.Equal(t, first, again)
			require.Equal(t, audited, f.query(t, `SELECT COUNT(*) FROM audit`))
		})

		t.Run("AnotherSourceMakesAVersion", func(t *testing.T) {
			changed := deployment
			changed.Source = []byte("<b/>")
			second, created, err := f.Deploy(ctx, ana, changed)
			require.NoError(t, err)
			require.True(t, created)
			require.Equal(t, 2, second[0].Version)

			// What was the first is not the latest any more.
			third, created, err := f.Deploy(ctx, ana, deployment)
			require.NoError(t, err)
			require.True(t, created)
			require.Equal(t, 3, third[0].Version)
		})

		t.Run("ANewGraphOfTheSameSourceMakesAVersion", func(t *testing.T) {
			compiled := deployment
			compiled.Processes = slices.Clone(deployment.Processes)
			compiled.Processes[0].SHA256 = "two"
			fourth, created, err := f.Deploy(ctx, ana, compiled)
			require.NoError(t, err)
			require.True(t, created)
			require.Equal(t, 4, fourth[0].Version)
		})

		t.Run("ManyAtOnceNumberTheVersionsWithoutGaps", func(t *testing.T) {
			require.NoError(t, atOnce(20, func(int) error {
				_, _, err := f.Deploy(ctx, ana, Deployment{Source: []byte(uuid.NewString()), Processes: []NewProcess{
					{Key: "race", Graph: []byte("g"), SHA256: "g"},
				}})
				return err
			}))
			p, err := f.ProcessByRef(ctx, "race")
			require.NoError(t, err)
			require.Equal(t, 20, p.Version)
		})

		t.Run("OneSourceManyAtOnceMakesOneVersion", func(t *testing.T) {
			require.NoError(t, atOnce(20, func(int) error {
				_, _, err := f.Deploy(ctx, ana, Deployment{Source: []byte("once"), Processes: []NewProcess{{Key: "once", Graph: []byte("g"), SHA256: "g"}}})
				return err
			}))
			require.EqualValues(t, 1, f.query(t, `SELECT COUNT(*) FROM processes WHERE process_key = 'once'`))
		})
	})
}

func TestProcessByRef(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, f *fixture) {
		one, two, three := f.deploy(t, "a"), f.deploy(t, "a"), f.deploy(t, "a")
		_, err := f.SetEnabled(t.Context(), ana, three.ID, false)
		require.NoError(t, err)
		looksLikeUUID := f.deploy(t, "5b1c9d4e-7a52-4a6e-9d61-0d9f7a3f2b11")
		bare := func(p Process) string { return p.ID[strings.LastIndex(p.ID, ":")+1:] }
		three.Enabled = false

		for ref, want := range map[string]Process{
			one.ID:                     one,
			"a:1":                      one,
			bare(one):                  one,
			strings.ToUpper(bare(two)): two,
			"a":                        two, // the latest enabled one
			"a:3":                      three,
			three.ID:                   three,
			bare(three):                three,
			looksLikeUUID.Key:          looksLikeUUID,
		} {
			p, err := f.ProcessByRef(t.Context(), ref)
			require.NoError(t, err, ref)
			require.Equal(t, want, p, ref)
		}
		for _, ref := range []string{"", "b", "a:4", "a:x", "a:1:", "a:1:" + uuid.NewString(), uuid.NewString(), "a:1:2:3", "a:99999999999999999999", "%"} {
			_, err := f.ProcessByRef(t.Context(), ref)
			require.ErrorIs(t, err, ErrNotFound, ref)
		}

		t.Run("DeletedOnesAreNotFound", func(t *testing.T) {
			require.NoError(t, f.DeleteProcess(t.Context(), ana, two.ID))
			require.ErrorIs(t, f.DeleteProcess(t.Context(), ana, two.ID), ErrNotFound)
			for _, ref := range []string{two.ID, "a:2", bare(two)} {
				_, err := f.ProcessByRef(t.Context(), ref)
				require.ErrorIs(t, err, ErrNotFound, ref)
			}
			p, err := f.ProcessByRef(t.Context(), "a")
			require.NoError(t, err)
			require.Equal(t, one, p)

			// Instances that run on it still need to know it.
			d, err := f.Definition(t.Context(), two.ID)
			require.NoError(t, err)
			require.Equal(t, two.Definition(), d)
		})

		t.Run("ANewVersionNeverReusesANumber", func(t *testing.T) {
			require.NoError(t, f.DeleteProcess(t.Context(), ana, three.ID))
			require.Equal(t, 4, f.deploy(t, "a").Version)
		})
	})
}

func TestResolve(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, f *fixture) {
		one, two := f.deploy(t, "a"), f.deploy(t, "a")
		d, err := f.Resolve(t.Context(), protocol.Resolve{Process: "a"})
		require.NoError(t, err)
		require.Equal(t, two.Definition(), d)
		d, err = f.Resolve(t.Context(), protocol.Resolve{Process: "a", Version: 1})
		require.NoError(t, err)
		require.Equal(t, one.Definition(), d)
		_, err = f.Resolve(t.Context(), protocol.Resolve{Process: "b"})
		require.ErrorIs(t, err, ErrNotFound)

		_, err = f.SetEnabled(t.Context(), ana, one.ID, false)
		require.NoError(t, err)
		_, err = f.Resolve(t.Context(), protocol.Resolve{Process: "a", Version: 1})
		var disabled *NotEnabledError
		require.ErrorAs(t, err, &disabled)
		require.Equal(t, one.ID, disabled.Process)
	})
}

func TestUpdateProcess(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, f *fixture) {
		p := f.deploy(t, "a")
		name, yes, no := "Renamed", true, false
		got, err := f.UpdateProcess(t.Context(), bob, p.ID, ProcessUpdate{Name: &name, Closed: &yes, Enabled: &no})
		require.NoError(t, err)
		want := p
		want.Name, want.Closed, want.Enabled = name, true, false
		require.Equal(t, want, got)
		stored, err := f.ProcessByRef(t.Context(), p.ID)
		require.NoError(t, err)
		require.Equal(t, want, stored)

		entries, _, err := f.ListAudit(t.Context(), AuditFilter{ObjectType: "process", ObjectID: p.ID}, Page{})
		require.NoError(t, err)
		require.Len(t, entries, 2)
		require.Equal(t, "process.update", entries[0].Action)
		require.Equal(t, bob, entries[0].Actor)
		require.JSONEq(t, `{"name":"Renamed","closed":true,"enabled":false}`, string(entries[0].Detail))

		_, err = f.UpdateProcess(t.Context(), bob, "a:9:x", ProcessUpdate{})
		require.ErrorIs(t, err, ErrNotFound)
	})
}

func TestListProcesses(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, f *fixture) {
		one, two := f.deploy(t, "order"), f.deploy(t, "order")
		other := f.deploy(t, "50%_off")
		gone := f.deploy(t, "gone")
		require.NoError(t, f.DeleteProcess(t.Context(), ana, gone.ID))
		two, err := f.SetEnabled(t.Context(), ana, two.ID, false)
		require.NoError(t, err)

		for name, c := range map[string]struct {
			filter ProcessFilter
			want   []Process
		}{
			"All":           {ProcessFilter{}, []Process{other, two, one}},
			"Enabled":       {ProcessFilter{EnabledOnly: true}, []Process{other, one}},
			"Latest":        {ProcessFilter{LatestOnly: true}, []Process{other, two}},
			"LatestEnabled": {ProcessFilter{LatestOnly: true, EnabledOnly: true}, []Process{other, one}},
			"Key":           {ProcessFilter{Key: "order"}, []Process{two, one}},
			"Search":        {ProcessFilter{Search: "NAME OF o"}, []Process{two, one}},
			"SearchLiteral": {ProcessFilter{Search: "%_"}, []Process{other}},
			"SearchNothing": {ProcessFilter{Search: `\`}, nil},
		} {
			t.Run(name, func(t *testing.T) {
				got, next, err := f.ListProcesses(t.Context(), c.filter, Page{})
				require.NoError(t, err)
				require.Empty(t, next)
				require.Equal(t, c.want, got)
			})
		}
	})
}
