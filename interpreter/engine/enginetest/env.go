// Package enginetest lets a text file drive an engine.Instance.
//
// A script is a list of directives, each with the trace it must produce; see
// Env.Handle for the directives and ../testdata for scripts.
package enginetest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/perdure/perdure/bpmn"
	"github.com/perdure/perdure/interpreter/engine"
	"github.com/perdure/perdure/interpreter/expr"
	"github.com/perdure/perdure/interpreter/iso8601"
)

// Env holds one instance and a clock that only scripts move.
type Env struct {
	dir string
	def *engine.Definition
	run *Run
	now time.Time
	// issued is every id that the instance has ever shown, for late answers.
	issued map[string]bool
	out    strings.Builder
	// Observe, if set, is told every step, so that another host can take it.
	Observe func(Observation)
}

// Observation is one step of a script.
type Observation struct {
	Definition *engine.Definition
	Options    engine.Options
	Now        time.Time
	Event      engine.Event
	Refused    error
	Entries    []engine.Entry
	Commands   []engine.Command
}

// NewEnv returns an Env whose clock stands at 09:00 on Monday, 5 January 2026,
// and that finds its BPMN files in dir.
func NewEnv(dir string) *Env {
	return &Env{dir: dir, now: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), issued: map[string]bool{}}
}

// Handle runs one directive and returns the trace. A mistake in the script,
// such as a token that never was, is fatal. A broken law is an error of the
// test. Neither can become an expected output.
//
//	deploy approval.bpmn             read, compile and prepare a definition
//	start [at=ID] [key=K] [called]   start an instance; input: variables
//	complete review                  complete the task or job that waits on an
//	complete review#1                element, or an exact one; input: its result
//	fail pay [code=E42]              fail a job; input: the message, or with a
//	                                 code the data
//	message paid [key=17] [id=M]     deliver a message to the one subscription,
//	message wait#3 [id=M]            or to an exact one; input: variables
//	signal alert [broadcast=B]       deliver a signal; input: variables
//	advance 24h                      move the clock by a Go or an ISO 8601
//	                                 duration, firing what falls due in between
//	fire late#2                      report a timer, due or not
//	child call outcome=error         end a called instance; code=E, failure;
//	                                 input: variables or the text of the failure
//	resolve pay retry [code=E]       end an incident by its element or its id;
//	                                 input: variables
//	set                              change variables from outside; input: variables
//	stop [reason]                    stop the instance
//	resume [all]                     go on after a step that used up its budget
//	state                            tokens, timers, subscriptions, incidents,
//	                                 variables
//	brief                            the instance in Markdown
func (e *Env) Handle(t *testing.T, d *datadriven.TestData) string {
	t.Helper()
	e.out.Reset()
	var err error
	switch d.Cmd {
	case "deploy":
		e.deploy(t, d)
	case "start":
		err = e.start(t, d)
	case "complete":
		err = e.complete(t, d)
	case "fail":
		err = e.fail(t, d)
	case "message":
		err = e.message(t, d)
	case "signal":
		err = e.step(t, engine.SignalReceived{Name: e.first(t, d), Broadcast: arg(t, d, "broadcast"), Variables: vars(t, d)})
	case "advance":
		err = e.advance(t, d)
	case "fire":
		err = e.step(t, engine.TimerFired{ID: e.known(t, d, e.first(t, d))})
	case "child":
		err = e.child(t, d)
	case "resolve":
		err = e.resolve(t, d)
	case "set":
		err = e.step(t, engine.VariablesSet{Variables: vars(t, d)})
	case "stop":
		err = e.step(t, engine.StopRequested{Reason: strings.TrimSpace(d.Input)})
	case "resume":
		err = e.resume(t, d)
	case "state":
		e.state()
	case "brief":
		e.out.WriteString(e.run.Instance().Brief())
	default:
		d.Fatalf(t, "unknown directive %q", d.Cmd)
	}
	if err != nil {
		e.answer(err)
	}
	if e.run != nil {
		for _, law := range e.run.Broken() {
			t.Errorf("%s: broken law: %s", d.Pos, law)
		}
		e.run.laws.broken = nil
	}
	if e.out.Len() == 0 {
		return "ok\n"
	}
	return e.out.String()
}

