package visitcounselor

import (
	"encoding/json"
	"slices"
	"sync"
	"time"
)

// maxCalls is how many calls a ledger holds; the oldest are forgotten first.
const maxCalls = 10_000

// Call is one request that a service was sent.
type Call struct {
	Number  int       `json:"number"` // counts from 1
	Time    time.Time `json:"time"`
	Service string    `json:"service"`
	Method  string    `json:"method"`
	Path    string    `json:"path"`
	// Key is the Idempotency-Key. Attempt counts the requests with it, from 1.
	Key     string          `json:"key,omitempty"`
	Attempt int             `json:"attempt"`
	Body    json.RawMessage `json:"body,omitempty"`
	// Status is what was answered, 0 while there is no answer. Repeated says
	// that it was the answer of an earlier attempt, so nothing was done.
	Status   int  `json:"status"`
	Repeated bool `json:"repeated,omitempty"`
}

// answer is what a service has answered for good.
type answer struct {
	status int
	body   any
}

// ledger holds the calls of all services, and the answers given by key.
type ledger struct {
	mu       sync.Mutex
	number   int
	calls    []*Call
	attempts map[string]int
	answers  map[string]answer
}

func newLedger() *ledger {
	return &ledger{attempts: map[string]int{}, answers: map[string]answer{}}
}

// scope is within which a key is unique: keys belong to an operation.
func (c *Call) scope() string { return c.Method + " " + c.Path + "\n" + c.Key }

// begin records a call that has come in.
func (l *ledger) begin(c *Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.number++
	c.Number, c.Attempt = l.number, 1
	if c.Key != "" {
		l.attempts[c.scope()]++
		c.Attempt = l.attempts[c.scope()]
	}
	l.calls = append(l.calls, c)
	if len(l.calls) > maxCalls {
		l.forget(l.calls[0])
		l.calls = slices.Clone(l.calls[1:])
	}
}

func (l *ledger) forget(c *Call) {
	delete(l.attempts, c.scope())
	delete(l.answers, c.scope())
}

// settle answers a call: by do, or as its key was answered before.
func (l *ledger) settle(c *Call, do func() answer) answer {
	l.mu.Lock()
	defer l.mu.Unlock()
	a, repeated := l.answers[c.scope()]
	if !repeated {
		a = do()
		if c.Key != "" {
			l.answers[c.scope()] = a
		}
	}
	c.Status, c.Repeated = a.status, repeated
	return a
}

// fail records that a call was answered a status without anything being done.
func (l *ledger) fail(c *Call, status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c.Status = status
}

// all returns a copy of the calls, oldest first.
func (l *ledger) all() []Call {
	l.mu.Lock()
	defer l.mu.Unlock()
	calls := make([]Call, 0, len(l.calls))
	for _, c := range l.calls {
		calls = append(calls, *c)
	}
	return calls
}
