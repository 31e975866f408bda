package ast

import "strings"

// sqlTypeNames are the words that the grammar turns into a type of pg_catalog.
var sqlTypeNames = map[string]string{
	"bool": "boolean", "int2": "smallint", "int4": "integer", "int8": "bigint", "float4": "real", "float8": "double precision",
	"numeric": "numeric", "bpchar": "character", "varchar": "character varying", "bit": "bit", "varbit": "bit varying",
	"time": "time without time zone", "timetz": "time with time zone", "timestamp": "timestamp without time zone",
	"timestamptz": "timestamp with time zone", "interval": "interval",
}

func (f *formatter) typeName(t TypeName) {
	if t.SetOf {
		f.WriteString("SETOF ")
	}
	if name, ok := sqlTypeName(t); ok {
		f.sqlType(name, t)
	} else {
		f.WriteString(t.Name.String())
		f.mods(t.Mods)
	}
	f.WriteString(strings.Repeat("[]", t.Array))
}

// sqlTypeName is the SQL name of a type that has one. character and bit without a length would read back with one.
func sqlTypeName(t TypeName) (string, bool) {
	parts := t.Name.Parts
	if len(parts) != 2 || parts[0] != "pg_catalog" {
		return "", false
	}
	if (parts[1] == "bpchar" || parts[1] == "bit") && len(t.Mods) == 0 {
		return "", false
	}
	name, ok := sqlTypeNames[parts[1]]
	return name, ok
}

// sqlType writes a modifier where SQL wants it: before "with time zone", and after an interval's fields.
func (f *formatter) sqlType(name string, t TypeName) {
	head, tail, _ := strings.Cut(name, " with")
	if tail != "" {
		tail = " with" + tail
	}
	f.WriteString(head)
	if fields := intervalFields(t.IntervalFields); fields != "" {
		f.words(" ", fields)
	}
	f.mods(t.Mods)
	f.WriteString(tail)
}

func (f *formatter) mods(mods []Expr) {
	if len(mods) > 0 {
		f.tuple(mods)
	}
}

func intervalFields(mask int32) string {
	const dayTime = IntervalDay | IntervalHour | IntervalMinute | IntervalSecond
	switch mask {
	case IntervalYear:
		return "YEAR"
	case IntervalMonth:
		return "MONTH"
	case IntervalDay:
		return "DAY"
	case IntervalHour:
		return "HOUR"
	case IntervalMinute:
		return "MINUTE"
	case IntervalSecond:
		return "SECOND"
	case IntervalYear | IntervalMonth:
		return "YEAR TO MONTH"
	case IntervalDay | IntervalHour:
		return "DAY TO HOUR"
	case IntervalDay | IntervalHour | IntervalMinute:
		return "DAY TO MINUTE"
	case dayTime:
		return "DAY TO SECOND"
	case IntervalHour | IntervalMinute:
		return "HOUR TO MINUTE"
	case IntervalHour | IntervalMinute | IntervalSecond:
		return "HOUR TO SECOND"
	case IntervalMinute | IntervalSecond:
		return "MINUTE TO SECOND"
	}
	return ""
}