func (e *Env) answer(err error) {
	switch {
	case errors.Is(err, engine.ErrStale):
		fmt.Fprintf(&e.out, "stale: %v\n", err)
	case errors.Is(err, engine.ErrEnded):
		fmt.Fprintf(&e.out, "ended: %v\n", err)
	default:
		fmt.Fprintf(&e.out, "refused: %v\n", err)
	}
}

func (e *Env) deploy(t *testing.T, d *datadriven.TestData) {
	t.Helper()
	def, err := Deploy(filepath.Join(e.dir, e.first(t, d)))
	if errors.Is(err, fs.ErrNotExist) {
		d.Fatalf(t, "%v", err)
	}
	if err != nil {
		fmt.Fprintln(&e.out, err)
		return
	}
	e.def, e.run = def, nil
	g := def.Graph()
	fmt.Fprintf(&e.out, "%s: %d nodes, %d flows\n", g.ID, len(g.Nodes), len(g.Flows))
}

// Deploy reads a BPMN file and prepares its first process.
func Deploy(path string) (*engine.Definition, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	definitions, faults := bpmn.Read(data)
	if err := faults.Err(); err != nil {
		return nil, err
	}
	graphs, faults := definitions.Compile()
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return engine.Prepare(graphs[0])
}

func (e *Env) start(t *testing.T, d *datadriven.TestData) error {
	t.Helper()
	if e.def == nil {
		d.Fatalf(t, "nothing is deployed")
	}
	e.run = NewRun(e.def, engine.Options{
		Instance: "i-1", BusinessKey: arg(t, d, "key"), Process: e.def.Graph().ID, Version: 1, Called: d.HasArg("called"),
	})
	return e.step(t, engine.Started{Start: arg(t, d, "at"), Variables: vars(t, d)})
}

func (e *Env) step(t *testing.T, ev engine.Event) error {
	t.Helper()
	if e.run == nil {
		t.Fatal("nothing is started")
	}
	commands, err := e.run.Step(e.now, ev)
	if e.Observe != nil {
		e.Observe(Observation{
			Definition: e.def, Options: e.run.opt, Now: e.now, Event: ev, Refused: err, Entries: e.run.Entries, Commands: commands,
		})
	}
	for _, entry := range e.run.Entries {
		fmt.Fprintln(&e.out, entry)
	}
	for _, c := range commands {
		e.note(c)
	}
	st := e.run.Instance().State()
	for i := range st.Tokens {
		e.issued[string(st.Tokens[i].ID)] = true
	}
	if e.run.Instance().Yielded() {
		fmt.Fprintf(&e.out, "%d on their way\n", len(st.Todo))
	}
	return err
}

// note keeps the ids that a command shows.
func (e *Env) note(c engine.Command) {
	switch c := c.(type) {
	case engine.StartTimer:
		e.issued[string(c.ID)] = true
	case engine.Subscribe:
		e.issued[string(c.ID)] = true
	case engine.RaiseIncident:
		e.issued[string(c.ID)] = true
	default: // the id is a token's
	}
}

func (e *Env) complete(t *testing.T, d *datadriven.TestData) error {
	t.Helper()
	id := e.token(t, d)
	if n := e.def.Graph().Node(elementOf(id)); n.Kind == bpmn.UserTask {
		return e.step(t, engine.TaskCompleted{ID: id, Variables: vars(t, d)})
	}
	var result any
	if d.Input != "" {
		var err error
		if result, err = expr.Decode([]byte(d.Input)); err != nil {
			d.Fatalf(t, "result: %v", err)
		}
	}
	return e.step(t, engine.ActivityCompleted{ID: id, Result: result})
}

