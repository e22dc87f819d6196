package worker

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	"go.temporal.io/sdk/temporal"

	"github.com/perdure/perdure/activities"
)

// adapt gives every activity of a task one form, whatever its own is: data in,
// data out. Temporal hands the arguments of a local activity over as they are,
// so that an inline task would fail where an ordinary one is decoded.
func adapt(fn any) func(context.Context, json.RawMessage) (any, error) {
	function := reflect.ValueOf(fn)
	in := function.Type().In(1)
	return func(ctx context.Context, data json.RawMessage) (any, error) {
		argument := reflect.New(in)
		if len(data) > 0 {
			if err := json.Unmarshal(data, argument.Interface()); err != nil {
				return nil, temporal.NewNonRetryableApplicationError(
					fmt.Sprintf("the task's data does not fit %s: %v", in, err), activities.ErrTypeInput, err)
			}
		}
		out := function.Call([]reflect.Value{reflect.ValueOf(ctx), argument.Elem()})
		if err, failed := reflect.TypeAssert[error](out[len(out)-1]); failed {
			return nil, err
		}
		if len(out) == 1 {
			return nil, nil
		}
		return out[0].Interface(), nil
	}
}
