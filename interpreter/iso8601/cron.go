package iso8601

import (
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// parseCronCycle reads five-field cron. Zones are refused: the schedule is in
// UTC, so that no change of a zone's rules moves a timer that already waits.
func parseCronCycle(text string) (Cycle, error) {
	c := Cycle{Repeat: Endless, Cron: strings.Join(strings.Fields(text), " ")}
	if _, err := c.schedule(); err != nil {
		return Cycle{}, fmt.Errorf("%s is not a cron schedule such as 0 9 * * MON-FRI: %w", quoted(text), err)
	}
	return c, nil
}

func (c Cycle) schedule() (*cron.SpecSchedule, error) {
	if len(c.Cron) > 200 || strings.Contains(c.Cron, "=") {
		return nil, fmt.Errorf("it is too long or names a time zone")
	}
	parsed, err := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow).Parse(c.Cron)
	if err != nil {
		return nil, err
	}
	schedule, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return nil, fmt.Errorf("it has no five fields")
	}
	schedule.Location = time.UTC
	return schedule, nil
}

// nextCron returns the first instant of the schedule after t. A schedule
// without an instant in the five years that the cron package searches (30
// February) never fires.
func (c Cycle) nextCron(t time.Time) (time.Time, bool) {
	schedule, err := c.schedule()
	if err != nil {
		return time.Time{}, false
	}
	next := schedule.Next(t)
	if next.IsZero() {
		return time.Time{}, false
	}
	return c.until(next.UTC())
}