func (e *Env) fail(t *testing.T, d *datadriven.TestData) error {
	t.Helper()
	ev := engine.ActivityFailed{ID: e.token(t, d), ErrorCode: arg(t, d, "code")}
	if ev.ErrorCode == "" {
		ev.Message = strings.TrimSpace(d.Input)
	} else {
		ev.Message, ev.Data = arg(t, d, "message"), vars(t, d)
	}
	return e.step(t, ev)
}

func (e *Env) message(t *testing.T, d *datadriven.TestData) error {
	t.Helper()
	name := e.first(t, d)
	var id engine.ElementID
	if strings.Contains(name, "#") {
		id = e.known(t, d, name)
	} else {
		id = e.subscription(t, d, name)
	}
	return e.step(t, engine.MessageReceived{ID: id, MessageID: arg(t, d, "id"), Variables: vars(t, d)})
}

func (e *Env) subscription(t *testing.T, d *datadriven.TestData, name string) engine.ElementID {
	t.Helper()
	var found []engine.ElementID
	for _, s := range e.run.Instance().State().Subscriptions {
		if s.Kind == engine.MessageSubscription && s.Name == name && (!d.HasArg("key") || s.Key == arg(t, d, "key")) {
			found = append(found, s.ID)
		}
	}
	if len(found) != 1 {
		d.Fatalf(t, "%d subscriptions match: %v", len(found), found)
	}
	return found[0]
}

func (e *Env) child(t *testing.T, d *datadriven.TestData) error {
	t.Helper()
	ev := engine.ChildCompleted{ID: e.token(t, d), Outcome: engine.Outcome(arg(t, d, "outcome")), ErrorCode: arg(t, d, "code")}
	if d.HasArg("failure") {
		ev.Failure = strings.TrimSpace(d.Input)
	} else {
		ev.Variables = vars(t, d)
	}
	return e.step(t, ev)
}

func (e *Env) resolve(t *testing.T, d *datadriven.TestData) error {
	t.Helper()
	if len(d.CmdArgs) < 2 {
		d.Fatalf(t, "resolve needs an incident and an action")
	}
	name := e.first(t, d)
	id := engine.IncidentID(name)
	if !strings.HasPrefix(name, "!") {
		id = e.incident(t, d, name)
	} else {
		e.known(t, d, name)
	}
	return e.step(t, engine.IncidentResolved{
		ID: id, Action: engine.IncidentAction(d.CmdArgs[1].Key), ErrorCode: arg(t, d, "code"), Variables: vars(t, d),
	})
}

func (e *Env) incident(t *testing.T, d *datadriven.TestData, element string) engine.IncidentID {
	t.Helper()
	var found []engine.IncidentID
	for _, i := range e.run.Instance().State().Incidents {
		if i.Element == element || string(i.Token) == element {
			found = append(found, i.ID)
		}
	}
	if len(found) != 1 {
		d.Fatalf(t, "%d incidents are on %q: %v", len(found), element, found)
	}
	return found[0]
}

func (e *Env) resume(t *testing.T, d *datadriven.TestData) error {
	t.Helper()
	if !d.HasArg("all") {
		return e.step(t, engine.Resumed{})
	}
	n := 0
	for ; e.run.Instance().Yielded(); n++ {
		if err := e.step(t, engine.Resumed{}); err != nil {
			return err
		}
		e.out.Reset()
	}
	fmt.Fprintf(&e.out, "resumed %d times\n", n)
	last := e.run.Entries
	for _, entry := range last[max(0, len(last)-3):] {
		fmt.Fprintln(&e.out, entry)
	}
	return nil
}

// advance moves the clock and fires what falls due, earliest first.
func (e *Env) advance(t *testing.T, d *datadriven.TestData) error {
	t.Helper()
	until := e.until(t, d)
	for {
		due := slices.Clone(e.run.Instance().State().Timers)
		slices.SortStableFunc(due, func(a, b engine.Timer) int { return a.Due.Compare(b.Due) })
		if len(due) == 0 || due[0].Due.After(until) {
			break
		}
		if due[0].Due.After(e.now) {
			e.now = due[0].Due
		}
		fmt.Fprintf(&e.out, "%s\n", e.now.Format("2006-01-02 15:04:05"))
		if err := e.step(t, engine.TimerFired{ID: due[0].ID}); err != nil {
			return err
		}
	}
	e.now = until
	return nil
}

