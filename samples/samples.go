package samples

import (
	"context"
	_ "embed"
	"fmt"

	visitcounselor "github.com/perdure/perdure/samples/visit-counselor"
)

// Sample is a process with what it needs to run.
type Sample struct {
	Name        string
	Description string // one sentence
	// Files are the BPMN files to deploy, by file name.
	Files map[string][]byte
	// Start starts the services that the process talks to. They run until stop
	// is called. The banner is lines for the person who started them.
	Start func(ctx context.Context) (stop func(), banner []string, err error)
}

// Names returns the names of all samples, sorted.
func Names() []string { return []string{"custom-activity", "visit-counselor"} }

// Get returns the sample with the given name.
func Get(name string) (Sample, bool) {
	switch name {
	case "custom-activity":
		return customActivity(), true
	case "visit-counselor":
		return visitCounselor(), true
	default:
		return Sample{}, false
	}
}

//go:embed custom-activity/custom-activity.bpmn
var customActivityProcess []byte

func customActivity() Sample {
	return Sample{
		Name:        "custom-activity",
		Description: "A grant is decided by a score that a worker of your own computes.",
		Files:       map[string][]byte{"custom-activity.bpmn": customActivityProcess},
		Start: func(context.Context) (func(), []string, error) {
			return func() {}, []string{"its worker: PERDURE_TEMPORAL_ADDRESS=<Temporal's address, see above> go run ./samples/custom-activity"}, nil
		},
	}
}

func visitCounselor() Sample {
	return Sample{
		Name:        "visit-counselor",
		Description: "A clinic reports a visit; insurance and patient are told, and for a child a counselor is asked for.",
		Files:       map[string][]byte{"visit-counselor.bpmn": visitcounselor.Process},
		Start: func(ctx context.Context) (func(), []string, error) {
			stop, err := visitcounselor.Serve(ctx, visitcounselor.Address, visitcounselor.New())
			if err != nil {
				return nil, nil, fmt.Errorf("%w: is another sample running?", err)
			}
			return stop, []string{
				"its services: http://" + visitcounselor.Address + " (registry, insurance, messaging, clinic)",
				"what they were asked: http://" + visitcounselor.Address + "/ledger",
			}, nil
		},
	}
}
