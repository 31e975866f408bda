package exec

import (
	"vecgres/sql/physical"
	"vecgres/sql/types"
	"vecgres/vecengine"
	"vecgres/vecengine/column"
)

// batchRows is how many rows operators put into a batch.
const batchRows = 1024

type batchOf = column.Batch

// Vec is a column of a batch in one of three forms: Vals when somebody computed it, Locs for the locations of rows, else Col as the engine
// gave it. All are indexed by row, rows that do not count included.
type Vec struct {
	Typ  types.Type
	Col  column.Column
	Vals []types.Datum
	Locs []vecengine.Loc
}

// At is the value of a row. Errors: a stored value that cannot be decoded.
func (v *Vec) At(i int) (types.Datum, error) {
	if v.Vals != nil {
		return v.Vals[i], nil
	}
	if v.Locs != nil {
		return types.Datum{X: v.Locs[i]}, nil
	}
	return physical.DatumAt(&v.Col, i, v.Typ)
}

// columnar tells whether the vector is in the engine's form.
func (v *Vec) columnar() bool { return v.Vals == nil && v.Locs == nil }

// Batch is rows in columns. Sel, when not nil, lists those that count, ascending.
type Batch struct {
	Cols []Vec
	N    int
	Sel  []uint32
}

// Rows is the number of rows that count.
func (b *Batch) Rows() int {
	if b.Sel != nil {
		return len(b.Sel)
	}
	return b.N
}

// Row is the position of the k-th row that counts.
func (b *Batch) Row(k int) int {
	if b.Sel != nil {
		return int(b.Sel[k])
	}
	return k
}

// Read copies a row into dst, which has one entry for each column.
func (b *Batch) Read(row int, dst []types.Datum) error {
	for c := range b.Cols {
		d, err := b.Cols[c].At(row)
		if err != nil {
			return err
		}
		dst[c] = d
	}
	return nil
}

// resize makes the batch one of width vectors, keeping memory.
func (b *Batch) resize(width int) {
	if cap(b.Cols) < width {
		b.Cols = make([]Vec, width)
	}
	b.Cols = b.Cols[:width]
}

// rowsBatch builds batches of computed rows, in memory that it reuses.
type rowsBatch struct {
	batch Batch
	vals  [][]types.Datum
}

// reset starts an empty batch of the columns' types.
func (r *rowsBatch) reset(typs []types.Type) {
	if r.vals == nil {
		r.vals = make([][]types.Datum, len(typs))
	}
	for c := range r.vals {
		r.vals[c] = r.vals[c][:0]
	}
	r.batch.N, r.batch.Sel = 0, nil
	r.batch.resize(len(typs))
	for c, t := range typs {
		r.batch.Cols[c] = Vec{Typ: t}
	}
}

// add appends a row.
func (r *rowsBatch) add(row ...types.Datum) {
	for c, d := range row {
		r.vals[c] = append(r.vals[c], d)
	}
	r.batch.N++
}

// add2 appends a row given in two parts.
func (r *rowsBatch) add2(left, right []types.Datum) {
	for c, d := range left {
		r.vals[c] = append(r.vals[c], d)
	}
	n := len(left)
	for c, d := range right {
		r.vals[n+c] = append(r.vals[n+c], d)
	}
	r.batch.N++
}

// full tells whether the batch should be handed out.
func (r *rowsBatch) full() bool { return r.batch.N >= batchRows }

// done is the batch, nil when it has no rows.
func (r *rowsBatch) done() *Batch {
	if r.batch.N == 0 {
		return nil
	}
	for c := range r.vals {
		v := r.vals[c]
		if v == nil {
			v = noDatums
		}
		r.batch.Cols[c].Vals = v
	}
	return &r.batch
}

var noDatums = []types.Datum{}
