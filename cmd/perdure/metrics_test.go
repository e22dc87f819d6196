package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSDKMetrics(t *testing.T) {
	t.Parallel()
	registry := newRegistry()
	root := newSDKMetrics(registry)

	root.Counter("temporal_request").Inc(1)
	tagged := root.WithTags(map[string]string{"namespace": "default", "client_name": "temporal_go"})
	tagged.Counter("temporal_request").Inc(2)
	tagged.WithTags(map[string]string{"operation": "PollWorkflowTaskQueue"}).Counter("temporal_request").Inc(3)
	tagged.Gauge("temporal_num_pollers").Update(5)
	tagged.Timer("temporal_request_latency").Record(3 * time.Millisecond)

	w := httptest.NewRecorder()
	metricsHandler(registry).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	require.Equal(t, http.StatusOK, w.Code, w.Body)
	labels := func(namespace, operation string) string {
		return `{activity_type="",cause="",failure_reason="",namespace="` + namespace + `",operation="` + operation +
			`",poller_type="",status_code="",task_queue="",worker_type="",workflow_type=""`
	}
	text := w.Body.String()
	require.Contains(t, text, "temporal_request_total"+labels("", "")+"} 1\n")
	require.Contains(t, text, "temporal_request_total"+labels("default", "")+"} 2\n")
	require.Contains(t, text, "temporal_request_total"+labels("default", "PollWorkflowTaskQueue")+"} 3\n")
	require.Contains(t, text, "temporal_num_pollers"+labels("default", "")+"} 5\n")
	require.Contains(t, text, "temporal_request_latency_seconds_bucket"+labels("default", "")+`,le="0.005"} 1`+"\n")
	require.Contains(t, text, "go_goroutines ")
}
