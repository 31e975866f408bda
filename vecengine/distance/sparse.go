package distance

import (
	"fmt"
	"math"
	"unsafe"
)

// A sparse query is laid out densely where that takes at most denseMax floats, so that a row's values meet theirs by gathering; past it,
// and where it has values that are not finite, query and row are merged. 1<<20 is 4 MB for each walk under way, of which a query touches
// what it has values for.
const denseMax = 1 << 20

// sparseQry is a sparse vector as a query.
type sparseQry struct {
	indices []int32
	values  []float32
	dense   []float32 // zeros but for the query's values; nil to merge
	laid    []int32   // where dense is not zero
	room    []float32 // what dense is cut from
	// own is what the kernel finds for the query as a row: for L2 and L1 the second sum, for Cosine the squared norm.
	own  float64
	rows [BatchMax]sparseRow
	sums [2 * BatchMax]float64
	// ordinals are those of contiguous rows.
	ordinals [BatchMax]uint32
}

// sparseRow is where a row's positions and values lie.
type sparseRow struct {
	indices *int32
	values  *float32
	n       int
}

// sparseParts cuts a row's bytes into positions and values.
func sparseParts(b []byte) ([]int32, []float32) {
	n := len(b) / 8
	if n == 0 {
		return nil, nil
	}
	return unsafe.Slice((*int32)(unsafe.Pointer(&b[0])), n), unsafe.Slice((*float32)(unsafe.Pointer(&b[4*n])), n)
}

func (s *Scorer) setSparse(indices []int32, values []float32) {
	if len(indices) != len(values) {
		panic(fmt.Sprintf("distance: sparse query of %d values at %d positions", len(values), len(indices)))
	}
	if s.sparse == nil {
		s.sparse = new(sparseQry)
	}
	s.query = values
	q := s.sparse
	q.unset()
	q.indices, q.values = indices, values
	if s.slab.Dim <= denseMax && finite(values) {
		q.lay(s.slab.Dim)
	}
	if q.dense == nil {
		q.own = 0
		for _, x := range values {
			q.own += float64(x) * float64(x)
		}
		return
	}
	if s.op == opDot {
		return // products need nothing of the query's own
	}
	q.rows[0] = sparseRow{unsafe.SliceData(indices), unsafe.SliceData(values), len(values)}
	q.run(s.op, 1)
	q.own = q.sums[1]
}

// lay spreads the query's values out.
func (q *sparseQry) lay(dim int) {
	if len(q.room) < dim {
		q.room = make([]float32, dim)
	}
	q.dense = q.room[:dim]
	q.laid = append(q.laid[:0], q.indices...)
	for i, at := range q.indices {
		q.dense[at] = q.values[i]
	}
}

// unset takes the query's values out of the dense form.
func (q *sparseQry) unset() {
	for _, at := range q.laid {
		q.room[at] = 0
	}
	q.laid, q.dense, q.indices, q.values = q.laid[:0], nil, nil, nil
}

// finite tells whether all values are.
func finite(v []float32) bool {
	for _, x := range v {
		if x-x != 0 {
			return false
		}
	}
	return true
}

func (q *sparseQry) gather(s *Scorer, ids []uint32, out []float32) {
	for i, id := range ids {
		indices, values := sparseParts(s.slab.RowBytes(id))
		q.rows[i] = sparseRow{unsafe.SliceData(indices), unsafe.SliceData(values), len(values)}
	}
	q.run(s.op, len(ids))
	for i := range out {
		out[i] = q.finish(s.metric, q.sums[2*i], q.sums[2*i+1])
	}
}

func (q *sparseQry) contiguous(s *Scorer, first int, out []float32) {
	for i := range out {
		q.ordinals[i] = uint32(first + i)
	}
	q.gather(s, q.ordinals[:len(out)], out)
}

// run leaves two sums for each of the first n of q.rows in q.sums. Over the row's positions, q and v the values of query and row there:
//
//	L2         Σ(q-v)²   Σq²
//	L1         Σ|q-v|    Σ|q|
//	the others Σq·v      Σv²
//
// What the query has elsewhere is then the query's own Σq² or Σ|q| less the row's. Sums are float64, so that little is lost by that;
// for a row equal to the query both sums are the same to the last bit, and it is at exactly 0. Where the query is not laid out the first
// sum is the whole distance and the second zero, but for products and cosines.
func (q *sparseQry) run(op floatOp, n int) {
	if q.dense == nil {
		for i, row := range q.rows[:n] {
			q.sums[2*i], q.sums[2*i+1] = q.merge(op, row)
		}
		return
	}
	if len(q.dense) == 0 {
		clear(q.sums[:2*n])
		return
	}
	sparseGather(op, &q.dense[0], len(q.dense)-1, &q.rows[0], n, &q.sums[0])
}

func (q *sparseQry) finish(m Metric, first, second float64) float32 {
	switch m {
	case InnerProduct:
		return float32(-first)
	case Cosine:
		return float32(clampCosine(first / math.Sqrt(q.own*second)))
	}
	if q.dense == nil {
		return float32(first)
	}
	return float32(first + max(q.own-second, 0))
}

// merge goes through query and row side by side, zeros where only one has a value; see run.
func (q *sparseQry) merge(op floatOp, row sparseRow) (first, second float64) {
	indices, values := unsafe.Slice(row.indices, row.n), unsafe.Slice(row.values, row.n)
	add := func(x, y float64) {
		switch op {
		case opL2:
			first += (x - y) * (x - y)
		case opL1:
			first += math.Abs(x - y)
		default:
			first += x * y
			second += y * y
		}
	}
	i := 0
	for j, at := range indices {
		for ; i < len(q.indices) && q.indices[i] < at; i++ {
			add(float64(q.values[i]), 0)
		}
		x := 0.0
		if i < len(q.indices) && q.indices[i] == at {
			x = float64(q.values[i])
			i++
		}
		add(x, float64(values[j]))
	}
	for ; i < len(q.indices); i++ {
		add(float64(q.values[i]), 0)
	}
	return first, second
}

// portableSparse is sparseGather in plain Go. Positions past last, which only a damaged row has, read the last value.
func portableSparse(op floatOp, dense *float32, last int, rows *sparseRow, n int, out *float64) {
	query := unsafe.Slice(dense, last+1)
	for i, row := range unsafe.Slice(rows, n) {
		var first, second float64
		indices, values := unsafe.Slice(row.indices, row.n), unsafe.Slice(row.values, row.n)
		for j, at := range indices {
			q, v := query[min(uint32(at), uint32(last))], values[j]
			switch op {
			case opL2:
				first += float64(q-v) * float64(q-v)
				second += float64(q) * float64(q)
			case opL1:
				first += math.Abs(float64(q - v))
				second += math.Abs(float64(q))
			default:
				first += float64(q) * float64(v)
				second += float64(v) * float64(v)
			}
		}
		sums := unsafe.Slice(out, 2*n)
		sums[2*i], sums[2*i+1] = first, second
	}
}
