package vecengine

import (
	"cmp"
	"math"
	"slices"
	"sync"
	"time"

	"vecgres/vecengine/column"
)

// A condition that most rows of a large segment pass is not worth a bitmap, which costs a look at every row: a walk meets some thousand rows,
// and tests those. Whether most rows pass is found on a sample. Where a look at every row costs less than the tests, lateNs, the bitmap is made: of
// numbers, compared many at a time, that is up to some 70,000 rows, of bytes up to a few thousand.
const (
	lateNs       = 11_000 // 256 + 2,000 tests of rows anywhere in a column, measured on 200,000 rows
	lateSample   = 256
	lateShareMin = 0.3
)

// keepNs is what a look at one row of a column costs by kind, measured once in the life of a process, in about a quarter of a millisecond.
var keepNs = sync.OnceValue(func() map[column.Kind]float64 {
	const rows = 4096
	out := map[column.Kind]float64{}
	words := make([]uint64, rows/64)
	for _, kind := range []column.Kind{column.Int16, column.Int32, column.Int64, column.Float32, column.Float64, column.Bytes} {
		b := column.NewBuilder(kind, 0, rows)
		c := condition{op: Between, ranges: []span{{1, 100}}, points: [][]byte{{1}, {100}}}
		for i := range rows {
			switch kind {
			case column.Float32, column.Float64:
				b.AppendFloat(float64(i & 127))
			case column.Bytes:
				b.AppendBytes([]byte{byte(i & 127), 1, 2, 3, 4, 5, 6, 7})
			default:
				b.AppendInt(int64(i & 127))
			}
		}
		col := b.Finish()
		best := time.Duration(math.MaxInt64)
		for range 5 {
			for i := range words {
				words[i] = ^uint64(0)
			}
			start := time.Now()
			c.keep(&col, words)
			best = min(best, time.Since(start))
		}
		out[kind] = float64(best.Nanoseconds()) / rows
	}
	return out
})

// worthLate tells whether a look at every row costs more than tests of those that a walk comes to.
func (s *search) worthLate(c *condition, rows uint32) bool {
	return float64(rows)*keepNs()[c.def.Kind] > s.e.lateNs
}

// rowTest tells whether a row passes a condition.
type rowTest func(ord uint32) bool

// split leaves conditions that most rows pass to the walk, and gives the others.
func (s *search) split(t *target) (now []condition, err error) {
	for i := range s.conds {
		c := &s.conds[i]
		if !s.worthLate(c, t.n) {
			now = append(now, *c)
			continue
		}
		test, err := s.lateTest(t.partRef, c)
		if err != nil {
			return nil, err
		}
		if test != nil {
			if share := sampleShare(test, t.n); share >= lateShareMin {
				t.late = append(t.late, test)
				t.share *= share
				continue
			}
		}
		now = append(now, *c)
	}
	return now, nil
}

// lateTest makes the test of a condition, nil where its rows are known already or its index finds them cheaply.
func (s *search) lateTest(r *partRef, c *condition) (rowTest, error) {
	if s.e.filters.get(c.fingerprint(r.id)) != nil {
		return nil, nil
	}
	if c.index != 0 {
		if x := r.keyIndex(c.index); x != nil {
			total := uint64(0)
			for _, k := range c.keys {
				n, err := x.count(k, r.n)
				if err != nil {
					return nil, err
				}
				total += n
			}
			if total <= uint64(r.n)/indexShare {
				return nil, nil
			}
		}
	}
	col, err := r.columnOf(c.def, 0, r.n)
	if err != nil {
		return nil, err
	}
	return c.rowTest(&col), nil
}

func sampleShare(test rowTest, n uint32) float64 {
	pass := 0
	for i := range uint32(lateSample) {
		if test(uint32(uint64(i) * uint64(n) / lateSample)) {
			pass++
		}
	}
	return float64(pass) / lateSample
}

// accept is all late conditions as one, nil for none.
func (t *target) accept() func(ord uint32) bool {
	switch len(t.late) {
	case 0:
		return nil
	case 1:
		return t.late[0]
	}
	return func(ord uint32) bool {
		for _, test := range t.late {
			if !test(ord) {
				return false
			}
		}
		return true
	}
}

// rowTest is the condition for single rows of a column, nil for kinds that have none.
func (k *condition) rowTest(c *column.Column) rowTest {
	switch k.op {
	case IsNull:
		return func(ord uint32) bool { return c.IsNull(int(ord)) }
	case NotNull:
		return func(ord uint32) bool { return !c.IsNull(int(ord)) }
	}
	switch c.Kind {
	case column.Int16:
		return intTest(k, c, column.Values[int16](c))
	case column.Int32:
		return intTest(k, c, column.Values[int32](c))
	case column.Int64:
		return intTest(k, c, column.Values[int64](c))
	case column.Float32:
		return floatTest(k, c, column.Values[float32](c))
	case column.Float64:
		return floatTest(k, c, column.Values[float64](c))
	case column.Bytes:
		return func(ord uint32) bool { return !c.IsNull(int(ord)) && k.bytesPass(c.BytesAt(int(ord))) }
	}
	return nil
}

func intTest[T int16 | int32 | int64](k *condition, c *column.Column, vals []T) rowTest {
	return func(ord uint32) bool { return !c.IsNull(int(ord)) && k.inRanges(int64(vals[ord])) }
}

func floatTest[T float32 | float64](k *condition, c *column.Column, vals []T) rowTest {
	return func(ord uint32) bool { return !c.IsNull(int(ord)) && k.inRanges(floatKey(float64(vals[ord]))) }
}

func (k *condition) inRanges(v int64) bool {
	if len(k.ranges) > fewRanges {
		at, _ := slices.BinarySearchFunc(k.ranges, v, func(r span, v int64) int { return cmp.Compare(r.hi, v) })
		return at < len(k.ranges) && k.ranges[at].lo <= v
	}
	for _, r := range k.ranges {
		if v < r.lo {
			return false
		}
		if v <= r.hi {
			return true
		}
	}
	return false
}
