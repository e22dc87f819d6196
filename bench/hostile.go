package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/perdure/perdure/interpreter/expr/exprtest"
	"github.com/perdure/perdure/protocol"
	"github.com/perdure/perdure/repository"
)

// ordinaryRuns is how many ordinary instances are measured each time, and
// ordinaryInFlight how many of them are under way at a time.
const (
	ordinaryRuns     = 200
	ordinaryInFlight = 4
	// hostileRuns is how many hostile expressions run beside them.
	hostileRuns = 40
)

// reportHostile tells what ordinary instances notice of hostile expressions
// that run beside them, and how soon each of those is stopped.
func reportHostile(ctx context.Context, w io.Writer) (err error) {
	e, err := open(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if closing := e.close(); err == nil {
			err = closing
		}
	}()
	hostile, refused := e.deployHostile(ctx)
	hostile = hostile[:min(len(hostile), hostileRuns)]
	ordinary := cases()[1]
	if _, err := ordinaryP95(ctx, e, ordinary); err != nil { // warm up
		return err
	}
	alone, err := ordinaryP95(ctx, e, ordinary)
	if err != nil {
		return err
	}
	var stopped []time.Duration
	var group sync.WaitGroup
	group.Go(func() { stopped = e.startHostile(ctx, hostile) })
	beside, err := ordinaryP95(ctx, e, ordinary)
	group.Wait()
	if err != nil {
		return err
	}
	slices.Sort(stopped)
	fmt.Fprintf(w, "hostile expressions: %d refused when deployed, %d started, %d stopped by an incident", refused, len(hostile), len(stopped))
	if len(stopped) > 0 {
		fmt.Fprintf(w, " (half of them within %s ms of the start, all within %s ms)",
			milliseconds(stopped[len(stopped)/2]), milliseconds(stopped[len(stopped)-1]))
	}
	fmt.Fprintf(w, "\np95 of %d ordinary instances (%s): alone %s ms, beside them %s ms, ratio %s\n",
		ordinaryRuns, ordinary.name, milliseconds(alone), milliseconds(beside), times(float64(beside), float64(alone)))
	return nil
}

// ordinaryP95 runs ordinary instances and returns the 95th percentile of what
// they took.
func ordinaryP95(ctx context.Context, e *environment, c benchCase) (time.Duration, error) {
	var (
		mu     sync.Mutex
		took   []time.Duration
		failed error
		group  sync.WaitGroup
	)
	for range ordinaryInFlight {
		group.Go(func() {
			for range ordinaryRuns / ordinaryInFlight {
				start := time.Now()
				_, err := c.runProcess(ctx, e)
				mu.Lock()
				took, failed = append(took, time.Since(start)), firstError(failed, err)
				mu.Unlock()
			}
		})
	}
	group.Wait()
	slices.Sort(took)
	return took[len(took)*95/100], failed
}

func firstError(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// deployHostile deploys a process with one script for each hostile expression,
// and returns those that were not refused.
func (e *environment) deployHostile(ctx context.Context) (started []exprtest.Case, refused int) {
	for i, c := range exprtest.Hostile() {
		if err := e.deploySource(ctx, hostileProcess(i, c.Source)); err != nil {
			refused++
			continue
		}
		c.Name = hostileKey(i)
		started = append(started, c)
	}
	return started, refused
}

func hostileKey(i int) string { return fmt.Sprintf("hostile-%d", i) }

func hostileProcess(i int, source string) []byte {
	var escaped bytes.Buffer
	if err := xml.EscapeText(&escaped, []byte("x = "+source)); err != nil {
		return nil
	}
	return fmt.Appendf(nil, `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="urn:perdure:bench">
  <process id="%s" isExecutable="true">
    <startEvent id="start"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="script"/>
    <scriptTask id="script"><script>%s</script></scriptTask>
    <sequenceFlow id="f2" sourceRef="script" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>`, hostileKey(i), escaped.Bytes())
}

// hostilePatience is how long a hostile instance is waited for.
const hostilePatience = 2 * time.Second

// startHostile starts one after the other and returns how long each took to
// stand in an incident.
func (e *environment) startHostile(ctx context.Context, hostile []exprtest.Case) []time.Duration {
	var took []time.Duration
	for _, c := range hostile {
		variables, err := json.Marshal(c.Variables)
		if err != nil {
			continue
		}
		inst, _, err := e.repository.CreateInstance(ctx, protocol.SystemActor, repository.NewInstance{
			ID: uuid.NewString(), ProcessID: e.processes[c.Name].ID, Trigger: "api", Variables: variables,
		})
		if err != nil {
			continue
		}
		start := time.Now()
		if err := e.dispatcher.Start(ctx, inst); err != nil {
			continue
		}
		if e.awaitIncident(ctx, inst.ID) {
			took = append(took, time.Since(start))
		}
	}
	return took
}

// awaitIncident reports whether the instance comes to stand in an incident
// while it is waited for.
func (e *environment) awaitIncident(ctx context.Context, instance string) bool {
	ctx, cancel := context.WithTimeout(ctx, hostilePatience)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		open, _, err := e.repository.ListIncidents(ctx, repository.IncidentFilter{Instance: instance}, repository.Page{Limit: 1})
		if err == nil && len(open) > 0 {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
}
