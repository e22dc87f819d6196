package main

import (
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.temporal.io/sdk/client"
)

// newRegistry makes the registry of a process's metrics.
func newRegistry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return r
}

func metricsHandler(r *prometheus.Registry) http.Handler {
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{})
}

// sdkLabels are the tags of Temporal's SDK that become labels. Prometheus
// wants the same labels wherever a metric is counted; the SDK does not always
// give all of them.
func sdkLabels() []string {
	return []string{
		"namespace", "task_queue", "worker_type", "poller_type", "workflow_type", "activity_type",
		"operation", "status_code", "failure_reason", "cause",
	}
}

// latencyBuckets span what a request, workflow task or activity takes, in
// seconds.
func latencyBuckets() []float64 {
	return []float64{0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60}
}

// sdkMetrics registers each metric of Temporal's SDK when the SDK first asks
// for it.
type sdkMetrics struct {
	registry *prometheus.Registry

	mu       sync.Mutex
	counters map[string]*prometheus.CounterVec
	gauges   map[string]*prometheus.GaugeVec
	timers   map[string]*prometheus.HistogramVec
}

// newSDKMetrics returns a metrics handler for client.Options.
func newSDKMetrics(r *prometheus.Registry) client.MetricsHandler {
	return taggedMetrics{sdk: &sdkMetrics{
		registry: r,
		counters: map[string]*prometheus.CounterVec{},
		gauges:   map[string]*prometheus.GaugeVec{},
		timers:   map[string]*prometheus.HistogramVec{},
	}}
}

// taggedMetrics implements client.MetricsHandler for one set of tags.
type taggedMetrics struct {
	sdk  *sdkMetrics
	tags map[string]string
}

// WithTags implements client.MetricsHandler.
func (t taggedMetrics) WithTags(tags map[string]string) client.MetricsHandler {
	merged := prometheus.Labels{}
	for _, label := range sdkLabels() {
		merged[label] = t.tags[label]
		if value, given := tags[label]; given {
			merged[label] = value
		}
	}
	return taggedMetrics{sdk: t.sdk, tags: merged}
}

// labels gives every label a value, as Prometheus wants it.
func (t taggedMetrics) labels() prometheus.Labels {
	if t.tags != nil {
		return t.tags
	}
	none := prometheus.Labels{}
	for _, label := range sdkLabels() {
		none[label] = ""
	}
	return none
}

// Counter implements client.MetricsHandler.
func (t taggedMetrics) Counter(name string) client.MetricsCounter {
	vector := vectorOf(t.sdk, t.sdk.counters, name, func() *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name + "_total", Help: "Counted by Temporal's SDK."}, sdkLabels())
	})
	return sdkCounter{vector.With(t.labels())}
}

// Gauge implements client.MetricsHandler.
func (t taggedMetrics) Gauge(name string) client.MetricsGauge {
	vector := vectorOf(t.sdk, t.sdk.gauges, name, func() *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: "Measured by Temporal's SDK."}, sdkLabels())
	})
	return sdkGauge{vector.With(t.labels())}
}

// Timer implements client.MetricsHandler.
func (t taggedMetrics) Timer(name string) client.MetricsTimer {
	vector := vectorOf(t.sdk, t.sdk.timers, name, func() *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: name + "_seconds", Help: "Timed by Temporal's SDK.", Buckets: latencyBuckets(),
		}, sdkLabels())
	})
	return sdkTimer{vector.With(t.labels())}
}

// vectorOf returns the vector of a name, made and registered when it is new.
func vectorOf[V prometheus.Collector](m *sdkMetrics, vectors map[string]V, name string, create func() V) V {
	m.mu.Lock()
	defer m.mu.Unlock()
	if vector, ok := vectors[name]; ok {
		return vector
	}
	vector := create()
	// A name that the registry has already is counted but not shown.
	_ = m.registry.Register(vector)
	vectors[name] = vector
	return vector
}

type sdkCounter struct{ prometheus.Counter }

// Inc implements client.MetricsCounter.
func (c sdkCounter) Inc(n int64) { c.Add(float64(n)) }

type sdkGauge struct{ prometheus.Gauge }

// Update implements client.MetricsGauge.
func (g sdkGauge) Update(v float64) { g.Set(v) }

type sdkTimer struct{ prometheus.Observer }

// Record implements client.MetricsTimer.
func (t sdkTimer) Record(d time.Duration) { t.Observe(d.Seconds()) }
