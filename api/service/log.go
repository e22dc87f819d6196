package service

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	enums "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/protocol"
	"github.com/perdure/perdure/repository"
)

// LogEntry is one line of an instance's log: a step of the instance, or a
// change that somebody made (GS-3.1, GS-5.2).
type LogEntry struct {
	Time    time.Time
	Source  string // "instance" or "audit"
	Text    string
	Element string
	Actor   *protocol.Actor
}

// maxLog bounds the log of one answer; the newest lines are kept.
const maxLog = 500

// Log answers the audit entries of an instance and, if a worker answers in
// time, the steps of its last run, oldest first.
func (s *Service) Log(ctx context.Context, id string) ([]LogEntry, error) {
	audit, _, err := s.repository.ListAudit(ctx, repository.AuditFilter{Instance: id}, repository.Page{Limit: repository.MaxLimit})
	if err != nil {
		return nil, err
	}
	var entries []LogEntry
	for _, a := range slices.Backward(audit) {
		entries = append(entries, LogEntry{Time: a.Time, Source: "audit", Text: a.Action + " " + a.ObjectID, Actor: &a.Actor})
	}
	for _, step := range s.recentSteps(ctx, id) {
		text := strings.Join(strings.Fields(step.Verb+" "+step.Name+" "+step.Detail), " ")
		entries = append(entries, LogEntry{Time: step.Time, Source: "instance", Text: text, Element: step.Element})
	}
	slices.SortStableFunc(entries, func(a, b LogEntry) int { return a.Time.Compare(b.Time) })
	return entries[max(0, len(entries)-maxLog):], nil
}

// recentSteps answers nothing rather than letting anybody wait.
func (s *Service) recentSteps(ctx context.Context, id string) []protocol.HistoryEntry {
	ctx, cancel := context.WithTimeout(ctx, logWait)
	defer cancel()
	var steps []protocol.HistoryEntry
	if err := s.dispatcher.Query(ctx, id, "", protocol.HistoryQuery, &steps); err != nil {
		return nil
	}
	return steps
}

// CursorError says that a cursor was not made by this list.
type CursorError struct{ Cursor string }

// Error names the cursor.
func (e *CursorError) Error() string { return fmt.Sprintf("the cursor %q is not valid", e.Cursor) }

// History answers the steps of an instance in the order in which they
// happened, over all runs of its workflow: it may have continued as new.
func (s *Service) History(ctx context.Context, id string, page repository.Page) ([]protocol.HistoryEntry, string, error) {
	if _, err := s.repository.Instance(ctx, id); err != nil {
		return nil, "", err
	}
	ctx, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	run, offset, err := readHistoryCursor(page.Cursor)
	if err == nil && run == "" {
		run, err = s.firstRun(ctx, id)
	}
	if err != nil {
		return nil, "", err
	}
	limit := page.Limit
	if limit <= 0 {
		limit = repository.DefaultLimit
	}
	limit = min(limit, repository.MaxLimit)
	entries := []protocol.HistoryEntry{}
	for range maxRuns {
		var steps []protocol.HistoryEntry
		if err := s.dispatcher.Query(ctx, id, run, protocol.HistoryQuery, &steps); err != nil {
			return nil, "", err
		}
		from := min(offset, len(steps))
		taken := min(limit-len(entries), len(steps)-from)
		entries = append(entries, steps[from:from+taken]...)
		if from+taken < len(steps) {
			return entries, historyCursor(run, from+taken), nil
		}
		next, err := s.nextRun(ctx, id, run)
		if err != nil || next == "" {
			return entries, "", err
		}
		run, offset = next, 0
	}
	return entries, historyCursor(run, 0), nil
}

// maxRuns bounds how many runs one page looks into.
const maxRuns = 20

func historyCursor(run string, offset int) string {
	return base64.RawURLEncoding.EncodeToString([]byte(run + " " + strconv.Itoa(offset)))
}

func readHistoryCursor(cursor string) (run string, offset int, err error) {
	if cursor == "" {
		return "", 0, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	run, number, ok := strings.Cut(string(text), " ")
	if err == nil {
		offset, err = strconv.Atoi(number)
	}
	if err != nil || !ok || offset < 0 || len(run) > 64 {
		return "", 0, &CursorError{Cursor: cursor}
	}
	return run, offset, nil
}

// firstRun answers the first run of an instance.
func (s *Service) firstRun(ctx context.Context, id string) (string, error) {
	description, err := s.temporal.DescribeWorkflowExecution(ctx, id, "")
	if err != nil {
		return "", s.dispatcher.Explain(err)
	}
	return description.GetWorkflowExecutionInfo().GetFirstRunId(), nil
}

// nextRun answers the run that continues this one, empty if none does.
func (s *Service) nextRun(ctx context.Context, id, run string) (string, error) {
	description, err := s.temporal.DescribeWorkflowExecution(ctx, id, run)
	if err != nil {
		return "", s.dispatcher.Explain(err)
	}
	if description.GetWorkflowExecutionInfo().GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW {
		return "", nil
	}
	last := s.temporal.GetWorkflowHistory(ctx, id, run, false, enums.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT)
	for last.HasNext() {
		event, err := last.Next()
		if err != nil {
			return "", s.dispatcher.Explain(err)
		}
		if next := event.GetWorkflowExecutionContinuedAsNewEventAttributes().GetNewExecutionRunId(); next != "" {
			return next, nil
		}
	}
	return "", nil
}

// Audit lists who changed what, newest first.
func (s *Service) Audit(ctx context.Context, f repository.AuditFilter, page repository.Page) ([]repository.AuditEntry, string, error) {
	return s.repository.ListAudit(ctx, f, page)
}
