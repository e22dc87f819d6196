package dispatch

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSchedule(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		kind, text string
		due        []string // first, then what follows; ends with "" when it never fires again
	}{
		"Date":          {"date", "2030-02-01T00:00:00Z", []string{"2030-02-01T00:00:00Z", ""}},
		"PastDate":      {"date", "2001-01-01", []string{"2001-01-01T00:00:00Z", ""}},
		"Duration":      {"duration", "P1M", []string{"2030-02-28T12:00:00Z", ""}},
		"TwiceHourly":   {"cycle", "R2/PT1H", []string{"2030-01-31T13:00:00Z", "2030-01-31T14:00:00Z", ""}},
		"MonthsNoDrift": {"cycle", "R/P1M", []string{"2030-02-28T12:00:00Z", "2030-03-31T12:00:00Z", "2030-04-30T12:00:00Z"}},
		"Cron":          {"cycle", "0 8 * * 1", []string{"2030-02-04T08:00:00Z", "2030-02-11T08:00:00Z"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			schedule, due, err := NewSchedule(tt.kind, tt.text, now)
			require.NoError(t, err)
			data, err := json.Marshal(schedule)
			require.NoError(t, err)
			kept, err := readSchedule(data)
			require.NoError(t, err)
			for fired, want := range tt.due {
				if want == "" {
					require.Nil(t, due)
					return
				}
				require.NotNil(t, due)
				require.Equal(t, want, due.UTC().Format(time.RFC3339))
				due = kept.next(*due, fired+1, *due)
			}
		})
	}
}

// After an outage a process starts once and not a hundred times.
func TestScheduleSkipsWhatWasMissed(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	schedule, due, err := NewSchedule("cycle", "R/PT1H", now)
	require.NoError(t, err)
	next := schedule.next(*due, 1, now.Add(100*time.Hour+30*time.Minute))
	require.Equal(t, now.Add(101*time.Hour), *next)
	finite, due, err := NewSchedule("cycle", "R3/PT1H", now)
	require.NoError(t, err)
	require.Nil(t, finite.next(*due, 1, now.Add(100*time.Hour)), "the missed ones count")
}

// What is late by less than an outage is done.
func TestScheduleCatchesUp(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	schedule, due, err := NewSchedule("cycle", "R2/PT1S", now)
	require.NoError(t, err)
	second := schedule.next(*due, 1, now.Add(time.Second+lateness))
	require.NotNil(t, second)
	require.Equal(t, now.Add(2*time.Second), *second)
	require.Nil(t, schedule.next(*second, 2, now.Add(time.Second+lateness)))
	require.Nil(t, schedule.next(*due, 1, now.Add(3*time.Second+lateness)), "that is an outage")

	endless, due, err := NewSchedule("cycle", "R/PT1S", now)
	require.NoError(t, err)
	outage := now.Add(time.Hour)
	require.Equal(t, outage.Add(-lateness), *endless.next(*due, 1, outage), "it goes on where lateness begins")
}

// The repository keeps a due time in microseconds, and the clock has more.
func TestScheduleFiresOnceInAMicrosecond(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 1, 0, 0, 0, 123456789, time.UTC)
	schedule, due, err := NewSchedule("cycle", "R2/PT1S", now)
	require.NoError(t, err)
	next := schedule.next(due.Truncate(time.Microsecond), 1, now)
	require.Equal(t, now.Add(2*time.Second), *next)
}

func TestScheduleRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "soon", "-PT1H", "P1X", "R/PT0S", "2030-13-01"} {
		for _, kind := range []string{"date", "duration", "cycle", "hour"} {
			_, _, err := NewSchedule(kind, text, time.Now())
			require.Error(t, err, "%s %q", kind, text)
		}
	}
}
