package main

import (
	"io"
	"log/slog"
)

// logFlags say what a long-running command logs, and how.
type logFlags struct {
	LogLevel  slog.Level `env:"PERDURE_LOG_LEVEL" default:"info" placeholder:"LEVEL" help:"Log from this level on: debug, info, warn or error (default ${default})."`
	LogFormat string     `env:"PERDURE_LOG_FORMAT" enum:"text,json" default:"text" placeholder:"FORMAT" help:"Log lines for people or for programs: text or json (default ${default})."`
}

// logger returns a logger to w.
func (f logFlags) logger(w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: f.LogLevel}
	if f.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
