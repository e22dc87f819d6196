package repository

import (
	"context"
	"errors"
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

// BeginIdempotent asks whether to carry out a request.
func (r *Repository) BeginIdempotent(ctx context.Context, k IdempotencyKey) (IdempotencyState, error) {
	return IdempotencyState{}, errors.ErrUnsupported
}

// FinishIdempotent keeps the answer of a request that was carried out.
func (r *Repository) FinishIdempotent(ctx context.Context, k IdempotencyKey, status int, header map[string][]string, body []byte) error {
	return errors.ErrUnsupported
}

// AbandonIdempotent forgets a request that had no effect.
func (r *Repository) AbandonIdempotent(ctx context.Context, k IdempotencyKey) error {
	return errors.ErrUnsupported
}
