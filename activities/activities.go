package activities

import (
	"log/slog"

	"go.temporal.io/sdk/client"

	"github.com/perdure/perdure/protocol"
)

// Names of the activities that a task may name as its type.
const (
	HTTPName = "http"
	LogName  = "log"
)

// Options are what the activities need from outside.
type Options struct {
	// Repository serves protocol.ProjectActivity and protocol.ResolveActivity.
	Repository Repository
	// NotFound is the error of Repository for what does not exist, recognised
	// by errors.Is. Resolving such a process is not tried again.
	NotFound error
	// Client serves protocol.ChildResultActivity.
	Client client.Client
	// HTTP configures the http activity.
	HTTP HTTPOptions
	// Logger takes the lines of the log activity. Default slog.Default().
	Logger *slog.Logger
}

// Registration is one activity and the name that it is registered under.
type Registration struct {
	Name     string
	Function any
	// Internal says that no task names it: the interpreter calls it.
	Internal bool
}

// All returns every activity of the platform.
func All(o Options) []Registration {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	r := &repositoryActivities{repository: o.Repository, notFound: o.NotFound}
	return []Registration{
		{Name: HTTPName, Function: NewHTTP(o.HTTP).Do},
		{Name: LogName, Function: NewLog(o.Logger).Write},
		{Name: protocol.ProjectActivity, Function: r.Project, Internal: true},
		{Name: protocol.ResolveActivity, Function: r.Resolve, Internal: true},
		{Name: protocol.ChildResultActivity, Function: (&childResult{client: o.Client}).Fetch, Internal: true},
	}
}
