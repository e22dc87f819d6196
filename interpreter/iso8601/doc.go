// Package iso8601 reads the texts of timers: durations, dates and repeating
// intervals of ISO 8601, and five-field cron, which many tools write in
// timeCycle.
//
// It computes with the calendar, not with averages: a month after 31 January
// is the last day of February. It reads no clock; every instant is an argument
// and every answer is in UTC. It does not wait.
package iso8601
