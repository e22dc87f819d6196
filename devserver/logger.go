package devserver

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync/atomic"

	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/log/tag"
)

// serverLogger writes the server's log to slog. Temporal's warnings and errors
// keep their level; its info becomes debug, since it tells the insides of a
// server that the reader did not ask for; its debug is dropped.
type serverLogger struct {
	slog  *slog.Logger
	state *logState
}

// logState is shared by all that With made of one logger.
type logState struct {
	// running is set between the end of Start and the beginning of Stop.
	running atomic.Bool
	// fatal is the last message of Fatal.
	fatal atomic.Pointer[string]
}

var (
	_ log.Logger     = serverLogger{}
	_ log.WithLogger = serverLogger{}
)

func newServerLogger(l *slog.Logger) serverLogger {
	return serverLogger{slog: l.With(slog.String("component", "temporal")), state: new(logState)}
}

// With implements log.WithLogger.
func (l serverLogger) With(tags ...tag.Tag) log.Logger {
	l.slog = slog.New(l.slog.Handler().WithAttrs(attrs(tags)))
	return l
}

// Debug implements log.Logger.
func (l serverLogger) Debug(string, ...tag.Tag) {}

// Info implements log.Logger.
func (l serverLogger) Info(msg string, tags ...tag.Tag) {
	l.log(slog.LevelDebug, msg, tags)
}

// Warn implements log.Logger.
func (l serverLogger) Warn(msg string, tags ...tag.Tag) {
	level := slog.LevelWarn
	if l.expected(msg) {
		level = slog.LevelDebug
	}
	l.log(level, msg, tags)
}

// expected tells the warnings that a healthy server of this kind gives.
func (l serverLogger) expected(msg string) bool {
	switch {
	case strings.HasPrefix(msg, "HTTP API port has not been set"):
		// Only Nexus needs that port.
		return true
	case msg == "network dial error", msg == "Failed to poll for task.":
		// The services start and stop one after the other, and call each
		// other meanwhile.
		return !l.state.running.Load()
	default:
		return false
	}
}

// Error implements log.Logger.
func (l serverLogger) Error(msg string, tags ...tag.Tag) {
	l.log(slog.LevelError, msg, tags)
}

// DPanic implements log.Logger: it panics in development only, which this is
// not.
func (l serverLogger) DPanic(msg string, tags ...tag.Tag) {
	l.log(slog.LevelError, msg, tags)
}

// Panic implements log.Logger.
func (l serverLogger) Panic(msg string, tags ...tag.Tag) {
	l.log(slog.LevelError, msg, tags)
	panic(msg)
}

// Fatal implements log.Logger. It ends the calling goroutine instead of the
// process, which is not the server's to end: see guard.
func (l serverLogger) Fatal(msg string, tags ...tag.Tag) {
	l.log(slog.LevelError, msg, tags)
	for _, t := range tags {
		if t.Key() == "error" {
			msg = fmt.Sprintf("%s: %v", msg, t.Value())
		}
	}
	l.state.fatal.Store(&msg)
	runtime.Goexit()
}

func (l serverLogger) log(level slog.Level, msg string, tags []tag.Tag) {
	if ctx := context.Background(); l.slog.Enabled(ctx, level) {
		l.slog.LogAttrs(ctx, level, msg, attrs(tags)...)
	}
}

func attrs(tags []tag.Tag) []slog.Attr {
	as := make([]slog.Attr, len(tags))
	for i, t := range tags {
		as[i] = slog.Any(t.Key(), t.Value())
	}
	return as
}
