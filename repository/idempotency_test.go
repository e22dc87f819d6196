package repository

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestIdempotency(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		begin := func(t *testing.T, k IdempotencyKey) IdempotencyOutcome {
			t.Helper()
			s, err := f.BeginIdempotent(ctx, k)
			require.NoError(t, err)
			return s.Outcome
		}
		header := http.Header{"Content-Type": {"application/json"}, "Link": {"a", "b"}}

		t.Run("FiveAtOnceOneIsNew", func(t *testing.T) {
			k := IdempotencyKey{Scope: "start", Key: "race", Fingerprint: "f"}
			var fresh, inFlight atomic.Int64
			require.NoError(t, atOnce(5, func(int) error {
				s, err := f.BeginIdempotent(ctx, k)
				switch s.Outcome {
				case IdempotencyNew:
					fresh.Add(1)
				case IdempotencyInFlight:
					inFlight.Add(1)
				case IdempotencyDone, IdempotencyMismatch:
				}
				return err
			}))
			require.EqualValues(t, 1, fresh.Load())
			require.EqualValues(t, 4, inFlight.Load())

			require.NoError(t, f.FinishIdempotent(ctx, k, 201, header, []byte{0, 1, 255}))
			require.NoError(t, f.FinishIdempotent(ctx, k, 500, nil, nil), "the first answer stands")
			s, err := f.BeginIdempotent(ctx, k)
			require.NoError(t, err)
			require.Equal(t, IdempotencyState{Outcome: IdempotencyDone, Status: 201, Header: header, Body: []byte{0, 1, 255}}, s)
			require.NoError(t, f.AbandonIdempotent(ctx, k), "too late")
			require.Equal(t, IdempotencyDone, begin(t, k))
		})

		t.Run("AnotherRequestWithTheKeyIsAMismatch", func(t *testing.T) {
			k := IdempotencyKey{Scope: "start", Key: "mismatch", Fingerprint: "f"}
			require.Equal(t, IdempotencyNew, begin(t, k))
			other := k
			other.Fingerprint = "g"
			require.Equal(t, IdempotencyMismatch, begin(t, other))
			f.clock.advance(time.Hour)
			require.Equal(t, IdempotencyMismatch, begin(t, other), "it cannot take over either")
			other.Scope = "deploy"
			require.Equal(t, IdempotencyNew, begin(t, other))
		})

		t.Run("AbandonedMayBeTriedAgain", func(t *testing.T) {
			k := IdempotencyKey{Scope: "start", Key: "abandoned", Fingerprint: "f"}
			require.Equal(t, IdempotencyNew, begin(t, k))
			require.NoError(t, f.AbandonIdempotent(ctx, k))
			require.Equal(t, IdempotencyNew, begin(t, k))
		})

		t.Run("WhoeverIsGoneIsTakenOverOnce", func(t *testing.T) {
			k := IdempotencyKey{Scope: "start", Key: "takeover", Fingerprint: "f"}
			require.Equal(t, IdempotencyNew, begin(t, k))
			f.clock.advance(idempotencyTakeover - time.Second)
			require.Equal(t, IdempotencyInFlight, begin(t, k))
			f.clock.advance(time.Second)
			require.Equal(t, IdempotencyNew, begin(t, k))
			require.Equal(t, IdempotencyInFlight, begin(t, k))
		})

		t.Run("WhoeverRenewsIsNotGone", func(t *testing.T) {
			k := IdempotencyKey{Scope: "start", Key: "renewed", Fingerprint: "f"}
			require.Equal(t, IdempotencyNew, begin(t, k))
			for range 3 {
				f.clock.advance(idempotencyTakeover - time.Second)
				require.NoError(t, f.RenewIdempotent(ctx, k))
				require.Equal(t, IdempotencyInFlight, begin(t, k))
			}
			f.clock.advance(idempotencyTakeover)
			require.Equal(t, IdempotencyNew, begin(t, k))

			require.NoError(t, f.FinishIdempotent(ctx, k, 200, nil, nil))
			f.clock.advance(idempotencyLife)
			require.NoError(t, f.RenewIdempotent(ctx, k), "too late: the answer does not live longer")
			require.Equal(t, IdempotencyNew, begin(t, k))
		})

		t.Run("AnswersAreKeptForADay", func(t *testing.T) {
			k := IdempotencyKey{Scope: "start", Key: "day", Fingerprint: "f"}
			require.Equal(t, IdempotencyNew, begin(t, k))
			require.NoError(t, f.FinishIdempotent(ctx, k, 200, nil, nil))
			f.clock.advance(idempotencyLife - time.Second)
			require.Equal(t, IdempotencyDone, begin(t, k))
			f.clock.advance(time.Second)
			require.Equal(t, IdempotencyNew, begin(t, IdempotencyKey{Scope: "start", Key: "day", Fingerprint: "another"}))
			require.EqualValues(t, 1, f.query(t, `SELECT COUNT(*) FROM idempotency_keys`), "those that expired made room")
		})

		t.Run("AfterARestartNothingIsInFlight", func(t *testing.T) {
			gone := IdempotencyKey{Scope: "restart", Key: "gone", Fingerprint: "f"}
			done := IdempotencyKey{Scope: "restart", Key: "done", Fingerprint: "f"}
			require.Equal(t, IdempotencyNew, begin(t, gone))
			require.Equal(t, IdempotencyNew, begin(t, done))
			require.NoError(t, f.FinishIdempotent(ctx, done, 200, nil, nil))
			require.NoError(t, f.AbandonInFlight(ctx))
			require.Equal(t, IdempotencyNew, begin(t, gone))
			require.Equal(t, IdempotencyDone, begin(t, done))
		})
	})
}
