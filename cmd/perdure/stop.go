package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// stopCommand stops an instance.
type stopCommand struct {
	Instance string `arg:"" help:"The id of the instance."`
	Reason   string `placeholder:"TEXT" help:"Why; it stands in the audit trail and in the instance."`
	serverFlags
	outputFlags
}

// Help implements kong.HelpProvider.
func (*stopCommand) Help() string {
	return `Ends the instance before its time: what it waits for is withdrawn, instances that it called are stopped as well. Stopping an instance that was stopped before does nothing.

Examples:

    perdure stop 0198f3c2-52d1-7f2e-8f0a-1d3f6a0b9c11 --reason "ordered twice"

Exit codes: 0 stopped, or will be as soon as it can be reached; 3 no such instance; 4 it has ended otherwise; 5 server unavailable.`
}

// Run stops the instance.
func (cmd *stopCommand) Run(ctx context.Context, c console) error {
	api, err := cmd.client()
	if err != nil {
		return err
	}
	body, err := json.Marshal(map[string]string{"reason": cmd.Reason})
	if err != nil {
		return err
	}
	var in instance
	_, err = api.do(ctx, request{
		method: http.MethodPost, path: []string{"api", "v1", "instances", cmd.Instance, "stop"}, header: jsonHeader(), body: body,
	}, &in)
	if err != nil {
		return err
	}
	if cmd.json() {
		return printJSON(c.out, in.raw)
	}
	if in.running() {
		fmt.Fprintf(c.out, "%s will be stopped as soon as it can be reached\n", in.ID)
		return nil
	}
	fmt.Fprintf(c.out, "%s %s\n", in.ID, in.State)
	return nil
}
