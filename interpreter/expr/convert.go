package expr

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Convert turns an ordinary Go value into the value model: booleans, texts,
// json.Number, integers and floats of any size, and slices, arrays and maps
// with text keys of them, also of named types. A float becomes the shortest
// decimal that stands for it. A struct, a channel, a function, NaN and an
// infinity are refused. The result shares nothing with v.
func Convert(v any) (any, error) { return convert(reflect.ValueOf(v), 0) }

func convert(v reflect.Value, depth int) (any, error) {
	if depth > MaxDepth {
		return nil, fmt.Errorf("the value is nested deeper than %d", MaxDepth)
	}
	if !v.IsValid() {
		return nil, nil
	}
	switch v.Type() {
	case reflect.TypeFor[Decimal]():
		return v.Interface().(Decimal).normal(), nil
	case reflect.TypeFor[json.Number]():
		return convertNumber(v.String())
	}
	switch v.Kind() {
	case reflect.Bool:
		return v.Bool(), nil
	case reflect.String:
		return convertText(v.String())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return int(v.Int()), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return convertNumber(strconv.FormatUint(v.Uint(), 10))
	case reflect.Float32, reflect.Float64:
		return convertFloat(v.Float(), v.Type().Bits())
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			return nil, nil
		}
		return convert(v.Elem(), depth+1)
	case reflect.Slice, reflect.Array:
		return convertList(v, depth)
	case reflect.Map:
		return convertMap(v, depth)
	case reflect.Invalid, reflect.Complex64, reflect.Complex128, reflect.Chan, reflect.Func, reflect.Struct, reflect.UnsafePointer:
	}
	return nil, fmt.Errorf("a Go %s is not a JSON value", v.Type())
}

func convertText(s string) (any, error) {
	if !utf8.ValidString(s) {
		return nil, fmt.Errorf("the text %s is not valid UTF-8", quoted(s))
	}
	return s, nil
}

func convertNumber(text string) (any, error) {
	if !isNumber(text) {
		return nil, fmt.Errorf("%s is not a number", quoted(text))
	}
	return parseNumber(text)
}

func convertFloat(f float64, bits int) (any, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, fmt.Errorf("%v is not a JSON number", f)
	}
	return parseNumber(strconv.FormatFloat(f, 'g', -1, bits))
}

func convertList(v reflect.Value, depth int) (any, error) {
	if v.Kind() == reflect.Slice && v.IsNil() {
		return nil, nil
	}
	list := make([]any, v.Len())
	for i := range list {
		element, err := convert(v.Index(i), depth+1)
		if err != nil {
			return nil, err
		}
		list[i] = element
	}
	return list, nil
}

func convertMap(v reflect.Value, depth int) (any, error) {
	if v.Type().Key().Kind() != reflect.String {
		return nil, fmt.Errorf("a Go %s is not a JSON object: its keys are not texts", v.Type())
	}
	if v.IsNil() {
		return nil, nil
	}
	object := make(map[string]any, v.Len())
	names := v.MapKeys()
	slices.SortFunc(names, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	for _, key := range names { // in order, since the first fault is the answer
		element, err := convert(v.MapIndex(key), depth+1)
		if err != nil {
			return nil, err
		}
		if _, err := convertText(key.String()); err != nil {
			return nil, err
		}
		object[key.String()] = element
	}
	return object, nil
}
