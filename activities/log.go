package activities

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of one line of the log activity; what is longer is cut, and says so.
const (
	maxLogMessage = 4 << 10
	maxLogField   = 1 << 10
	maxLogFields  = 32
)

const cut = "… (cut)"

// Log writes lines into the log of the worker.
type Log struct{ logger *slog.Logger }

// NewLog returns a log activity that writes to logger.
func NewLog(logger *slog.Logger) *Log { return &Log{logger: logger} }

// Line is the input of the log activity.
type Line struct {
	// Level is debug, info, warn or error. Default info.
	Level   string `json:"level,omitempty"`
	Message string `json:"message"`
	// Fields are written beside the message, under the group "fields".
	Fields map[string]json.RawMessage `json:"fields,omitempty"`
}

// Write writes one line with the instance and the element that it comes from.
func (l *Log) Write(ctx context.Context, line Line) error {
	level, err := logLevel(line.Level)
	if err != nil {
		return err
	}
	if line.Message == "" {
		return invalid("log: the input has no message")
	}
	task := Task(ctx)
	attrs := []slog.Attr{
		slog.String("instance", task.Instance),
		slog.String("process", task.Process),
		slog.String("element", task.ElementInstance),
	}
	if len(line.Fields) > 0 {
		attrs = append(attrs, slog.Attr{Key: "fields", Value: slog.GroupValue(fieldAttrs(line.Fields)...)})
	}
	l.logger.LogAttrs(ctx, level, clip(line.Message, maxLogMessage), attrs...)
	return nil
}

func logLevel(text string) (slog.Level, error) {
	switch strings.ToLower(text) {
	case "debug":
		return slog.LevelDebug, nil
	case "", "info":
		return slog.LevelInfo, nil
	case "warn":
		return slog.LevelWarn, nil
	case "error":
		return slog.LevelError, nil
	default:
		return 0, invalid("log: level %q is none of debug, info, warn and error", clip(text, 32))
	}
}

// fieldAttrs renders fields in the order of their names.
func fieldAttrs(fields map[string]json.RawMessage) []slog.Attr {
	var attrs []slog.Attr
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if len(attrs) == maxLogFields {
			return append(attrs, slog.String("…", "more fields were cut"))
		}
		attrs = append(attrs, slog.String(clip(name, maxLogField), clip(fieldText(fields[name]), maxLogField)))
	}
	return attrs
}

// fieldText is a text without its quotes, and the JSON of everything else.
func fieldText(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	return string(value)
}

// clip shortens text to about limit bytes and does not split a character.
func clip(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	end := limit
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + cut
}
