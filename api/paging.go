package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/perdure/perdure/repository"
)

// Paged are the parameters of every list.
type Paged struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" doc:"How many items at most. Default 50."`
	Cursor string `query:"cursor" maxLength:"1024" doc:"Where to go on: from the link rel=next of the page before."`
}

func (p Paged) page() repository.Page { return repository.Page{Limit: p.Limit, Cursor: p.Cursor} }

// list is the answer of every list of /api/v1.
type list[T any] struct {
	Link string `header:"Link" doc:"rel=next leads to the next page (RFC 8288)."`
	Body struct {
		Items []T    `json:"items"`
		Next  string `json:"next,omitempty" doc:"The cursor of the next page; absent on the last one."`
	}
}

func listOf[R, T any](ctx context.Context, rows []R, next string, convert func(R) T) *list[T] {
	answer := &list[T]{Link: linkNext(ctx, next)}
	answer.Body.Items = convertAll(rows, convert)
	answer.Body.Next = next
	return answer
}

func convertAll[R, T any](rows []R, convert func(R) T) []T {
	items := make([]T, len(rows))
	for i, row := range rows {
		items[i] = convert(row)
	}
	return items
}

type urlKey struct{}

// located remembers the URL of a request for the link to the next page.
func located(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), urlKey{}, *r.URL)))
	})
}

// linkNext is the Link header of a page: the same URL with another cursor.
func linkNext(ctx context.Context, cursor string) string {
	at, ok := ctx.Value(urlKey{}).(url.URL)
	if cursor == "" || !ok {
		return ""
	}
	query := at.Query()
	query.Set("cursor", cursor)
	next := url.URL{Path: at.Path, RawPath: at.RawPath, RawQuery: query.Encode()}
	return "<" + next.String() + ">; rel=\"next\""
}

// pathOf joins the segments of a path, escaped.
func pathOf(segments ...string) string {
	var path strings.Builder
	for _, segment := range segments {
		path.WriteString("/" + url.PathEscape(segment))
	}
	return path.String()
}

func versionText(version int) string { return strconv.Itoa(version) }
