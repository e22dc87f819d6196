package api

import (
	"fmt"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/perdure/perdure/dispatch"
)

// metrics are what /metrics tells of the API and the dispatcher.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	starts   prometheus.Counter
}

func newMetrics(registry *prometheus.Registry, d *dispatch.Dispatcher) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "perdure_http_requests_total", Help: "Requests answered.",
		}, []string{"method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "perdure_http_request_seconds", Help: "Time to answer a request.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
		}, []string{"method", "route"}),
		starts: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "perdure_api_starts_total", Help: "Starts accepted by the API.",
		}),
	}
	collectors := append([]prometheus.Collector{m.requests, m.seconds, m.starts}, dispatchCollectors(d)...)
	for _, c := range collectors {
		if err := registry.Register(c); err != nil {
			return nil, fmt.Errorf("api: metrics: %w", err)
		}
	}
	return m, nil
}

// dispatchCollectors read the dispatcher's counters when somebody asks.
func dispatchCollectors(d *dispatch.Dispatcher) []prometheus.Collector {
	counter := func(name, help string, read func(dispatch.Counts) int64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "perdure_dispatch_" + name, Help: help},
			func() float64 { return float64(read(d.Counts())) })
	}
	return []prometheus.Collector{
		counter("starts_total", "Workflows started.", func(c dispatch.Counts) int64 { return c.Starts }),
		counter("start_failures_total", "Attempts to start a workflow that failed.", func(c dispatch.Counts) int64 { return c.StartsFailed }),
		counter("deliveries_total", "Messages taken by instances.", func(c dispatch.Counts) int64 { return c.Deliveries }),
		counter("delivery_failures_total", "Attempts to deliver a message that failed.", func(c dispatch.Counts) int64 { return c.DeliveriesFailed }),
		counter("deliveries_refused_total", "Messages that found nothing open and were matched again.", func(c dispatch.Counts) int64 { return c.Refused }),
		counter("signals_total", "Signals sent to single instances.", func(c dispatch.Counts) int64 { return c.Broadcasts }),
		counter("timer_starts_total", "Timer start events fired.", func(c dispatch.Counts) int64 { return c.Timers }),
		counter("stops_total", "Stop requests carried out by the sweeper.", func(c dispatch.Counts) int64 { return c.Stops }),
		counter("reconciled_total", "Instances whose end the sweeper found in Temporal.", func(c dispatch.Counts) int64 { return c.Reconciled }),
		counter("passes_total", "Rounds of the sweeper's duties.", func(c dispatch.Counts) int64 { return c.Passes }),
		counter("pass_failures_total", "Rounds of the sweeper's duties that failed.", func(c dispatch.Counts) int64 { return c.PassesFailed }),
	}
}

func (m *metrics) request(method, route string, status int, took time.Duration) {
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(method, route).Observe(took.Seconds())
}
