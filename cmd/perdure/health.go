package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// healthCommand asks a server or worker whether it is ready, for the health
// check of a container in which there is no other program.
type healthCommand struct {
	URL string `env:"PERDURE_SERVER" default:"http://127.0.0.1:8080" placeholder:"URL" help:"The server, or the address on which a worker serves its health (default ${default})."`
}

// healthTimeout bounds the question, whatever the health check allows.
const healthTimeout = 4 * time.Second

// Help implements kong.HelpProvider.
func (*healthCommand) Help() string {
	return `Examples:

    perdure health
    perdure health --url http://127.0.0.1:8081`
}

// Run fails unless /readyz is answered with 200.
func (cmd *healthCommand) Run(ctx context.Context, c console) error {
	base, err := url.Parse(cmd.URL)
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") {
		return usagef("--url %q is not a URL like http://127.0.0.1:8080", cmd.URL)
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base.JoinPath("readyz").String(), http.NoBody)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 4<<10))
	if err != nil {
		return err
	}
	text := strings.TrimSpace(string(body))
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s", text)
	}
	_, err = fmt.Fprintln(c.out, text)
	return err
}
