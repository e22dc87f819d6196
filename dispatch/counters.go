package dispatch

import "sync/atomic"

// counters count what a Dispatcher has done since it was made.
type counters struct {
	starts, startsFailed         atomic.Int64
	deliveries, deliveriesFailed atomic.Int64
	refused                      atomic.Int64
	broadcasts                   atomic.Int64
	timers                       atomic.Int64
	stops                        atomic.Int64
	reconciled                   atomic.Int64
	passes, passesFailed         atomic.Int64
}

// Counts is what a Dispatcher has done since it was made.
type Counts struct {
	Starts, StartsFailed         int64 // workflows started, attempts that failed
	Deliveries, DeliveriesFailed int64 // messages taken by instances, attempts that failed
	Refused                      int64 // deliveries that found nothing open
	Broadcasts                   int64 // signals sent to single instances
	Timers                       int64 // timer starts fired
	Stops                        int64 // stop requests carried out by Run
	Reconciled                   int64 // instances whose end Run found in Temporal
	Passes, PassesFailed         int64 // rounds of Run's duties
}

// Counts answers the counters. They only grow.
func (d *Dispatcher) Counts() Counts {
	c := &d.counters
	return Counts{
		Starts: c.starts.Load(), StartsFailed: c.startsFailed.Load(),
		Deliveries: c.deliveries.Load(), DeliveriesFailed: c.deliveriesFailed.Load(), Refused: c.refused.Load(),
		Broadcasts: c.broadcasts.Load(), Timers: c.timers.Load(), Stops: c.stops.Load(),
		Reconciled: c.reconciled.Load(), Passes: c.passes.Load(), PassesFailed: c.passesFailed.Load(),
	}
}
