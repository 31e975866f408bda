package vecengine

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"

	"vecgres/vecengine/column"
	"vecgres/vecengine/ranges"
)

// condition is a Predicate made ready for one column kind: numbers become closed ranges in an int64 domain of the same order.
type condition struct {
	def    *ColumnDef
	op     Op
	ranges []span   // numeric kinds: the row passes if its value lies in one
	points [][]byte // Bytes and Fixed16: the constants, sorted for In
	index  IndexID
	keys   []KeyRange
}

// span is a closed range of numbers.
type span struct{ lo, hi int64 }

func compileAll(s *Schema, filter []Predicate) ([]condition, error) {
	out := make([]condition, len(filter))
	for i := range filter {
		c, err := compile(s, &filter[i])
		if err != nil {
			return nil, err
		}
		out[i] = c
	}
	return out, nil
}

func compile(s *Schema, p *Predicate) (condition, error) {
	def := s.column(p.Column)
	if def == nil {
		return condition{}, fmt.Errorf("vecengine: no column %d", p.Column)
	}
	c := condition{def: def, op: p.Op, index: p.Index, keys: p.Ranges}
	if p.Index != 0 {
		if x := s.index(p.Index); x == nil || x.Kind != KeyIndex {
			c.index = 0
		}
	}
	want := map[Op]int{Between: 2, IsNull: 0, NotNull: 0, In: len(p.Values)}
	n, special := want[p.Op]
	if !special {
		n = 1
	}
	if p.Op > NotNull || len(p.Values) != n {
		return condition{}, fmt.Errorf("vecengine: predicate %d with %d values", p.Op, len(p.Values))
	}
	switch {
	case p.Op == IsNull || p.Op == NotNull:
	case def.Kind == column.Vector:
		return condition{}, fmt.Errorf("vecengine: predicate on vector column %d", p.Column)
	case def.Kind == column.Bytes || def.Kind == column.Fixed16:
		for _, v := range p.Values {
			c.points = append(c.points, v.Bytes)
		}
		if p.Op == In {
			slices.SortFunc(c.points, bytes.Compare)
		}
	default:
		c.ranges = numericRanges(p.Op, def.Kind, p.Values)
	}
	return c, nil
}

// numericRanges turns a comparison into the ranges of values that pass.
func numericRanges(op Op, kind column.Kind, values []Value) []span {
	key := func(v Value) int64 {
		if kind == column.Float32 || kind == column.Float64 {
			return floatKey(v.Float)
		}
		return v.Int
	}
	const least, most = math.MinInt64, math.MaxInt64
	var out []span
	switch op {
	case Between:
		out = []span{{key(values[0]), key(values[1])}}
	case In:
		for _, v := range values {
			out = append(out, span{key(v), key(v)})
		}
		slices.SortFunc(out, func(a, b span) int { return cmp.Compare(a.lo, b.lo) })
		out = slices.Compact(out)
	default:
		k := key(values[0])
		switch op {
		case Eq:
			out = []span{{k, k}}
		case Le:
			out = []span{{least, k}}
		case Ge:
			out = []span{{k, most}}
		case Lt:
			if k > least {
				out = []span{{least, k - 1}}
			}
		case Gt:
			if k < most {
				out = []span{{k + 1, most}}
			}
		case Ne:
			if k > least {
				out = append(out, span{least, k - 1})
			}
			if k < most {
				out = append(out, span{k + 1, most})
			}
		}
	}
	return slices.DeleteFunc(out, func(s span) bool { return s.lo > s.hi })
}

// floatKey maps floats to integers of the same order: -0 equals 0, NaN equals itself and lies above all.
func floatKey(f float64) int64 {
	if f != f {
		return math.MaxInt64
	}
	b := int64(math.Float64bits(f + 0))
	if b < 0 {
		b ^= math.MaxInt64
	}
	return b
}

// keep clears the bits of the rows of c that do not pass. words has a bit for each row, lowest first; bits past the rows are not touched.
func (k *condition) keep(c *column.Column, words []uint64) {
	switch {
	case k.op == IsNull:
		if c.Valid == nil {
			clear(words)
			return
		}
		andValid(words, c.Valid, c.Len, true)
		return
	case c.Valid != nil:
		andValid(words, c.Valid, c.Len, false)
	}
	if k.op == NotNull {
		return
	}
	switch c.Kind {
	case column.Bool:
		k.keepBools(c, words)
	case column.Int16:
		keepInts(column.Values[int16](c)[:c.Len], k.ranges, math.MinInt16, math.MaxInt16, words)
	case column.Int32:
		keepInts(column.Values[int32](c)[:c.Len], k.ranges, math.MinInt32, math.MaxInt32, words)
	case column.Int64:
		keepInts(column.Values[int64](c)[:c.Len], k.ranges, math.MinInt64, math.MaxInt64, words)
	case column.Float32:
		keepFloats(column.Values[float32](c)[:c.Len], k.ranges, words)
	case column.Float64:
		keepFloats(column.Values[float64](c)[:c.Len], k.ranges, words)
	case column.Fixed16:
		k.keepBytes(c.Len, func(i int) []byte { return c.Data[16*i : 16*i+16] }, words)
	case column.Bytes:
		k.keepBytes(c.Len, c.BytesAt, words)
	}
}

