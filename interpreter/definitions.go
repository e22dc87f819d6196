package interpreter

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/perdure/perdure/bpmn"
	"github.com/perdure/perdure/interpreter/engine"
)

// LoadGraph fetches the compiled graph with the given sha256 as it was stored.
type LoadGraph func(ctx context.Context, sha256 string) ([]byte, error)

// missPatience is how long a workflow task waits for a definition that this
// process has not loaded yet. It stays below the SDK's deadlock detection of
// one second.
const missPatience = 500 * time.Millisecond

// Definitions are the prepared definitions of this process, shared by all its
// instances: one immutable *engine.Definition for each sha256.
type Definitions struct {
	load LoadGraph

	mu      sync.Mutex
	entries map[string]*definitionEntry
}

type definitionEntry struct {
	ready chan struct{} // closed when def or err is set
	def   *engine.Definition
	err   error
}

// NewDefinitions returns an empty set that fills itself by load.
func NewDefinitions(load LoadGraph) *Definitions {
	return &Definitions{load: load, entries: map[string]*definitionEntry{}}
}

// mustGet returns the definition with the given sha256 to workflow code,
// fetching it if need be. One that cannot be had in a moment panics: that fails
// the workflow task, which is retried until the definition is there. An error
// would fail the instance. A failure to fetch is not remembered.
func (d *Definitions) mustGet(sha256 string) *engine.Definition {
	e := d.entry(sha256)
	timeout := time.NewTimer(missPatience) //nolint:forbidigo // the one wait on the world: see the comment above
	defer timeout.Stop()
	select {
	case <-e.ready:
		if e.err != nil {
			panic(e.err)
		}
		return e.def
	case <-timeout.C:
		panic(fmt.Sprintf("interpreter: definition %s is not loaded yet", sha256))
	}
}

// entry returns the entry of sha256 and starts to load it if it is new.
func (d *Definitions) entry(sha256 string) *definitionEntry {
	d.mu.Lock()
	defer d.mu.Unlock()
	if e, ok := d.entries[sha256]; ok {
		return e
	}
	e := &definitionEntry{ready: make(chan struct{})}
	d.entries[sha256] = e
	go d.fill(sha256, e)
	return e
}

func (d *Definitions) fill(sha256 string, e *definitionEntry) {
	e.def, e.err = d.prepare(sha256)
	if e.err != nil {
		d.mu.Lock()
		delete(d.entries, sha256)
		d.mu.Unlock()
	}
	close(e.ready)
}

func (d *Definitions) prepare(sha256 string) (*engine.Definition, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	data, err := d.load(ctx, sha256)
	if err != nil {
		return nil, fmt.Errorf("interpreter: load definition %s: %w", sha256, err)
	}
	graph, err := bpmn.ReadGraph(data)
	if err != nil {
		return nil, fmt.Errorf("interpreter: definition %s: %w", sha256, err)
	}
	if got := graph.SHA256(); got != sha256 {
		return nil, fmt.Errorf("interpreter: definition %s: the stored graph has sha256 %s", sha256, got)
	}
	def, err := engine.Prepare(graph)
	if err != nil {
		return nil, fmt.Errorf("interpreter: definition %s: %w", sha256, err)
	}
	return def, nil
}
