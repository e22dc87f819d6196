package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"
)

// startCommand starts an instance.
type startCommand struct {
	Process        string        `arg:"" help:"The process: its key for the latest enabled version, KEY:VERSION, or a full id."`
	BusinessKey    string        `placeholder:"KEY" help:"What the instance is about in your own words, for example an order number."`
	Event          string        `placeholder:"ID" help:"The start event, if the process has no plain one."`
	Wait           time.Duration `placeholder:"DURATION" help:"Wait so long for the end, for example 30s, and show how it ended."`
	IdempotencyKey string        `placeholder:"KEY" help:"Starting again with the same key gives the instance of the first time."`
	variableFlags
	serverFlags
	outputFlags
}

// Help implements kong.HelpProvider.
func (*startCommand) Help() string {
	return `Prints the id of the new instance. With --wait it shows the instance at its end, and fails when it did not complete by then; the instance goes on.

Examples:

    perdure start order --var customer=Ada --var amount=120.50
    perdure start order --variables @order.json --business-key 4711 --wait 30s
    perdure start order:3 --idempotency-key order-4711 -o json

Exit codes: 0 started, or completed with --wait; 1 not completed in time, or ended otherwise; 2 wrong usage; 3 no such process; 4 refused, for example disabled; 5 server unavailable.`
}

// startBody asks for an instance.
type startBody struct {
	Process     string                     `json:"process"`
	BusinessKey string                     `json:"businessKey,omitempty"`
	Start       string                     `json:"start,omitempty"`
	Variables   map[string]json.RawMessage `json:"variables,omitempty"`
}

// maxServerWait is how long a server waits at most in one request.
const maxServerWait = 60 * time.Second

// Run starts the instance and, if asked to, waits for its end.
func (cmd *startCommand) Run(ctx context.Context, c console) error {
	api, err := cmd.client()
	if err != nil {
		return err
	}
	deadline := time.Now().Add(cmd.Wait)
	in, err := cmd.start(ctx, api, c)
	if err != nil {
		return err
	}
	if cmd.Wait > maxServerWait {
		if in, err = api.awaitEnd(ctx, in, deadline); err != nil {
			return err
		}
	}
	if err := cmd.print(in, c); err != nil {
		return err
	}
	return cmd.outcome(in, c)
}

func (cmd *startCommand) start(ctx context.Context, api *apiClient, c console) (instance, error) {
	variables, err := cmd.object(c)
	if err != nil {
		return instance{}, err
	}
	body, err := json.Marshal(startBody{
		Process: cmd.Process, BusinessKey: cmd.BusinessKey, Start: cmd.Event, Variables: variables,
	})
	if err != nil {
		return instance{}, err
	}
	header := jsonHeader()
	if cmd.IdempotencyKey != "" {
		header.Set("Idempotency-Key", strconv.Quote(cmd.IdempotencyKey))
	}
	timeout := time.Duration(0)
	if cmd.Wait > 0 {
		wait := min(cmd.Wait, maxServerWait)
		header.Set("Prefer", "wait="+strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		timeout = wait + requestTimeout
	}
	var in instance
	_, err = api.do(ctx, request{
		method: http.MethodPost, path: []string{"api", "v1", "instances"}, header: header, body: body, timeout: timeout,
	}, &in)
	if p, ok := errors.AsType[*problem](err); ok && p.ExitCode() == exitNotFound {
		p.Detail = fmt.Sprintf("there is no process %q that can be started", cmd.Process)
	}
	return in, err
}

// outcome fails unless the instance is as it was asked to be.
func (cmd *startCommand) outcome(in instance, c console) error {
	switch {
	case cmd.Wait == 0 || in.State == stateCompleted:
		return nil
	case in.running():
		fmt.Fprintf(c.err, "perdure: instance %s has not ended within %s; it goes on\n", in.ID, cmd.Wait)
	default:
		fmt.Fprintf(c.err, "perdure: instance %s did not complete: %s\n", in.ID, in.State)
	}
	return silentError(exitFailed)
}

func (cmd *startCommand) print(in instance, c console) error {
	switch {
	case cmd.json():
		return printJSON(c.out, in.raw)
	case cmd.Wait == 0:
		fmt.Fprintln(c.out, in.ID)
		return nil
	default:
		return in.print(c.out)
	}
}

// awaitEnd asks for an instance until it has ended or the deadline is over.
func (c *apiClient) awaitEnd(ctx context.Context, in instance, deadline time.Time) (instance, error) {
	const poll = 500 * time.Millisecond
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for in.running() && time.Now().Before(deadline) {
		next, err := c.instance(ctx, in.ID)
		if _, away := errors.AsType[*unavailableError](err); err != nil && !away {
			return in, err
		}
		if err == nil {
			in = next
			if !in.running() {
				break
			}
		}
		// A server that is away may come back before the deadline.
		select {
		case <-tick.C:
		case <-ctx.Done():
			return in, ctx.Err()
		}
	}
	return in, nil
}
