package dispatch

import (
	"context"
	"time"

	"github.com/perdure/perdure/protocol"
)

const (
	// crashWindow is more than a workflow task can take: what was projected
	// longer before a crash is in Temporal's history too.
	crashWindow = time.Minute
	// crashLimit bounds the instances that are asked.
	crashLimit = 5_000
)

// Recover asks the instances that a crash of this process's predecessor may
// have cut off to tell the repository what is open of them. A workflow task
// commits its batch before itself: when it is lost in between and nothing else
// happens to the instance, the repository would show for ever what never was.
// Asking one that was not cut off changes nothing.
func (d *Dispatcher) Recover(ctx context.Context) error {
	instances, err := d.repository.LastTouched(ctx, crashWindow, crashLimit)
	if err != nil {
		return err
	}
	return each(ctx, instances, func(ctx context.Context, instance string) error {
		err := d.client.SignalWorkflow(ctx, instance, "", protocol.EventSignal, protocol.Incoming{Sync: &protocol.Sync{}})
		if err == nil || isNotFound(err) {
			return nil
		}
		return unavailable(err)
	})
}
