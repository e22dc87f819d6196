package main

import (
	"context"
	"slices"
	"sync"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
)

// cost is what one run costs the server. Counts are exact.
type cost struct {
	Events      int   // of the history
	Bytes       int64 // of the history
	Tasks       int   // workflow tasks
	Transitions int64 // state transitions of the server
	Markers     int
}

// costOf reads what a closed workflow has cost.
func costOf(ctx context.Context, e *environment, workflow string) (cost, error) {
	described, err := e.client.DescribeWorkflowExecution(ctx, workflow, "")
	if err != nil {
		return cost{}, err
	}
	info := described.GetWorkflowExecutionInfo()
	c := cost{
		Events: int(info.GetHistoryLength()), Bytes: info.GetHistorySizeBytes(),
		Transitions: info.GetStateTransitionCount(),
	}
	events := e.client.GetWorkflowHistory(ctx, workflow, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		if err != nil {
			return cost{}, err
		}
		switch event.GetEventType() {
		case enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
			c.Tasks++
		case enumspb.EVENT_TYPE_MARKER_RECORDED:
			c.Markers++
		}
	}
	return c, nil
}

// load is how fast runs are done with a number of them in flight.
type load struct {
	PerSecond float64
	P50, P95  time.Duration
}

// runner does one run and returns its workflow id.
type runner func(context.Context, *environment) (string, error)

// measure keeps inFlight runs going until the window is over.
func measure(ctx context.Context, e *environment, run runner, inFlight int, window time.Duration) (load, error) {
	var (
		mu     sync.Mutex
		took   []time.Duration
		failed error
		group  sync.WaitGroup
	)
	began := time.Now()
	for range inFlight {
		group.Go(func() {
			for time.Since(began) < window {
				start := time.Now()
				_, err := run(ctx, e)
				mu.Lock()
				if err != nil {
					failed = err
				} else {
					took = append(took, time.Since(start))
				}
				mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	group.Wait()
	if failed != nil {
		return load{}, failed
	}
	elapsed := time.Since(began)
	slices.Sort(took)
	return load{
		PerSecond: float64(len(took)) / elapsed.Seconds(),
		P50:       took[len(took)/2], P95: took[len(took)*95/100],
	}, nil
}

// cheapest returns the least cost of several runs: what the work costs when
// results do not happen to arrive apart and open workflow tasks of their own.
func cheapest(ctx context.Context, e *environment, run runner, times int) (cost, error) {
	var best cost
	for i := range times {
		workflow, err := run(ctx, e)
		if err != nil {
			return cost{}, err
		}
		c, err := costOf(ctx, e, workflow)
		if err != nil {
			return cost{}, err
		}
		if i == 0 || c.Transitions < best.Transitions || c.Transitions == best.Transitions && c.Events < best.Events {
			best = c
		}
	}
	return best, nil
}
