// Package interpreter hosts the engine in a Temporal workflow.
//
// One workflow execution is one process instance. The workflow does three
// things in turn: it waits for events, steps the engine, and carries out the
// engine's commands:
//
//	for !engine.Ended() {
//		await(inbox)              // updates, signals, results, timers
//		for each event in order: engine.Step(now, event)
//		for each command: activity, timer, child, or a line of the batch
//		project(batch)            // one local activity for all that shows
//	}
//
// It contains no BPMN rule: those are in package engine. It does no I/O: what
// touches the world is an activity, named in package protocol.
package interpreter
