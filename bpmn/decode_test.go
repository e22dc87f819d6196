package bpmn

import (
	"os"
	"reflect"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/bpmn/model"
)

// TestModelCanBeRead walks every type of the model and of the extension: each
// field has a type that the decoder fills, and each type of New a place.
func TestModelCanBeRead(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("model/new.go")
	require.NoError(t, err)
	todo := []reflect.Type{reflect.TypeFor[model.Definitions](), reflect.TypeFor[extension]()}
	for _, name := range regexp.MustCompile(`"([a-zA-Z]+)"`).FindAllStringSubmatch(string(source), -1) {
		e := model.New(name[1])
		require.NotNil(t, e, name[1])
		todo = append(todo, reflect.TypeOf(e).Elem())
	}
	require.Nil(t, model.New("robotTask"))
	require.Greater(t, len(todo), 60)
	d := &decoder{types: map[reflect.Type]fields{}}
	seen := map[reflect.Type]bool{}
	for len(todo) > 0 {
		in := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[in] {
			continue
		}
		seen[in] = true
		for _, f := range d.fieldsOf(in) {
			of := in.FieldByIndex(f.index).Type
			if of.Kind() == reflect.Slice && !f.attribute {
				of = of.Elem()
			}
			require.True(t, readable(f, of), "%s: %s of type %s", in, f.name, of)
			if of.Kind() == reflect.Pointer {
				todo = append(todo, of.Elem())
			}
		}
	}
}

func readable(f field, of reflect.Type) bool {
	switch of.Kind() {
	case reflect.String:
		return true
	case reflect.Bool, reflect.Int, reflect.Float64:
		return f.attribute
	case reflect.Interface:
		return f.name == "*"
	case reflect.Pointer:
		return !f.attribute && f.name != "*"
	default:
		return isReference(of)
	}
}
