package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/perdure/perdure/activities"
)

// maxNameLength is the longest activity type.
const maxNameLength = 200

// RegisterActivity makes fn the work of the service tasks with this type. Fn
// has one of the forms
//
//	func(ctx context.Context, in In) (Out, error)
//	func(ctx context.Context, in In) error
//
// In is a struct, a pointer to one, a map with text keys, json.RawMessage, or
// any: the task's data is a JSON object. Out is whatever encodes to JSON; the
// fields of an object become variables. Numbers in an any or a map[string]any
// are float64; take json.RawMessage or a json.Number field to keep all digits.
//
// It panics if fn has another form, if the name is empty, taken or begins with
// "perdure." or "bpmn.", or after Run: these are mistakes in the program.
func (w *Worker) RegisterActivity(name string, fn any) {
	if err := w.register(name, fn); err != nil {
		panic(fmt.Sprintf("worker: RegisterActivity(%q): %v", name, err))
	}
}

func (w *Worker) register(name string, fn any) error {
	if err := checkName(name); err != nil {
		return err
	}
	for _, a := range w.activities {
		if a.Name == name {
			return errors.New("an activity of this name is registered already")
		}
	}
	if w.running.Load() {
		return errors.New("the worker is running: register before Run")
	}
	if err := checkShape(fn); err != nil {
		return err
	}
	w.activities = append(w.activities, activities.Registration{Name: name, Function: adapt(fn)})
	return nil
}

func checkName(name string) error {
	switch {
	case name == "" || len(name) > maxNameLength:
		return fmt.Errorf("the name must have 1 to %d bytes", maxNameLength)
	case strings.HasPrefix(name, "perdure."), strings.HasPrefix(name, "bpmn."):
		return errors.New("names that begin with perdure. or bpmn. are the platform's")
	default:
		return nil
	}
}

func checkShape(fn any) error {
	t := reflect.TypeOf(fn)
	if t == nil || t.Kind() != reflect.Func {
		return fmt.Errorf("%T is no function", fn)
	}
	const want = "want func(context.Context, In) (Out, error) or func(context.Context, In) error"
	switch {
	case reflect.ValueOf(fn).IsNil():
		return errors.New("the function is nil")
	case t.NumIn() != 2 || t.IsVariadic() || t.In(0) != reflect.TypeFor[context.Context]():
		return fmt.Errorf("%s takes other arguments: %s", t, want)
	case !isObject(t.In(1)):
		return fmt.Errorf("%s takes a %s, which cannot hold a JSON object: want a struct, a map with text keys or json.RawMessage", t, t.In(1))
	case t.NumOut() == 0 || t.NumOut() > 2 || t.Out(t.NumOut()-1) != reflect.TypeFor[error]():
		return fmt.Errorf("%s returns something else: %s", t, want)
	case t.NumOut() == 2 && !isEncodable(t.Out(0)):
		return fmt.Errorf("%s returns a %s, which has no JSON form", t, t.Out(0))
	default:
		return nil
	}
}

// isObject reports whether a JSON object can be decoded into t.
func isObject(t reflect.Type) bool {
	switch kind := t.Kind(); {
	case t == reflect.TypeFor[json.RawMessage](), kind == reflect.Struct:
		return true
	case kind == reflect.Pointer:
		return t.Elem().Kind() == reflect.Struct
	case kind == reflect.Map:
		return t.Key().Kind() == reflect.String
	default:
		return kind == reflect.Interface && t.NumMethod() == 0
	}
}

func isEncodable(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	withoutJSON := []reflect.Kind{reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer}
	return t != reflect.TypeFor[error]() && !slices.Contains(withoutJSON, t.Kind())
}
