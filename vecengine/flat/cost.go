package flat

import (
	"math"
	"sync"
	"time"
	"unsafe"

	"vecgres/vecengine/distance"
)

// Costs is what distances cost on this machine, in nanoseconds a row. Four ways of reading are told apart: in
// order or gathered, floats or codes; each is a straight line in the bytes of a row, for data that fits in the
// second-level cache and for data that fits in none.
type Costs struct {
	ScanFloat, GatherFloat, ScanCode, GatherCode Cost
}

// Cost is one way of reading rows.
type Cost struct{ Cached, Memory Line }

// Line is ns = Row + Byte · bytes of a row.
type Line struct{ Row, Byte float64 }

// Sizes of the two data sets that Calibrate reads: one that any second-level cache holds, one that is larger than
// most processors' share of a third-level cache.
const (
	cachedBytes = 1 << 20
	memoryBytes = 36 << 20
)

// RowNs is the cost of one row of rowBytes, of data that takes totalBytes in all.
func (c Cost) RowNs(rowBytes int, totalBytes int64) float64 {
	at := func(l Line) float64 { return l.Row + l.Byte*float64(rowBytes) }
	// Between the two sizes, by the logarithm of the size: each doubling misses a little more.
	share := math.Log2(max(float64(totalBytes), 1)/cachedBytes) / math.Log2(float64(memoryBytes)/cachedBytes)
	share = min(max(share, 0), 1)
	return at(c.Cached)*(1-share) + at(c.Memory)*share
}

var calibrated = sync.OnceValue(measure)

// Calibrate measures Costs, once in the life of a process; it takes about
// 15 ms, longer where fresh memory is dear (a virtual machine's first touch). Other work on the machine makes
// everything slower alike, which leaves comparisons as they are.
func Calibrate() Costs { return calibrated() }

func measure() Costs {
	// Written to once a page, or all of it would be one page of zeros; read as floats and as codes.
	data := make([]float32, memoryBytes/4)
	for i := 0; i < len(data); i += 1024 {
		data[i] = 1
	}
	m := measurer{floats: data, codes: unsafe.Slice((*byte)(unsafe.Pointer(&data[0])), memoryBytes)}
	return Costs{
		ScanFloat:   m.cost(m.floatRows, false),
		GatherFloat: m.cost(m.floatRows, true),
		ScanCode:    m.cost(m.codeRows, false),
		GatherCode:  m.cost(m.codeRows, true),
	}
}

// measurer holds the data that measurements read.
type measurer struct {
	floats []float32
	codes  []byte
	turn   uint32
}

// cost fits both lines through a short row and a long one.
func (m *measurer) cost(run func(rowBytes, total int, gather bool) float64, gather bool) Cost {
	line := func(total int) Line {
		const short, long = 128, 2048
		a, b := run(short, total, gather), run(long, total, gather)
		slope := max((b-a)/(long-short), 1e-4)
		return Line{Row: max(a-slope*short, 0.1), Byte: slope}
	}
	return Cost{Cached: line(cachedBytes), Memory: line(memoryBytes)}
}

// timed is the least ns a row of some runs of fn over `rows` rows.
func timed(rows int, fn func()) float64 {
	best := math.Inf(1)
	for range 4 {
		start := time.Now()
		fn()
		best = min(best, float64(time.Since(start).Nanoseconds())/float64(rows))
	}
	return best
}

// rowsPerRun is how many rows a run reads.
const rowsPerRun = 512

// ids are rows of a data set of n, in order from a place that moves, or all over it.
func (m *measurer) ids(n int, gather bool) []uint32 {
	ids := make([]uint32, rowsPerRun)
	m.turn++
	for i := range ids {
		if gather {
			ids[i] = uint32(uint64(uint32(i+int(m.turn)*rowsPerRun)*2654435761) * uint64(n) >> 32)
		} else {
			ids[i] = (m.turn*rowsPerRun + uint32(i)) % uint32(n)
		}
	}
	return ids
}

func (m *measurer) floatRows(rowBytes, total int, gather bool) float64 {
	slab := distance.Slab{Data: m.floats[:total/4], Dim: rowBytes / 4}
	s := distance.NewScorer(distance.L2, distance.Floats(make([]float32, slab.Dim)), slab)
	out := make([]float32, rowsPerRun)
	return timed(rowsPerRun, func() {
		ids := m.ids(slab.Len(), gather)
		if gather {
			for at := 0; at < rowsPerRun; at += 16 {
				s.Gather(ids[at:at+16], out[at:])
			}
			return
		}
		s.Contiguous(min(int(ids[0]), slab.Len()-rowsPerRun), rowsPerRun, out)
	})
}

func (m *measurer) codeRows(rowBytes, total int, gather bool) float64 {
	slab := distance.CodeSlab{Data: m.codes[:total], Stride: rowBytes}
	query, out := make([]int8, rowBytes), make([]int32, rowsPerRun)
	return timed(rowsPerRun, func() {
		ids := m.ids(slab.Len(), gather)
		if gather {
			for at := 0; at < rowsPerRun; at += 16 {
				slab.CodeDots(query, ids[at:at+16], out[at:])
			}
			return
		}
		slab.CodeDotsContiguous(query, min(int(ids[0]), slab.Len()-rowsPerRun), rowsPerRun, out)
	})
}

// denseShare is the share of rows wanted from which on computing all of them in order is cheaper than gathering those wanted.
func denseShare(codes bool, rowBytes, rows int) float64 {
	const most, few = 7.0 / 8, 4096 // few rows: no matter
	if rows < few || rowBytes == 0 {
		return most
	}
	c := Calibrate()
	order, gather := c.ScanFloat, c.GatherFloat
	if codes {
		order, gather = c.ScanCode, c.GatherCode
	}
	total := int64(rowBytes) * int64(rows)
	return min(max(order.RowNs(rowBytes, total)/gather.RowNs(rowBytes, total), 0.3), most)
}
