package dispatch

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/perdure/perdure/protocol"
	"github.com/perdure/perdure/repository"
)

const (
	// batch is how many rows a duty takes at once.
	batch = 100
	// workers is how many of them it carries out at the same time.
	workers = 16
	// attempt bounds one call to Temporal.
	attempt = 10 * time.Second
	// rest is the least time between two passes of a duty, so that a stream of
	// wake-ups costs a bounded number of queries.
	rest = 20 * time.Millisecond
	// slow is how often the duties run that nobody waits for.
	slow = 5 * time.Second
)

// A duty is one kind of work of Run. It reports whether there may be more of
// it right now.
type duty struct {
	name  string
	every time.Duration
	wakes bool // also when the repository says so
	do    func(context.Context) (more bool, err error)
}

func (d *Dispatcher) duties() []duty {
	cursor := ""
	return []duty{
		{name: "starts", every: d.options.Interval, wakes: true, do: d.startPending},
		{name: "marks", every: markInterval, do: d.markDispatched},
		{name: "deliveries", every: d.options.Interval, wakes: true, do: d.deliverPending},
		{name: "broadcasts", every: d.options.Interval, wakes: true, do: d.broadcastPending},
		{name: "timers", every: d.options.Interval, do: d.fireTimers},
		{name: "stops", every: d.options.Interval, do: d.stopRequested},
		{name: "expiry", every: slow, do: d.expireMessages},
		{name: "orphans", every: slow, do: func(ctx context.Context) (_ bool, err error) {
			cursor, err = d.reconcileSome(ctx, cursor)
			return false, err // one page at a time: nobody waits for it
		}},
	}
}

// Run carries out what is outstanding, until ctx is done. Each duty has a
// goroutine of its own, so that one that hangs holds up no other. What fails
// is logged and tried again.
func (d *Dispatcher) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	var wakes []chan<- struct{}
	for _, duty := range d.duties() {
		wake := make(chan struct{}, 1)
		if duty.wakes {
			wakes = append(wakes, wake)
		}
		group.Go(func() error { return d.serve(ctx, duty, wake) })
	}
	group.Go(func() error { return d.fanOut(ctx, wakes) })
	if err := group.Wait(); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// fanOut passes the repository's one wake-up on to every duty that wants it.
func (d *Dispatcher) fanOut(ctx context.Context, wakes []chan<- struct{}) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-d.repository.Wake():
		}
		for _, wake := range wakes {
			select {
			case wake <- struct{}{}:
			default: // it is awake already
			}
		}
	}
}

// serve repeats one duty.
func (d *Dispatcher) serve(ctx context.Context, duty duty, wake <-chan struct{}) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-wake:
		case <-timer.C:
		}
		pause := duty.every
		more, err := duty.do(ctx)
		d.counters.passes.Add(1)
		switch {
		case err != nil && ctx.Err() == nil:
			d.counters.passesFailed.Add(1)
			d.logger.WarnContext(ctx, "the dispatcher could not finish a duty and tries again", slog.String("duty", duty.name), slog.Any("error", err))
		case more:
			pause = rest
		}
		timer.Reset(pause)
		if !wait(ctx, rest) {
			return ctx.Err()
		}
	}
}

// each carries out do for every item, several at once, and joins what failed.
func each[T any](ctx context.Context, items []T, do func(context.Context, T) error) error {
	errs := make([]error, len(items))
	var group errgroup.Group
	group.SetLimit(workers)
	for i, item := range items {
		group.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, attempt)
			defer cancel()
			errs[i] = do(ctx, item)
			return nil
		})
	}
	_ = group.Wait()
	return errors.Join(errs...)
}

func (d *Dispatcher) startPending(ctx context.Context) (bool, error) {
	rows, err := d.repository.Undispatched(ctx, time.Now(), batch)
	if err != nil {
		return false, err
	}
	return len(rows) == batch, each(ctx, rows, d.Start)
}

func (d *Dispatcher) deliverPending(ctx context.Context) (bool, error) {
	rows, err := d.repository.PendingDeliveries(ctx, time.Now(), batch)
	if err != nil {
		return false, err
	}
	// One instance gets its messages one after the other, in their order.
	return len(rows) == batch, each(ctx, byInstance(rows), func(ctx context.Context, rows []repository.Delivery) error {
		var errs []error
		for _, row := range rows {
			errs = append(errs, d.Deliver(ctx, row))
		}
		return errors.Join(errs...)
	})
}

// byInstance groups deliveries, keeping their order.
func byInstance(rows []repository.Delivery) [][]repository.Delivery {
	var groups [][]repository.Delivery
	index := map[string]int{}
	for _, row := range rows {
		i, ok := index[row.Instance]
		if !ok {
			i = len(groups)
			index[row.Instance] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], row)
	}
	return groups
}

// fireTimers starts what is due. Run comes back once a second, so that a start
// is up to a second late, and at once while a timer is behind.
func (d *Dispatcher) fireTimers(ctx context.Context) (bool, error) {
	now := time.Now()
	rows, err := d.repository.DueTimerStarts(ctx, now, batch)
	if err != nil {
		return false, err
	}
	var behind atomic.Bool
	err = each(ctx, rows, func(ctx context.Context, row repository.TimerStart) error {
		schedule, err := readSchedule(row.Timer)
		if err != nil {
			return err
		}
		next := schedule.next(row.Due, row.Fired+1, now)
		in, fired, err := d.repository.FireTimerStart(ctx, row.ID, row.Due, next)
		if err != nil || !fired {
			return err
		}
		if next != nil && !next.After(now) {
			behind.Store(true)
		}
		d.counters.timers.Add(1)
		return d.Start(ctx, in)
	})
	return behind.Load() || len(rows) == batch, err
}

func (d *Dispatcher) stopRequested(ctx context.Context) (bool, error) {
	rows, err := d.repository.StopRequests(ctx, time.Now(), batch)
	if err != nil {
		return false, err
	}
	return len(rows) == batch, each(ctx, rows, func(ctx context.Context, in repository.Instance) error {
		d.counters.stops.Add(1)
		return d.Stop(ctx, in, protocol.SystemActor)
	})
}

func (d *Dispatcher) expireMessages(ctx context.Context) (bool, error) {
	_, err := d.repository.ExpireMessages(ctx, time.Now())
	return false, err
}
