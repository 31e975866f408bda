package exec

import (
	"unsafe"

	"vecgres/sql/types"
)

// rowSet keeps rows of datums. It counts its memory in the runtime.
type rowSet struct {
	rt    *runtime
	width int
	n     int
	parts [][]types.Datum // rowsPerPart rows each, row-major
	bytes int64
}

const rowsPerPart = 256

const datumBytes = int64(unsafe.Sizeof(types.Datum{}))

func newRowSet(rt *runtime, width int) *rowSet { return &rowSet{rt: rt, width: width} }

// reset drops all rows and gives their memory back.
func (s *rowSet) reset() {
	s.rt.shrink(s.bytes)
	s.n, s.parts, s.bytes = 0, nil, 0
}

// next makes room for a row and gives it, to be filled by the caller, who then calls count.
func (s *rowSet) next() []types.Datum {
	if s.n%rowsPerPart == 0 {
		rows := rowsPerPart
		if s.n == 0 {
			rows = 8
		}
		s.parts = append(s.parts, make([]types.Datum, 0, rows*s.width))
	}
	last := len(s.parts) - 1
	p := s.parts[last]
	if cap(p)-len(p) < s.width {
		p = append(make([]types.Datum, 0, min(2*cap(p), rowsPerPart*s.width)), p...)
	}
	s.parts[last] = p[:len(p)+s.width]
	s.n++
	return s.parts[last][len(p) : len(p)+s.width : len(p)+s.width]
}

// count adds a filled row's memory to the account.
func (s *rowSet) count(row []types.Datum) error {
	bytes := rowBytes(row)
	s.bytes += bytes
	return s.rt.grow(bytes)
}

// add keeps a copy of a row.
func (s *rowSet) add(row []types.Datum) error {
	r := s.next()
	copy(r, row)
	return s.count(r)
}

// row is a kept row; it is not to be changed.
func (s *rowSet) row(i int) []types.Datum {
	p := s.parts[i/rowsPerPart]
	off := i % rowsPerPart * s.width
	return p[off : off+s.width : off+s.width]
}

// addBatch keeps all rows of a batch.
func (s *rowSet) addBatch(b *Batch) error {
	for k := range b.Rows() {
		r := s.next()
		if err := b.Read(b.Row(k), r); err != nil {
			return err
		}
		if err := s.count(r); err != nil {
			return err
		}
	}
	return nil
}

// drain keeps all rows of an open operator.
func (s *rowSet) drain(op Operator) error {
	for {
		b, err := op.Next()
		if err != nil || b == nil {
			return err
		}
		if err := s.addBatch(b); err != nil {
			return err
		}
	}
}

// emit fills out with up to batchRows rows from position at on, and gives the next position.
func (s *rowSet) emit(out *rowsBatch, typs []types.Type, at int) (*Batch, int) {
	out.reset(typs)
	for ; at < s.n && !out.full(); at++ {
		out.add(s.row(at)...)
	}
	return out.done(), at
}

func rowBytes(row []types.Datum) int64 {
	n := datumBytes * int64(len(row))
	for i := range row {
		n += valueBytes(&row[i])
	}
	return n
}

// valueBytes is about what a value holds beside its Datum.
func valueBytes(d *types.Datum) int64 {
	n := int64(len(d.S))
	switch x := d.X.(type) {
	case nil:
	case []float32:
		n += 24 + 4*int64(len(x))
	case *types.Array:
		n += 64
		for i := range x.Elems {
			n += datumBytes + valueBytes(&x.Elems[i])
		}
	case *types.Record:
		n += 64 + rowBytes(x.Fields)
	default:
		n += 48
	}
	return n
}

// drop takes back the row that next gave last and that was not counted.
func (s *rowSet) drop() {
	last := len(s.parts) - 1
	s.parts[last] = s.parts[last][:len(s.parts[last])-s.width]
	if s.n--; s.n%rowsPerPart == 0 {
		s.parts = s.parts[:last]
	}
}
