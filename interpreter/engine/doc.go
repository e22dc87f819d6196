// Package engine runs one BPMN process instance as a deterministic state
// machine.
//
// It does no I/O, reads no clock, starts no goroutine and knows nothing of
// Temporal. A host feeds it events with Step and carries out the commands that
// it takes from the outbox:
//
//	def, err := engine.Prepare(graph)               // once for each graph
//	in := engine.New(def, engine.State{}, options)  // or a State from Load
//	for !in.Ended() {
//		ev, now := nextEvent()                  // Resumed{} if in.Yielded()
//		if err := in.Step(now, ev); err != nil {
//			continue                        // a late event is normal
//		}
//		for in.HasOutbox() {
//			for _, c := range in.Take(engine.Budget{}) {
//				carryOut(c)
//			}
//		}
//	}
//
// The whole state is plain data (State) and round-trips through JSON at any
// time between two Steps; a fresh and a resumed instance are built by the same
// New. A host that goes on from a snapshot first carries out Rearm.
//
// # What goes wrong
//
// Step returns an error only for an event that does not fit: ErrStale for one
// that comes late or twice, ErrEnded after the end, an InvalidError for one
// that is wrong in itself. It has changed nothing then. A BPMN error is caught
// by the process. Everything else (a job that failed for good, an expression
// without a value, no flow to take, a loop without end, a join that starves,
// data beyond its bounds) holds the token back with an incident: the instance
// stays running until IncidentResolved tells it how to go on.
//
// # How tokens move
//
// A token that is on its way is an arrival in a work list. drain takes one
// after the other: enter puts it onto a node, activate does what the node is
// there for, finish takes the result over into variables, leave chooses the
// outgoing flows, take makes new arrivals of them. A token that has to wait is
// parked in the state and unparked by the event it waits for. Each kind of
// node has a file of its own.
//
// Every activation of a node that waits has an id, such as review#1, from one
// counter of the instance. Its timers, subscriptions and boundary events know
// it as their owner and are withdrawn with it.
//
// The rules are those of BPMN 2.0.2, chapter 13; the scripts in testdata show
// each of them.
package engine
