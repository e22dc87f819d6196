package repository

import (
	"context"
	"encoding/json"
	"time"
)

// IdempotencyKey names a request that may be repeated.
type IdempotencyKey struct {
	// Scope keeps the keys of different callers and calls apart.
	Scope string
	Key   string
	// Fingerprint is a hash of the request, to tell a repetition from a
	// different request with the same key.
	Fingerprint string
}

// IdempotencyOutcome says what to do with a request.
type IdempotencyOutcome int

// The outcomes of BeginIdempotent.
const (
	IdempotencyNew      IdempotencyOutcome = iota + 1 // carry it out, then finish or abandon it
	IdempotencyInFlight                               // somebody is carrying it out
	IdempotencyDone                                   // answer as then
	IdempotencyMismatch                               // the key was used for another request
)

// IdempotencyState answers BeginIdempotent.
type IdempotencyState struct {
	Outcome IdempotencyOutcome
	// The answer given then, if Outcome is IdempotencyDone.
	Status int
	Header map[string][]string
	Body   []byte
}

const (
	// idempotencyLife is how long an answer is kept.
	idempotencyLife = 24 * time.Hour
	// idempotencyTakeover is when the one who carries out a request counts as
	// gone, counted from the last RenewIdempotent.
	idempotencyTakeover = 15 * time.Second
)

// BeginIdempotent asks whether to carry out a request. Of several at once with
// the same key, one is told IdempotencyNew; it must call FinishIdempotent or
// AbandonIdempotent, and RenewIdempotent until then. A request that nobody has
// renewed for 15 seconds is given to the next who asks, who makes what it
// creates under the same ids; an answer is kept for 24 hours. Keys are not
// audited: what the request changes is.
func (r *Repository) BeginIdempotent(ctx context.Context, k IdempotencyKey) (s IdempotencyState, err error) {
	err = r.follow(ctx, func(t *tx) error {
		s, err = t.beginIdempotent(k)
		return err
	})
	return s, err
}

func (t *tx) beginIdempotent(k IdempotencyKey) (IdempotencyState, error) {
	expired := micros(t.now.Add(-idempotencyLife))
	// Each new key makes room for itself, so that nobody needs to sweep.
	if _, err := t.exec(`DELETE FROM idempotency_keys WHERE begun <= $1 AND (scope, request_key) IN (
		SELECT scope, request_key FROM idempotency_keys WHERE begun <= $1 ORDER BY begun LIMIT 10)`, expired); err != nil {
		return IdempotencyState{}, err
	}
	taken, err := t.exec(`INSERT INTO idempotency_keys (scope, request_key, fingerprint, done, begun) VALUES ($1, $2, $3, FALSE, $4)
		ON CONFLICT (scope, request_key) DO UPDATE SET fingerprint = excluded.fingerprint, done = FALSE, begun = excluded.begun,
			status = 0, header = '', body = NULL
		WHERE idempotency_keys.begun <= $5
			OR (NOT idempotency_keys.done AND idempotency_keys.begun <= $6 AND idempotency_keys.fingerprint = excluded.fingerprint)`,
		k.Scope, k.Key, k.Fingerprint, micros(t.now), expired, micros(t.now.Add(-idempotencyTakeover)))
	if err != nil {
		return IdempotencyState{}, err
	}
	if taken > 0 {
		return IdempotencyState{Outcome: IdempotencyNew}, nil
	}
	return t.idempotencyState(k)
}

func (t *tx) idempotencyState(k IdempotencyKey) (s IdempotencyState, err error) {
	var fingerprint, header string
	var done bool
	if err := t.session.query(t.ctx, `SELECT fingerprint, done, status, header, body FROM idempotency_keys WHERE scope = $1 AND request_key = $2`,
		[]any{k.Scope, k.Key}, func(r row) error { return r.Scan(&fingerprint, &done, &s.Status, &header, &s.Body) }); err != nil {
		return IdempotencyState{}, err
	}
	switch {
	case fingerprint != k.Fingerprint:
		return IdempotencyState{Outcome: IdempotencyMismatch}, nil
	case !done:
		return IdempotencyState{Outcome: IdempotencyInFlight}, nil
	default:
		s.Outcome = IdempotencyDone
		return s, json.Unmarshal([]byte(header), &s.Header)
	}
}

// RenewIdempotent says that a request is still being carried out. It changes
// nothing if the request has its answer.
func (r *Repository) RenewIdempotent(ctx context.Context, k IdempotencyKey) error {
	return r.follow(ctx, func(t *tx) error {
		_, err := t.exec(`UPDATE idempotency_keys SET begun = $4 WHERE scope = $1 AND request_key = $2 AND fingerprint = $3 AND NOT done`,
			k.Scope, k.Key, k.Fingerprint, micros(t.now))
		return err
	})
}

// FinishIdempotent keeps the answer of a request that was carried out. The first
// answer stands, if there were two.
func (r *Repository) FinishIdempotent(ctx context.Context, k IdempotencyKey, status int, header map[string][]string, body []byte) error {
	return r.transact(ctx, func(t *tx) error {
		_, err := t.exec(`UPDATE idempotency_keys SET done = TRUE, status = $4, header = $5, body = $6
			WHERE scope = $1 AND request_key = $2 AND fingerprint = $3 AND NOT done`, k.Scope, k.Key, k.Fingerprint, status, text(header), body)
		return err
	})
}

// AbandonIdempotent forgets a request that had no effect, so that it may be
// tried again at once.
func (r *Repository) AbandonIdempotent(ctx context.Context, k IdempotencyKey) error {
	return r.follow(ctx, func(t *tx) error {
		_, err := t.exec(`DELETE FROM idempotency_keys WHERE scope = $1 AND request_key = $2 AND fingerprint = $3 AND NOT done`, k.Scope, k.Key, k.Fingerprint)
		return err
	})
}

// AbandonInFlight forgets every request in flight. A process that has the
// repository to itself calls it when it starts: whoever was carrying them out
// is gone, and its clients need not wait until they count as gone.
func (r *Repository) AbandonInFlight(ctx context.Context) error {
	return r.follow(ctx, func(t *tx) error {
		_, err := t.exec(`DELETE FROM idempotency_keys WHERE NOT done`)
		return err
	})
}
