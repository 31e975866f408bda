package parser

import (
	"fmt"
	"reflect"
	"strings"

	"vecgres/sql/ast"
)

// dump prints a tree as nested Type{Field:value}, without zero fields, for golden files. Positions are printed where withPos says so.
func dump(v any, withPos bool) string {
	var out strings.Builder
	dumpValue(&out, reflect.ValueOf(v), withPos)
	return out.String()
}

var posType = reflect.TypeFor[ast.Pos]()

func dumpValue(out *strings.Builder, v reflect.Value, withPos bool) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			out.WriteString("nil")
			return
		}
		dumpValue(out, v.Elem(), withPos)
	case reflect.Slice:
		out.WriteString("[")
		for i := range v.Len() {
			if i > 0 {
				out.WriteString(" ")
			}
			dumpValue(out, v.Index(i), withPos)
		}
		out.WriteString("]")
	case reflect.Struct:
		dumpStruct(out, v, withPos)
	case reflect.String:
		fmt.Fprintf(out, "%q", v.String())
	default:
		fmt.Fprint(out, v.Interface())
	}
}

func dumpStruct(out *strings.Builder, v reflect.Value, withPos bool) {
	if n, ok := v.Interface().(ast.Name); ok && !withPos {
		out.WriteString(n.String())
		return
	}
	out.WriteString(v.Type().Name())
	out.WriteString("{")
	sep := ""
	for i := range v.NumField() {
		field := v.Field(i)
		isPos := field.Type() == posType
		if isPos && !withPos || !isPos && field.IsZero() {
			continue
		}
		out.WriteString(sep + v.Type().Field(i).Name + ":")
		dumpValue(out, field, withPos)
		sep = " "
	}
	out.WriteString("}")
}