// andValid keeps the rows that are present, or with nulls those that are NULL.
func andValid(words []uint64, valid []byte, n int, nulls bool) {
	for w := range words {
		var m uint64
		for b := range 8 {
			if i := w*8 + b; i < (n+7)/8 {
				m |= uint64(valid[i]) << (8 * b)
			}
		}
		if nulls {
			m = ^m
		}
		words[w] &= m
	}
}

func (k *condition) keepBools(c *column.Column, words []uint64) {
	var pass [2]bool
	for _, r := range k.ranges {
		for v := range pass {
			pass[v] = pass[v] || r.lo <= int64(v) && int64(v) <= r.hi
		}
	}
	switch pass {
	case [2]bool{false, false}:
		clear(words)
	case [2]bool{false, true}:
		andValid(words, c.Data, c.Len, false)
	case [2]bool{true, false}:
		andValid(words, c.Data, c.Len, true)
	}
}

// fewRanges is how many ranges are compared with every value; more are searched.
const fewRanges = 8

// keepInts tests integers against ranges.
func keepInts[T ranges.Integer](vals []T, spans []span, least, most int64, words []uint64) {
	fit := make([]struct{ lo, hi T }, 0, len(spans))
	for _, r := range spans {
		if lo, hi := max(r.lo, least), min(r.hi, most); lo <= hi {
			fit = append(fit, struct{ lo, hi T }{T(lo), T(hi)})
		}
	}
	switch {
	case len(fit) == 0:
		clear(words)
		return
	case len(fit) == 1:
		ranges.Keep(vals, fit[0].lo, fit[0].hi, words)
		return
	case len(fit) <= fewRanges:
		any, one := make([]uint64, len(words)), make([]uint64, len(words))
		for _, r := range fit {
			copy(one, words)
			ranges.Keep(vals, r.lo, r.hi, one)
			for i, w := range one {
				any[i] |= w
			}
		}
		copy(words, any)
		return
	}
	for i, v := range vals {
		if words[i>>6]>>(i&63)&1 == 0 {
			continue
		}
		at, _ := slices.BinarySearchFunc(fit, v, func(r struct{ lo, hi T }, v T) int { return cmp.Compare(r.hi, v) })
		if at == len(fit) || v < fit[at].lo {
			words[i>>6] &^= 1 << (i & 63)
		}
	}
}

func keepFloats[T float32 | float64](vals []T, ranges []span, words []uint64) {
	if len(ranges) == 1 {
		keepFloatRange(vals, ranges[0], words)
		return
	}
	for i, v := range vals {
		if words[i>>6]>>(i&63)&1 == 0 {
			continue
		}
		k := floatKey(float64(v))
		at, _ := slices.BinarySearchFunc(ranges, k, func(r span, k int64) int { return cmp.Compare(r.hi, k) })
		if at == len(ranges) || k < ranges[at].lo {
			words[i>>6] &^= 1 << (i & 63)
		}
	}
}

// keepFloatRange is the common case, without branches on the values: a mispredicted one costs ten times the comparison.
func keepFloatRange[T float32 | float64](vals []T, r span, words []uint64) {
	base, width := uint64(r.lo), uint64(r.hi)-uint64(r.lo) // one unsigned comparison tests both ends
	for w := 0; w*64 < len(vals); w++ {
		if words[w] == 0 {
			continue
		}
		var m uint64
		part := vals[w*64 : min(w*64+64, len(vals))]
		for b := len(part) - 1; b >= 0; b-- {
			f := float64(part[b])
			k := int64(math.Float64bits(f + 0))
			k ^= int64(uint64(k>>63) >> 1)
			if f != f {
				k = math.MaxInt64
			}
			var bit uint64
			if uint64(k)-base <= width {
				bit = 1
			}
			m = m<<1 | bit
		}
		words[w] &= m
	}
}

func (k *condition) keepBytes(n int, at func(int) []byte, words []uint64) {
	for i := range n {
		if words[i>>6]>>(i&63)&1 != 0 && !k.bytesPass(at(i)) {
			words[i>>6] &^= 1 << (i & 63)
		}
	}
}

func (k *condition) bytesPass(v []byte) bool {
	switch k.op {
	case Eq:
		return bytes.Equal(v, k.points[0])
	case Ne:
		return !bytes.Equal(v, k.points[0])
	case In:
		_, ok := slices.BinarySearchFunc(k.points, v, bytes.Compare)
		return ok
	case Between:
		return bytes.Compare(v, k.points[0]) >= 0 && bytes.Compare(v, k.points[1]) <= 0
	}
	c := bytes.Compare(v, k.points[0])
	switch k.op {
	case Lt:
		return c < 0
	case Le:
		return c <= 0
	case Gt:
		return c > 0
	}
	return c >= 0
}
