package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
)

// rawBody is a request's body, read once and within its bound.
type rawBody struct {
	data   []byte
	media  string // without parameters, lower case; "" when not given
	header string // the whole Content-Type
}

type bodyKey struct{}

func bodyOf(ctx context.Context) rawBody {
	raw, _ := ctx.Value(bodyKey{}).(rawBody)
	return raw
}

// boundBody reads the body of an operation before anything else looks at it.
func (s *server) boundBody(ctx huma.Context, next func(huma.Context)) {
	op := operationOf(ctx)
	r, w := humachi.Unwrap(ctx)
	raw, problem := readBody(r, w, op.maxBody)
	if problem != nil {
		writeProblem(w, r, problem)
		return
	}
	next(huma.WithValue(ctx, bodyKey{}, raw))
}

func readBody(r *http.Request, w http.ResponseWriter, limit int) (rawBody, *Problem) {
	var raw rawBody
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return raw, newProblem(kindMedia, "a body with Content-Encoding "+encoding+" is not taken; send it as it is")
	}
	if header := r.Header.Get("Content-Type"); header != "" {
		media, _, err := mime.ParseMediaType(header)
		if err != nil {
			return raw, newProblem(kindMedia, "the Content-Type cannot be read")
		}
		raw.media, raw.header = media, header
	}
	var buffer bytes.Buffer
	if _, err := io.Copy(&buffer, http.MaxBytesReader(w, r.Body, int64(limit))); err != nil {
		return raw, bodyProblem(err, limit)
	}
	raw.data = buffer.Bytes()
	return raw, nil
}

func bodyProblem(err error, limit int) *Problem {
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return newProblem(kindTooLarge, fmt.Sprintf("the body has more than %d bytes", limit))
	}
	if slow, ok := errors.AsType[net.Error](err); ok && slow.Timeout() {
		return newProblem(kindTimeout, "the body did not arrive in time")
	}
	return newProblem(kindBody, "the body ended before its end")
}

// requireMedia refuses a body of another media type. A body that names none is
// taken as the first of them.
func (b rawBody) requireMedia(accepted ...string) *Problem {
	if b.media == "" || slices.Contains(accepted, b.media) {
		return nil
	}
	return newProblem(kindMedia, fmt.Sprintf("a body of type %s is not taken; send %s", b.media, strings.Join(accepted, ", ")))
}
