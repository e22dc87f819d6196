package enginetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/perdure/perdure/interpreter/engine"
)

// Run drives an instance beside its twin and holds both to the laws.
//
// The twin is rebuilt from a snapshot before every step, as it would be after
// continue-as-new, and sees no trace. So every run also proves that the state
// is complete. A broken law is collected, never part of an output that could
// be recorded as expected.
type Run struct {
	// Entries is the trace of the last step.
	Entries []engine.Entry

	def      *engine.Definition
	opt      engine.Options
	instance *engine.Instance
	twin     []byte // its snapshot
	laws     laws
}

// NewRun returns a run that waits for engine.Started.
func NewRun(def *engine.Definition, opt engine.Options) *Run {
	r := &Run{def: def, opt: opt, laws: newLaws(def.Graph())}
	traced := opt
	traced.Trace = func(e engine.Entry) { r.Entries = append(r.Entries, e) }
	r.instance = engine.New(def, engine.State{}, traced)
	return r
}

// Instance returns the instance, for reading.
func (r *Run) Instance() *engine.Instance { return r.instance }

// Broken returns the laws that the run has broken so far, in words.
func (r *Run) Broken() []string { return r.laws.broken }

// Step makes one step, takes every command and checks every law.
func (r *Run) Step(now time.Time, ev engine.Event) ([]engine.Command, error) {
	r.Entries = nil
	before := r.snapshot(r.instance)
	r.laws.event = fmt.Sprintf("%T%+v", ev, ev)
	answer := r.instance.Check(ev)
	r.laws.same("Check changes nothing", before, r.snapshot(r.instance))

	err := r.instance.Step(now, ev)
	if text(err) != text(answer) {
		r.laws.breaks("Check says %v, Step %v", answer, err)
	}
	full := r.snapshot(r.instance)
	commands := r.takeAll(r.instance)
	if err != nil {
		r.laws.same("a refused event changes nothing", before, full)
		r.laws.refused(err, commands)
	} else {
		r.laws.observe(ev, r.Entries, commands, r.instance.State())
	}
	r.stepTwin(now, ev, err, full, commands)
	return commands, err
}

// stepTwin makes the same step with the twin and compares.
func (r *Run) stepTwin(now time.Time, ev engine.Event, err error, full []byte, commands []engine.Command) {
	twin := engine.New(r.def, engine.State{}, r.opt)
	if r.twin != nil {
		state, err := engine.Load(r.twin)
		if err != nil {
			r.laws.breaks("the snapshot cannot be read: %v", err)
			return
		}
		twin = engine.New(r.def, state, r.opt)
		r.laws.same("restore(snapshot(s)) = s", r.twin, r.snapshot(twin))
	}
	if twinErr := twin.Step(now, ev); text(twinErr) != text(err) {
		r.laws.breaks("the twin answers %v, the instance %v", twinErr, err)
	}
	r.laws.same("the twin reaches the same state", full, r.snapshot(twin))
	r.laws.same("the twin gives the same commands", encode(commands), encode(r.takeAll(twin)))
	if twin.Trace() != r.instance.Trace() {
		r.laws.breaks("the twin has the trace hash %s, the instance %s", twin.Trace(), r.instance.Trace())
	}
	r.twin = r.snapshot(twin)
	r.laws.same("the twin is left the same", r.snapshot(r.instance), r.twin)
}

// takeAll takes the outbox within small budgets, so that a budget never
// changes what is taken.
func (r *Run) takeAll(in *engine.Instance) []engine.Command {
	var all []engine.Command
	for in.HasOutbox() {
		part := in.Take(engine.Budget{Commands: 2})
		if len(part) == 0 || len(part) > 2 {
			r.laws.breaks("a budget of 2 commands gives %d", len(part))
			break
		}
		all = append(all, part...)
	}
	return all
}

func (r *Run) snapshot(in *engine.Instance) []byte {
	data, err := in.Snapshot()
	if err != nil {
		r.laws.breaks("no snapshot: %v", err)
	}
	return data
}

func encode(commands []engine.Command) []byte {
	data, err := json.Marshal(engine.Outbox(commands))
	if err != nil {
		return []byte(err.Error())
	}
	return data
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// late says that an event was refused as a host must expect it.
func late(err error) bool {
	var invalid *engine.InvalidError
	return errors.Is(err, engine.ErrStale) || errors.Is(err, engine.ErrEnded) || errors.As(err, &invalid)
}

func (l *laws) same(law string, want, got []byte) {
	if !bytes.Equal(want, got) {
		l.breaks("%s:\n  want %s\n  got  %s", law, want, got)
	}
}
