package types

import (
	"testing"
	"time"
)

// TestAllocations: what is read and written for every row allocates nothing beside the value.
func TestAllocations(t *testing.T) {
	buf := make([]byte, 0, 1<<16)
	vector := make([]float32, 384)
	for i := range vector {
		vector[i] = float32(i)*0.37 - 60
	}
	text := string(AppendVector(nil, vector))
	binary, _ := AppendBinary(nil, VectorOID, VectorOf(vector))
	v := VectorOf(vector)
	moment := Int(TimeToTimestamp(time.Date(2026, 1, 2, 3, 4, 5, 678000, time.UTC)))
	loc, err := LoadZoneName("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	env := &Env{Location: loc}
	s := Text("some text of a row")
	for _, c := range []struct {
		name string
		most float64
		f    func()
	}{
		{"parse a vector", 2, func() { _, _ = ParseText(nil, Type{VectorOID, 384}, text) }}, // the elements and the slice's header
		{"decode a vector", 2, func() { _, _ = DecodeBinary(nil, T(VectorOID), binary) }},
		{"print a vector", 0, func() { AppendText(nil, buf, VectorOID, v) }},
		{"encode a vector", 0, func() { _, _ = AppendBinary(buf, VectorOID, v) }},
		{"parse an int8", 0, func() { _, _ = ParseText(nil, T(Int8OID), "-1234567890123") }},
		{"print an int8", 0, func() { AppendText(nil, buf, Int8OID, Int(-1234567890123)) }},
		{"print a float8", 0, func() { AppendText(nil, buf, Float8OID, Float(1.25e-7)) }},
		{"print text", 0, func() { AppendText(nil, buf, TextOID, s) }},
		{"parse text", 0, func() { _, _ = ParseText(nil, T(TextOID), "some text of a row") }},
		{"print a timestamptz", 0, func() { AppendText(env, buf, TimestamptzOID, moment) }},
		{"print a bool", 0, func() { AppendText(nil, buf, BoolOID, Bool(true)) }},
		{"encode an int4", 0, func() { _, _ = AppendBinary(buf, Int4OID, Int(7)) }},
		{"key of an int8", 0, func() { _, _ = AppendKey(buf, Int8OID, Int(-5), true, false) }},
		{"key of a text", 0, func() { _, _ = AppendKey(buf, TextOID, s, false, false) }},
		{"int4 to int8", 0, func() { _, _ = CastDatum(nil, T(Int4OID), T(Int8OID), Int(7), false) }},
	} {
		if got := testing.AllocsPerRun(100, c.f); got > c.most {
			t.Errorf("%s: %v allocations, want at most %v", c.name, got, c.most)
		}
	}
}

func BenchmarkParseVector384(b *testing.B) {
	vector := make([]float32, 384)
	for i := range vector {
		vector[i] = float32(i)*0.37 - 60
	}
	text := string(AppendVector(nil, vector))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseText(nil, T(VectorOID), text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendVector384(b *testing.B) {
	vector := make([]float32, 384)
	for i := range vector {
		vector[i] = float32(i)*0.37 - 60
	}
	buf := make([]byte, 0, 1<<16)
	for b.Loop() {
		AppendVector(buf, vector)
	}
}

func BenchmarkDecodeVector384(b *testing.B) {
	binary, _ := AppendBinary(nil, VectorOID, VectorOf(make([]float32, 384)))
	for b.Loop() {
		if _, err := DecodeBinary(nil, T(VectorOID), binary); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkKeyInt8(b *testing.B) {
	buf := make([]byte, 0, 64)
	for b.Loop() {
		_, _ = AppendKey(buf, Int8OID, Int(12345), false, false)
	}
}

func BenchmarkKeyText(b *testing.B) {
	buf := make([]byte, 0, 64)
	d := Text("some text of a row")
	for b.Loop() {
		_, _ = AppendKey(buf, TextOID, d, false, false)
	}
}

func BenchmarkNormalizeJSONB(b *testing.B) {
	for b.Loop() {
		if _, err := NormalizeJSONB(`{"name": "a thing", "price": 12.50, "tags": ["x", "y"], "nested": {"a": 1, "b": null}}`); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNumericAdd(b *testing.B) {
	x, _ := ParseNumeric("12345.67")
	y, _ := ParseNumeric("0.005")
	for b.Loop() {
		_, _ = NumericAdd(x, y)
	}
}
