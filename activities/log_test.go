package activities

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/protocol"
)

// write returns the line that the log activity writes, without its time.
func write(t *testing.T, line Line) map[string]any {
	t.Helper()
	var out bytes.Buffer
	log := NewLog(slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})))
	ctx := WithTask(t.Context(), protocol.TaskInfo{Instance: "i-1", Process: "visit", ElementInstance: "note#3"})
	require.NoError(t, log.Write(ctx, line))
	require.Equal(t, 1, strings.Count(out.String(), "\n"))
	var written map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &written))
	delete(written, "time")
	return written
}

func TestLog(t *testing.T) {
	t.Parallel()

	t.Run("NamesInstanceAndElement", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, map[string]any{
			"level": "WARN", "msg": "late\npayment", "instance": "i-1", "process": "visit", "element": "note#3",
			"fields": map[string]any{"amount": "10.10", "name": "Ada", "tags": `["a"]`},
		}, write(t, Line{Level: "warn", Message: "late\npayment", Fields: map[string]json.RawMessage{
			"amount": json.RawMessage(`10.10`), "name": json.RawMessage(`"Ada"`), "tags": json.RawMessage(`["a"]`),
		}}))
	})

	t.Run("IsBounded", func(t *testing.T) {
		t.Parallel()
		fields := map[string]json.RawMessage{}
		for i := range 100 {
			fields[fmt.Sprintf("f%02d", i)] = json.RawMessage(`"` + strings.Repeat("ü", 5000) + `"`)
		}
		written := write(t, Line{Message: strings.Repeat("ü", 5000), Fields: fields})
		require.LessOrEqual(t, len(written["msg"].(string)), maxLogMessage+len(cut))
		require.True(t, utf8.ValidString(written["msg"].(string)))
		require.Len(t, written["fields"], maxLogFields+1)
		require.LessOrEqual(t, len(written["fields"].(map[string]any)["f00"].(string)), maxLogField+len(cut))
	})

	t.Run("RefusesInput", func(t *testing.T) {
		t.Parallel()
		for _, line := range []Line{{}, {Level: "loud", Message: "m"}} {
			failure(t, NewLog(slog.New(slog.DiscardHandler)).Write(t.Context(), line), ErrTypeInput, false)
		}
	})
}