func (e *Env) until(t *testing.T, d *datadriven.TestData) time.Time {
	t.Helper()
	text := e.first(t, d)
	if strings.HasPrefix(text, "P") {
		step, err := iso8601.ParseDuration(text)
		if err != nil {
			d.Fatalf(t, "%v", err)
		}
		return step.AddTo(e.now)
	}
	step, err := time.ParseDuration(text)
	if err != nil {
		d.Fatalf(t, "%v", err)
	}
	return e.now.Add(step)
}

func (e *Env) state() {
	st := e.run.Instance().State()
	for _, t := range st.Tokens {
		fmt.Fprintf(&e.out, "token %s %s", t.ID, t.Waiting)
		if t.Stage != "" {
			fmt.Fprintf(&e.out, " %s", t.Stage)
		}
		if t.Count > 1 {
			fmt.Fprintf(&e.out, " times %d", t.Count)
		}
		if t.Scope != "" {
			fmt.Fprintf(&e.out, " in %s", t.Scope)
		}
		fmt.Fprintln(&e.out)
	}
	for _, t := range st.Timers {
		fmt.Fprintf(&e.out, "timer %s due %s\n", t.ID, iso8601.FormatDate(t.Due))
	}
	for _, s := range st.Subscriptions {
		fmt.Fprintf(&e.out, "open  %s %s %s %s\n", s.ID, s.Kind, s.Name, s.Key)
	}
	for _, i := range st.Incidents {
		fmt.Fprintf(&e.out, "issue %s %s at %s: %s\n", i.ID, i.Kind, i.Token, i.Message)
	}
	for _, s := range st.Scopes {
		text, err := expr.Encode(s.Variables)
		if err != nil {
			text = []byte(err.Error())
		}
		fmt.Fprintf(&e.out, "vars  %s%s\n", strings.TrimLeft(string(s.ID)+" ", " "), text)
	}
}

// token resolves the directive's first argument: an id that the instance has
// shown, or the element on which exactly one token waits.
func (e *Env) token(t *testing.T, d *datadriven.TestData) engine.ElementID {
	t.Helper()
	name := e.first(t, d)
	if strings.Contains(name, "#") {
		return e.known(t, d, name)
	}
	var on []engine.ElementID
	for _, tok := range e.run.Instance().State().Tokens {
		if tok.Element == name {
			on = append(on, tok.ID)
		}
	}
	if len(on) != 1 {
		d.Fatalf(t, "%d tokens wait on %q: %v", len(on), name, on)
	}
	return on[0]
}

// known is an id that the instance has shown at some time.
func (e *Env) known(t *testing.T, d *datadriven.TestData, id string) engine.ElementID {
	t.Helper()
	if !e.issued[id] {
		d.Fatalf(t, "there never was a %q", id)
	}
	return engine.ElementID(id)
}

func (e *Env) first(t *testing.T, d *datadriven.TestData) string {
	t.Helper()
	if len(d.CmdArgs) == 0 {
		d.Fatalf(t, "%s needs an argument", d.Cmd)
	}
	return d.CmdArgs[0].Key
}

// arg returns a named argument, empty if it is not there.
func arg(t *testing.T, d *datadriven.TestData, name string) string {
	t.Helper()
	var value string
	if d.HasArg(name) {
		d.ScanArgs(t, name, &value)
	}
	return value
}

func elementOf(id engine.ElementID) string {
	element, _, _ := strings.Cut(string(id), "#")
	return element
}

func vars(t *testing.T, d *datadriven.TestData) expr.Variables {
	t.Helper()
	if strings.TrimSpace(d.Input) == "" {
		return nil
	}
	v, err := expr.DecodeVariables([]byte(d.Input))
	if err != nil {
		d.Fatalf(t, "variables: %v", err)
	}
	return v
}
