// Package activities does the work of a process: it holds the activities that
// the platform itself brings.
//
//	http                  one HTTP request (http.go)
//	log                   one line in the worker's log (log.go)
//	perdure.project       what an instance changes in the repository (project.go)
//	perdure.resolve       which definition a call activity calls (resolve.go)
//	perdure.child-result  the result of a called instance (child_result.go)
//
// An activity is an ordinary Go function. It runs at least once and knows two
// ways to fail: a BPMN error (NewBPMNError), which the model may catch, and any
// other error, which Temporal tries again by the retry policy of the task. A
// failure that trying again cannot mend is marked so, and becomes an incident
// at once.
//
// The package knows protocol and what serves the activities alone. What it
// needs from the repository is the interface Repository.
package activities
