package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// preference is what a caller asks for by Prefer (RFC 7240).
type preference struct {
	// async is respond-async: 202 at once.
	async bool
	// wait is how long to wait for the end, 0 for not at all.
	wait time.Duration
}

// maxWait caps wait=N.
const maxWait = 60 * time.Second

// preferenceOf reads the Prefer headers. As RFC 7240 asks, what is unknown or
// malformed is passed over, and the first of two equal preferences counts.
func preferenceOf(h http.Header) preference {
	var p preference
	seen := map[string]bool{}
	for item := range strings.SplitSeq(strings.Join(h.Values("Prefer"), ","), ",") {
		item, _, _ = strings.Cut(item, ";")
		name, value, _ := strings.Cut(item, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if seen[name] {
			continue
		}
		seen[name] = true
		switch name {
		case "respond-async":
			p.async = true
		case "wait":
			seconds, err := strconv.Atoi(strings.Trim(strings.TrimSpace(value), `"`))
			if err == nil && seconds > 0 {
				p.wait = min(time.Duration(min(seconds, 3600))*time.Second, maxWait)
			}
		}
	}
	return p
}

// applied is the value of Preference-Applied, "" when nothing was asked for.
func (p preference) applied() string {
	var parts []string
	if p.async {
		parts = append(parts, "respond-async")
	}
	if p.wait > 0 {
		parts = append(parts, "wait="+strconv.Itoa(int(p.wait/time.Second)))
	}
	return strings.Join(parts, ", ")
}

func preferParameter() *huma.Param {
	return &huma.Param{
		Name: "Prefer", In: "header", Schema: &huma.Schema{Type: huma.TypeString},
		Description: "respond-async answers 202 at once; wait=N waits up to N seconds, at most 60, for the end (RFC 7240).",
	}
}

type preferenceKey struct{}

func withPreference(ctx context.Context, p preference) context.Context {
	return context.WithValue(ctx, preferenceKey{}, p)
}

func preferenceFrom(ctx context.Context) preference {
	p, _ := ctx.Value(preferenceKey{}).(preference)
	return p
}
