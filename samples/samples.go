package samples

import (
	"context"
	_ "embed"

	visitcounselor "github.com/perdure/perdure/samples/visit-counselor"
)

// Sample is a process with what it needs to run.
type Sample struct {
	Name        string
	Description string // one sentence
	// Files are the BPMN files to deploy, by file name.
	Files map[string][]byte
	// Start starts the services that the process talks to. They run until stop
	// is called.
	Start func(ctx context.Context) (stop func(), err error)
	// Notes are lines for the person who runs the sample: what there is to see
	// and to try.
	Notes func(Platform) []string
}

// Platform is where the platform that runs a sample can be reached.
type Platform struct {
	API      string // URL, without a slash at its end
	Temporal string // host:port of the frontend
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
		Start:       func(context.Context) (func(), error) { return func() {}, nil },
		Notes: func(p Platform) []string {
			return []string{
				"the worker that it waits for, in another terminal:",
				"",
				"PERDURE_TEMPORAL_ADDRESS=" + p.Temporal + " go run ./samples/custom-activity",
				"curl -s -X POST " + p.API + "/processes/custom-activity/start \\",
				"  -H 'Content-Type: application/json' -H 'Prefer: wait=30' \\",
				`  -d '{"processStartedBy": "clerk-1", "InstanceValues": {"applicant": {"name": "Ada", "income": 900, "children": 1}}}'`,
			}
		},
	}
}

func visitCounselor() Sample {
	return Sample{
		Name:        "visit-counselor",
		Description: "A clinic reports a visit; insurance and patient are told, and for a child a counselor is asked for.",
		Files:       map[string][]byte{"visit-counselor.bpmn": visitcounselor.Process},
		Start: func(ctx context.Context) (func(), error) {
			return visitcounselor.Serve(ctx, visitcounselor.Address, visitcounselor.New())
		},
		Notes: func(p Platform) []string {
			return []string{
				"its services, and what they were asked: http://" + visitcounselor.Address + "/ledger",
				"",
				"curl -s " + p.API + "/processes",
				"curl -s -X POST " + p.API + "/processes/visit-counselor/start \\",
				"  -H 'Content-Type: application/json' -H 'Prefer: wait=30' \\",
				`  -d '{"processStartedBy": "clinic-7", "InstanceValues": {"visitId": "v-1", "patientId": "p-child"}}'`,
				"curl -s " + p.API + "/instances/",
			}
		},
	}
}
