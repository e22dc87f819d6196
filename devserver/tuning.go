package devserver

import (
	"time"

	"go.temporal.io/server/common/dynamicconfig"
)

// longPoll is how long the history service keeps a caller that waits for a
// workflow's end before it lets them ask again. That is also how late such a
// caller learns of the end when the notification is lost, as it is for about
// one in a hundred: the service holds one unread notification for each caller
// and drops what comes meanwhile. Hence not the 20 s of the default.
const longPoll = 500 * time.Millisecond

// unlimited raises a rate beyond what one process can reach.
const unlimited = 1_000_000

// tuning is the dynamic configuration. What it does not name, among it every
// limit on histories, payloads and pending work, stays at Temporal's default,
// so that what works here works on a cluster.
func tuning() dynamicconfig.StaticClient {
	return dynamicconfig.StaticClient{
		// Nothing phones out.
		dynamicconfig.EnableServerVersionCheck.Key(): false,

		// One partition: nobody polls the empty one of four.
		dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  1,
		dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): 1,

		// At the default of 20 polls a second, each step waits 50 ms.
		dynamicconfig.TransferProcessorMaxPollRPS.Key(): 2000,
		dynamicconfig.TimerProcessorMaxPollRPS.Key():    2000,
		// At the default of 1 s, each timer is up to that late.
		dynamicconfig.TimerProcessorMaxTimeShift.Key():        time.Millisecond,
		dynamicconfig.HistoryLongPollExpirationInterval.Key(): longPoll,
		// At the default of 1 s, a run that continues as new within its first
		// second waits out the rest of it: a busy loop makes one run a second.
		dynamicconfig.WorkflowIdReuseMinimalInterval.Key(): time.Duration(0),

		dynamicconfig.FrontendRPS.Key():                                         unlimited,
		dynamicconfig.FrontendMaxNamespaceRPSPerInstance.Key():                  unlimited,
		dynamicconfig.FrontendMaxNamespaceVisibilityRPSPerInstance.Key():        1000,
		dynamicconfig.FrontendMaxConcurrentLongRunningRequestsPerInstance.Key(): 100_000,
		dynamicconfig.HistoryRPS.Key():                                          unlimited,
		dynamicconfig.MatchingRPS.Key():                                         unlimited,

		// One process holds all caches: 8,096 workflows, as in Temporal's own
		// development server, not 128,000.
		dynamicconfig.HistoryCacheHostLevelMaxSize.Key(): 8096,
	}
}

// Tuning says in words how the server differs from Temporal's defaults.
func (s *Server) Tuning() []string {
	words := []string{
		"one partition per task queue instead of 4",
		"transfer and timer queues polled up to 2,000 times a second instead of 20",
		"timers fire within 1 ms instead of 1 s",
		"a run continues as new at once instead of after 1 s",
		"waits for a workflow's end are renewed every 500 ms instead of 20 s",
		"rate limits raised out of the way; limits on histories and payloads as on a cluster",
		"visibility indexes kept for time, workflow id and keyword search attributes only",
		"no version check, metrics or archival",
	}
	if s.store != nil && s.store.lock != nil {
		words = append(words, "SQLite with write-ahead log, synchronous=normal")
	}
	return words
}
