// Command perdure runs BPMN processes on Temporal, as one process on a laptop
// or as servers and workers in a data centre, and talks to them from a
// terminal. `perdure --help` lists its subcommands; each has a file here.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/perdure/perdure/samples"
)

// commands is the command line: one field for each subcommand, in the order
// in which a reader meets them.
type commands struct {
	Dev      devCommand      `cmd:"" group:"run" help:"Run everything in one process: Temporal, its web UI, the API, a worker and SQLite."`
	Server   serverCommand   `cmd:"" group:"run" help:"Run the API and the dispatcher on a Temporal cluster and PostgreSQL."`
	Worker   workerCommand   `cmd:"" group:"run" help:"Run the worker that executes process instances and their service tasks."`
	Deploy   deployCommand   `cmd:"" group:"use" help:"Deploy BPMN files to a server."`
	Start    startCommand    `cmd:"" group:"use" help:"Start an instance of a process."`
	List     listCommand     `cmd:"" group:"use" help:"List processes, instances, tasks or incidents."`
	Show     showCommand     `cmd:"" group:"use" help:"Show an instance or a process."`
	Stop     stopCommand     `cmd:"" group:"use" help:"Stop a running instance."`
	Validate validateCommand `cmd:"" group:"check" help:"Check BPMN files without a server."`
	Version  versionCommand  `cmd:"" group:"check" help:"Print the versions of this binary and of what is in it."`
	Health   healthCommand   `cmd:"" group:"check" hidden:"" help:"Exit with 0 if a server or worker is ready, else with 1."`
}

// console is where a command reads and writes. Results go to out, everything
// else to err, so that a program can read the results.
type console struct {
	in  io.Reader
	out io.Writer
	err io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal ends the context; the second then ends the process.
	context.AfterFunc(ctx, stop)
	code := run(ctx, os.Args[1:], console{in: os.Stdin, out: os.Stdout, err: os.Stderr})
	stop()
	os.Exit(code)
}

// exitRequest is how kong's wish to exit, after --help, leaves the parser.
type exitRequest int

// run executes one command line and returns its exit code.
func run(ctx context.Context, args []string, c console) (code int) {
	defer func() {
		if r := recover(); r != nil {
			request, ok := r.(exitRequest)
			if !ok {
				panic(r)
			}
			code = int(request)
		}
	}()
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parser := newParser(c)
	parsed, err := parser.Parse(args)
	if err != nil {
		return report(c, usageError{err})
	}
	parsed.BindTo(ctx, (*context.Context)(nil))
	parsed.Bind(c)
	return report(c, parsed.Run())
}

func newParser(c console) *kong.Kong {
	return kong.Must(&commands{},
		kong.Name("perdure"),
		kong.Description("Durable BPMN 2.0 processes on Temporal.\n\n"+exitCodesHelp),
		kong.Writers(c.out, c.err),
		kong.Vars{"samples": strings.Join(samples.Names(), " or ")},
		kong.Exit(func(code int) { panic(exitRequest(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true, WrapUpperBound: 100, NoExpandSubcommands: true}),
		kong.ExplicitGroups([]kong.Group{
			{Key: "run", Title: "Run the platform:"},
			{Key: "use", Title: "Use a running one:"},
			{Key: "check", Title: "Check and tell:"},
		}),
	)
}
