package repository

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Limits of a Page.
const (
	DefaultLimit = 50
	MaxLimit     = 200
)

// Page asks for one page of a list.
type Page struct {
	// Limit is the number of rows wanted: DefaultLimit when it is not
	// positive, never more than MaxLimit.
	Limit int
	// Cursor is what the page before answered, empty for the first. Every row
	// that exists during the whole walk is listed exactly once.
	Cursor string
}

func (p Page) limit() int {
	switch {
	case p.Limit <= 0:
		return DefaultLimit
	case p.Limit > MaxLimit:
		return MaxLimit
	default:
		return p.Limit
	}
}

// BadCursorError says that a cursor was not made by this list.
type BadCursorError struct{ Cursor string }

// Error names the cursor.
func (e *BadCursorError) Error() string {
	return fmt.Sprintf("repository: bad cursor %q", e.Cursor)
}

// position is where a page ends: the sort key of its last row, which never
// changes while the row exists.
type position struct {
	Time int64  `json:"t"`
	ID   string `json:"i"`
}

func (p position) cursor() string {
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // a number and a string always marshal
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func parseCursor(s string) (position, error) {
	var p position
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(b, &p)
	}
	if err != nil || p.ID == "" {
		return position{}, &BadCursorError{Cursor: s}
	}
	return p, nil
}

// filter collects the conditions of a WHERE clause; each question mark stands
// for one argument.
type filter struct {
	conditions []string
	args       []any
}

func (f *filter) and(condition string, args ...any) {
	var b strings.Builder
	for _, arg := range args {
		before, after, _ := strings.Cut(condition, "?")
		f.args = append(f.args, arg)
		b.WriteString(before + "$" + strconv.Itoa(len(f.args)))
		condition = after
	}
	b.WriteString(condition)
	f.conditions = append(f.conditions, b.String())
}

// equal adds a condition unless the value is empty.
func (f *filter) equal(column, value string) {
	if value != "" {
		f.and(column+" = ?", value)
	}
}

func (f *filter) where() string {
	if len(f.conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(f.conditions, " AND ")
}

// listing is a keyset walk over one table.
type listing[T any] struct {
	columns, from string
	// time and id are the columns of the sort key.
	time, id string
	oldest   bool // oldest first
	scan     func(row) (T, error)
	position func(T) position
}

func (l listing[T]) page(ctx context.Context, s session, f *filter, p Page) ([]T, string, error) {
	direction, compare := " DESC", "<"
	if l.oldest {
		direction, compare = "", ">"
	}
	if p.Cursor != "" {
		at, err := parseCursor(p.Cursor)
		if err != nil {
			return nil, "", err
		}
		f.and("("+l.time+", "+l.id+") "+compare+" (?, ?)", at.Time, at.ID)
	}
	limit := p.limit()
	query := "SELECT " + l.columns + " FROM " + l.from + f.where() +
		" ORDER BY " + l.time + direction + ", " + l.id + direction +
		" LIMIT " + strconv.Itoa(limit+1)
	items, err := collect(ctx, s, l.scan, query, f.args...)
	if err != nil {
		return nil, "", err
	}
	if len(items) <= limit {
		return items, "", nil
	}
	items = items[:limit]
	return items, l.position(items[limit-1]).cursor(), nil
}

// collect runs a query and scans all its rows.
func collect[T any](ctx context.Context, s session, scan func(row) (T, error), query string, args ...any) ([]T, error) {
	var items []T
	err := s.query(ctx, query, args, func(r row) error {
		item, err := scan(r)
		if err == nil {
			items = append(items, item)
		}
		return err
	})
	return items, err
}

// first runs a query and scans its first row; sql.ErrNoRows if there is none.
func first[T any](ctx context.Context, s session, scan func(row) (T, error), query string, args ...any) (T, error) {
	items, err := collect(ctx, s, scan, query, args...)
	if err == nil && len(items) == 0 {
		err = sql.ErrNoRows
	}
	if err != nil {
		var none T
		return none, err
	}
	return items[0], nil
}

func scanString(r row) (s string, err error) {
	err = r.Scan(&s)
	return s, err
}

func scanInt(r row) (n int64, err error) {
	err = r.Scan(&n)
	return n, err
}
