package strictjson

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// field is one member that a struct can be filled from.
type field struct {
	name     string
	typ      reflect.Type
	required bool
	rules    rules
}

// rules are the constraints that a tag puts on a value.
type rules struct {
	enum     []string
	min, max *int64
}

// fieldsOf lists the members of a struct type. Fields of embedded structs
// count as its own.
func fieldsOf(t reflect.Type) []field {
	var fields []field
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			fields = append(fields, fieldsOf(f.Type)...)
			continue
		case name == "-" || !f.IsExported():
			continue
		case name == "":
			name = f.Name
		}
		optional := strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero")
		fields = append(fields, field{name: name, typ: f.Type, required: !optional, rules: rulesOf(f)})
	}
	return fields
}

func rulesOf(f reflect.StructField) rules {
	var r rules
	if enum := f.Tag.Get("enum"); enum != "" {
		r.enum = strings.Split(enum, ",")
	}
	lower, upper := "minLength", "maxLength"
	if kind := f.Type.Kind(); kind >= reflect.Int && kind <= reflect.Int64 {
		lower, upper = "minimum", "maximum"
	}
	r.min, r.max = bound(f, lower), bound(f, upper)
	return r
}

func bound(f reflect.StructField, tag string) *int64 {
	n, err := strconv.ParseInt(f.Tag.Get(tag), 10, 64)
	if err != nil {
		return nil
	}
	return &n
}

// refuseText says why s is not allowed, "" if it is.
func (r rules) refuseText(s string) string {
	length := int64(utf8.RuneCountInString(s))
	switch {
	case r.enum != nil && !slices.Contains(r.enum, s):
		return fmt.Sprintf("%q is not one of %s", s, strings.Join(r.enum, ", "))
	case r.min != nil && length < *r.min:
		return fmt.Sprintf("the text must have at least %d characters", *r.min)
	case r.max != nil && length > *r.max:
		return fmt.Sprintf("the text must have at most %d characters", *r.max)
	}
	return ""
}

// refuseNumber says why n is not allowed, "" if it is.
func (r rules) refuseNumber(n int64) string {
	switch {
	case r.min != nil && n < *r.min:
		return fmt.Sprintf("the number must be at least %d", *r.min)
	case r.max != nil && n > *r.max:
		return fmt.Sprintf("the number must be at most %d", *r.max)
	}
	return ""
}

var (
	timeType        = reflect.TypeFor[time.Time]()
	unmarshalerType = reflect.TypeFor[json.Unmarshaler]()
)

// target is the type that a text is compared with: t without its pointers, or
// nil where everything is accepted.
func target(t reflect.Type) reflect.Type {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == nil || t.Kind() == reflect.Interface:
		return nil
	case t != timeType && reflect.PointerTo(t).Implements(unmarshalerType):
		return nil
	}
	return t
}

// known lists what an unknown field may have been meant to be.
func known(fields []field) string {
	if len(fields) == 0 {
		return ""
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	return "; known are " + strings.Join(names, ", ")
}

func kindName(t reflect.Type) string {
	switch {
	case t == timeType:
		return "a time"
	case t.Kind() == reflect.String:
		return "a text"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.Slice:
		return "an array"
	case t.Kind() == reflect.Struct || t.Kind() == reflect.Map:
		return "an object"
	default:
		return "a number"
	}
}
