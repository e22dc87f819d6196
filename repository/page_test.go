package repository

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/perdure/perdure/protocol"
)

func TestPage(t *testing.T) {
	t.Parallel()

	t.Run("Limit", func(t *testing.T) {
		t.Parallel()
		for limit, want := range map[int]int{-1: DefaultLimit, 0: DefaultLimit, 1: 1, MaxLimit: MaxLimit, MaxLimit + 1: MaxLimit} {
			require.Equal(t, want, Page{Limit: limit}.limit())
		}
	})

	t.Run("CursorsReadBack", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) {
			p := position{rapid.Int64().Draw(t, "time"), rapid.StringN(1, 40, -1).Draw(t, "id")}
			got, err := parseCursor(p.cursor())
			require.NoError(t, err)
			require.Equal(t, p, got)
		})
	})

	onEachEngine(t, func(t *testing.T, f *fixture) {
		t.Run("BadCursor", func(t *testing.T) {
			for _, cursor := range []string{"x", "%%%", "bnVsbA", "eyJ0IjoxfQ", "eyJ0IjoiMSIsImkiOiJ4In0"} {
				_, _, err := f.ListInstances(t.Context(), InstanceFilter{}, Page{Cursor: cursor})
				var bad *BadCursorError
				require.ErrorAs(t, err, &bad, cursor)
			}
		})

		// Rows that exist during the whole walk are listed once, whatever
		// comes and goes beside them; also those that have the same time.
		for name, oldest := range map[string]bool{"NewestFirst": false, "OldestFirst": true} {
			t.Run("EachOnceWhileOthersComeAndGo"+name, func(t *testing.T) {
				instance := "walk " + name
				f.start(t, f.deploy(t, "walk"), instance)
				opened := 0
				// Tasks of one batch have one time.
				open := func(n int) {
					var effects []protocol.Effect
					for range n {
						opened++
						effects = append(effects, protocol.Effect{OpenTask: &protocol.OpenTask{ID: fmt.Sprintf("task#%d", opened), Element: "task"}})
					}
					f.project(t, instance, effects...)
				}
				closeTask := func(n int) {
					f.project(t, instance, protocol.Effect{CloseTask: &protocol.CloseTask{ID: fmt.Sprintf("task#%d", n)}})
				}
				open(5)
				open(12)
				open(4)
				var stay []string
				for n := 1; n <= opened; n++ {
					if n%4 != 0 {
						stay = append(stay, fmt.Sprintf("task#%d", n))
					}
				}
				list := taskListing
				list.oldest = oldest

				var seen []string
				page := Page{Limit: 3}
				for step := 1; ; step++ {
					var where filter
					where.equal("state", TaskOpen)
					where.equal("instance_id", instance)
					tasks, next, err := list.page(t.Context(), f.db.reader(), &where, page)
					require.NoError(t, err)
					for _, task := range tasks {
						require.NotContains(t, seen, task.ElementInstance)
						seen = append(seen, task.ElementInstance)
					}
					if next == "" {
						break
					}
					page.Cursor = next
					closeTask(4 * step) // gone before or after it was seen
					if step < 4 {
						open(1)
					}
				}
				require.Subset(t, seen, stay)
				require.Len(t, slices.Compact(slices.Sorted(slices.Values(seen))), len(seen))
			})
		}

		t.Run("ExactlyOnePage", func(t *testing.T) {
			p := f.deploy(t, "exact")
			for i := range 3 {
				f.start(t, p, fmt.Sprintf("exact %d", i))
			}
			got, next, err := f.ListInstances(t.Context(), InstanceFilter{Key: "exact"}, Page{Limit: 3})
			require.NoError(t, err)
			require.Len(t, got, 3)
			require.Empty(t, next)
		})
	})
}
