// Package engine runs one BPMN process instance as a deterministic state
// machine.
//
// It does no I/O, reads no clock, starts no goroutine and knows nothing of
// Temporal. A host feeds it events with Step and carries out the commands that
// it takes from the outbox:
//
//	in := engine.New(def, state)        // fresh: engine.State{}
//	for !in.Ended() {
//		ev, now := nextEvent()
//		if err := in.Step(now, ev); err != nil {
//			continue // engine.ErrStale: a late event is normal, not a fault
//		}
//		for _, c := range in.Take(engine.Budget{}) {
//			carryOut(c)
//		}
//	}
//
// The whole state is plain data (State) and round-trips through JSON at any
// time between two Steps; a fresh and a resumed instance are built by the same
// New.
package engine
