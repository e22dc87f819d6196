package worker

import (
	"log/slog"

	sdklog "go.temporal.io/sdk/log"
)

// NewLogger returns the logger for a client of Temporal's SDK that a worker of
// this package uses. Everything goes to logger at its own level but one line:
// that an activity failed, which the SDK calls an error. It becomes a retry or
// an incident, which are visible, and NewInterceptor logs it at info with its
// instance and element.
func NewLogger(logger *slog.Logger) sdklog.Logger {
	return quietLogger{sdklog.NewStructuredLogger(logger)}
}

type quietLogger struct{ sdklog.Logger }

// activityFailed is how the SDK says that an activity returned an error.
const activityFailed = "Activity error."

// Error implements log.Logger.
func (l quietLogger) Error(message string, keyvals ...any) {
	if message == activityFailed {
		l.Debug(message, keyvals...)
		return
	}
	l.Logger.Error(message, keyvals...)
}
