package types

import (
	"math"

	"github.com/cockroachdb/apd/v3"
)

// Datum is one SQL value or NULL. It is passed by value and does not say its own type: whoever holds it knows.
// How each type lies in it:
//
//	bool, int2/4/8, oid and reg* types      N (bool as 0 or 1)
//	float4, float8                          N = IEEE 754 bits of a float64
//	date                                    N = days since 2000-01-01; math.MinInt32/MaxInt32 = -infinity/infinity
//	time                                    N = microseconds since midnight
//	timestamp, timestamptz                  N = microseconds since 2000-01-01 (UTC for timestamptz); MinInt64/MaxInt64 = -infinity/infinity
//	interval                                N = microseconds, X = IntervalMD (months and days; nil when both are 0)
//	text, varchar, char(n), name, json, "char", unknown   S
//	jsonb                                   S = canonical text as Postgres prints it (keys sorted by length then bytes, last duplicate wins)
//	bytea                                   S = the raw bytes
//	uuid                                    S = the 16 raw bytes
//	numeric                                 X = *apd.Decimal, never changed after it was made (NaN and infinities as apd has them; the exponent carries the display scale)
//	arrays                                  X = *Array
//	vector                                  X = []float32, never changed after it was made
//	record                                  X = *Record
//	timetz                                  N = microseconds since midnight there, X = TimeZone (seconds west of Greenwich)
//	bit, varbit                             S = the bits, eight a byte, zeros at the end; N = their number
//	halfvec                                 X = []float32, each representable in half precision, never changed
//	sparsevec                               X = *SparseVec, never changed
//	tid                                     N = block<<16 | offset
//	xid, cid, xid8, pg_lsn                  N
//	int2vector, oidvector                   X = *Array of one dimension with lower bound 0
//	aclitem, pg_node_tree, cstring          S as text
type Datum struct {
	N    int64
	S    string
	X    any
	null bool
}

// IntervalMD is the part of an interval that microseconds cannot express.
type IntervalMD struct{ Months, Days int32 }

// TimeZone is a timetz's displacement in seconds west of Greenwich, as Postgres stores it.
type TimeZone int32

// SparseVec is a sparsevec: ascending indices from 0 with their values, none of them zero.
type SparseVec struct {
	Dim     int32
	Indices []int32
	Values  []float32
}

// Array is an array value, row-major; Dims and Lower are empty for the empty array.
type Array struct {
	Elem  OID
	Dims  []int32
	Lower []int32
	Elems []Datum
}

// Record is a row value with its field types.
type Record struct {
	Names  []string // of the fields; nil for an anonymous row
	Types  []Type
	Fields []Datum
}

// Null is the NULL of every type.
var Null = Datum{null: true}

// IsNull tells whether d is NULL. The zero Datum is not NULL.
func (d Datum) IsNull() bool { return d.null }

// Bool makes a bool.
func Bool(v bool) Datum {
	if v {
		return Datum{N: 1}
	}
	return Datum{}
}

// Int makes an int2, int4, int8, oid, date, time, timestamp or timestamptz.
func Int(v int64) Datum { return Datum{N: v} }

// Float makes a float4 or float8.
func Float(v float64) Datum {
	if v != v {
		return Datum{N: nanBits}
	}
	return Datum{N: int64(math.Float64bits(v))}
}

// nanBits is the NaN that Postgres sends; there is no other in a Datum.
const nanBits = 0x7ff8000000000000

// Text makes any type that lies in S.
func Text(v string) Datum { return Datum{S: v} }

// Bytea makes a bytea from a copy of v.
func Bytea(v []byte) Datum { return Datum{S: string(v)} }

// Interval makes an interval.
func Interval(months, days int32, micros int64) Datum {
	if months == 0 && days == 0 {
		return Datum{N: micros}
	}
	return Datum{N: micros, X: IntervalMD{months, days}}
}

// Numeric makes a numeric; v must not be changed afterwards.
func Numeric(v *apd.Decimal) Datum { return Datum{X: v} }

// VectorOf makes a vector; v must not be changed afterwards.
func VectorOf(v []float32) Datum { return Datum{X: v} }

// ArrayOf makes an array value.
func ArrayOf(a *Array) Datum { return Datum{X: a} }

// Bool is the value of a bool.
func (d Datum) Bool() bool { return d.N != 0 }

// Int is the value of what Int makes.
func (d Datum) Int() int64 { return d.N }

// Float is the value of a float4 or float8.
func (d Datum) Float() float64 { return math.Float64frombits(uint64(d.N)) }

// Text is the value of what lies in S.
func (d Datum) Text() string { return d.S }

// MonthsDays is an interval's part beside its microseconds.
func (d Datum) MonthsDays() (months, days int32) {
	if md, ok := d.X.(IntervalMD); ok {
		return md.Months, md.Days
	}
	return 0, 0
}

// Numeric is the value of a numeric, not to be changed.
func (d Datum) Numeric() *apd.Decimal { return d.X.(*apd.Decimal) }

// Vector is the value of a vector, not to be changed.
func (d Datum) Vector() []float32 { return d.X.([]float32) }

// Array is the value of an array, not to be changed.
func (d Datum) Array() *Array { return d.X.(*Array) }

// Record is the value of a record.
func (d Datum) Record() *Record { return d.X.(*Record) }

// TimeZone is a timetz's displacement in seconds west of Greenwich.
func (d Datum) TimeZone() int32 {
	tz, _ := d.X.(TimeZone)
	return int32(tz)
}

// SparseVec is the value of a sparsevec, not to be changed.
func (d Datum) SparseVec() *SparseVec { return d.X.(*SparseVec) }

// TimeTZ makes a timetz; zone is in seconds west of Greenwich.
func TimeTZ(micros int64, zone int32) Datum { return Datum{N: micros, X: TimeZone(zone)} }

// BitString makes a bit or varbit of n bits from bytes whose unused last bits are zero.
func BitString(bits string, n int64) Datum { return Datum{S: bits, N: n} }

// RecordOf makes a record.
func RecordOf(r *Record) Datum { return Datum{X: r} }
