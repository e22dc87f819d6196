// Package service is what the API can do, without HTTP: both surfaces call it.
//
// A change is committed in the repository first and then carried out in
// Temporal by the dispatcher. Errors are those of repository and dispatch, and
// the types of this package; the API turns each into a problem.
package service

import (
	"context"
	"log/slog"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/perdure/perdure/dispatch"
	"github.com/perdure/perdure/repository"
)

// How long a request waits for Temporal.
const (
	// startWait is short: a start that is committed is carried out later.
	startWait = 2 * time.Second
	// answerWait is for what cannot be answered without the instance.
	answerWait = 5 * time.Second
	// logWait is for what an answer is complete without.
	logWait = time.Second
)

// Service carries out the operations of the API. It may be used by many
// goroutines.
type Service struct {
	repository *repository.Repository
	dispatcher *dispatch.Dispatcher
	temporal   client.Client
	logger     *slog.Logger
}

// New makes a Service.
func New(repo *repository.Repository, d *dispatch.Dispatcher, c client.Client, logger *slog.Logger) *Service {
	return &Service{repository: repo, dispatcher: d, temporal: c, logger: logger}
}

// later notes what could not be carried out at once and will be by the
// dispatcher's Run: it is no failure of the request.
func (s *Service) later(ctx context.Context, what, id string, err error) {
	if err != nil {
		s.logger.WarnContext(ctx, "left to the dispatcher", slog.String("what", what), slog.String("id", id), slog.Any("error", err))
	}
}
