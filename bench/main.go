// Command bench runs the same work as a drawn process and as a hand-written
// workflow, in one run on one embedded server, and prints what each costs.
//
// Counts (events, workflow tasks, state transitions, bytes) are exact. Rates
// and latencies are those of this machine at this moment; compare the columns,
// not two runs.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"text/tabwriter"
	"time"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() error {
	window := flag.Duration("window", 3*time.Second, "how long each rate is measured")
	only := flag.String("only", "", "run only the cases whose name contains this")
	hostile := flag.Bool("hostile", false, "measure ordinary instances beside hostile expressions instead")
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	if *hostile {
		return reportHostile(ctx, os.Stdout)
	}
	return report(ctx, os.Stdout, *window, *only)
}

// inFlight are the numbers of runs that are under way at a time.
func inFlight() []int { return []int{1, 16, 64} }

func report(ctx context.Context, w io.Writer, window time.Duration, only string) (err error) {
	e, err := open(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if closing := e.close(); err == nil {
			err = closing
		}
	}()
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "case\tside\tevents\tbytes\twf tasks\ttransitions\t"+strings.Join(loadHeads(), "\t")+"\t")
	for _, c := range cases() {
		if !strings.Contains(c.name, only) {
			continue
		}
		fmt.Fprintf(os.Stderr, "measuring: %s\n", c.name)
		hand, err := measureSide(ctx, e, c.runHand, window)
		if err != nil {
			return fmt.Errorf("%s, hand-written: %w", c.name, err)
		}
		drawn, err := measureSide(ctx, e, c.runProcess, window)
		if err != nil {
			return fmt.Errorf("%s, drawn: %w", c.name, err)
		}
		fmt.Fprintf(table, "%s\thand\t%s\t\n", c.name, hand)
		fmt.Fprintf(table, "\tdrawn\t%s\t\n", drawn)
		fmt.Fprintf(table, "\tratio\t%s\t\n", drawn.ratio(hand))
	}
	return table.Flush()
}

func loadHeads() []string {
	var heads []string
	for _, n := range inFlight() {
		heads = append(heads, fmt.Sprintf("%d: /s", n), "p50 ms", "p95 ms")
	}
	return heads
}

// side is everything measured of one side of a case.
type side struct {
	cost  cost
	loads []load
}

func measureSide(ctx context.Context, e *environment, run runner, window time.Duration) (side, error) {
	var s side
	var err error
	if s.cost, err = cheapest(ctx, e, run, 12); err != nil {
		return s, err
	}
	for _, n := range inFlight() {
		l, err := measure(ctx, e, run, n, window)
		if err != nil {
			return s, err
		}
		s.loads = append(s.loads, l)
	}
	return s, nil
}

func (s side) String() string {
	cells := []string{
		fmt.Sprint(s.cost.Events), fmt.Sprint(s.cost.Bytes), fmt.Sprint(s.cost.Tasks), fmt.Sprint(s.cost.Transitions),
	}
	for _, l := range s.loads {
		cells = append(cells, fmt.Sprintf("%.1f", l.PerSecond), milliseconds(l.P50), milliseconds(l.P95))
	}
	return strings.Join(cells, "\t")
}

// ratio renders s in units of other.
func (s side) ratio(other side) string {
	cells := []string{
		times(float64(s.cost.Events), float64(other.cost.Events)),
		times(float64(s.cost.Bytes), float64(other.cost.Bytes)),
		times(float64(s.cost.Tasks), float64(other.cost.Tasks)),
		times(float64(s.cost.Transitions), float64(other.cost.Transitions)),
	}
	for i, l := range s.loads {
		o := other.loads[i]
		cells = append(cells, times(l.PerSecond, o.PerSecond), times(float64(l.P50), float64(o.P50)), times(float64(l.P95), float64(o.P95)))
	}
	return strings.Join(cells, "\t")
}

func times(a, b float64) string { return fmt.Sprintf("%.2f", a/b) }

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d)/1e6) }
