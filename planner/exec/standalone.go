package exec

import (
	"errors"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/sql/bound"
	"vecgres/sql/engineerr"
	"vecgres/sql/funcs"
	"vecgres/sql/indexdef"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
	"vecgres/vecengine"
	"vecgres/vecengine/column"
)

// newBuilder is a builder outside of any plan.
func newBuilder(ctx *Context) *builder {
	rt := &runtime{ctx: ctx, funcs: ctx.Funcs, params: ctx.Params, limit: ctx.memLimit()}
	b := &builder{compiler: &compiler{rt: rt, slotOf: map[bound.ColumnID]int{}}}
	b.compiler.build = b
	return b
}

// Eval evaluates an expression that refers to no column and holds no subquery: an argument of EXECUTE, a default. Errors have SQLSTATEs.
func Eval(fc *funcs.Context, e bound.Scalar) (types.Datum, error) {
	ev, err := newBuilder(&Context{Context: fc.Context, Funcs: fc}).compile(e, scope{})
	if err != nil {
		return types.Null, err
	}
	d, err := ev(&frame{})
	return d, engineerr.Map(err)
}

// BuildIndex builds a new index over a table's visible rows, which the engine reads: a btree index, or a vector index with vectors of its own.
// write is about the table's facts with the index.
// The caller holds Share or stronger. Errors: 23505 for a duplicate in a unique index.
func BuildIndex(ctx *Context, write *bound.TableWrite, ix *catalog.Index) error {
	m, err := newKeyMaker(ctx, write, ix)
	if err != nil {
		return err
	}
	def, err := indexdef.Of(ix)
	if err != nil {
		return err
	}
	return m.failed(ctx.Txn.BuildKeyIndex(ctx, m.w.storage(), def, m.columns(), m.keys))
}

// FillIndex builds an index that is Building over the rows that lack it, beside readers and writers. The caller holds ShareUpdateExclusive.
// Errors as of BuildIndex.
func FillIndex(ctx *Context, write *bound.TableWrite, ix *catalog.Index) error {
	m, err := newKeyMaker(ctx, write, ix)
	if err != nil {
		return err
	}
	return m.failed(ctx.Txn.FillKeyIndex(ctx, m.w.storage(), vecengine.IndexID(ix.ID), m.columns(), m.keys))
}

// RebuildIndex makes the files of an index anew, out of the rows. The caller holds Share or stronger.
func RebuildIndex(ctx *Context, write *bound.TableWrite, ix *catalog.Index) error {
	table, id := vecengine.TableID(write.Table.Storage), vecengine.IndexID(ix.ID)
	def, err := indexdef.Of(ix)
	if err != nil {
		return err
	}
	if !def.Supplied() {
		return engineerr.Map(ctx.Txn.RebuildIndex(ctx, table, id, nil, nil))
	}
	m, err := newKeyMaker(ctx, write, ix)
	if err != nil {
		return err
	}
	return m.failed(ctx.Txn.RebuildIndex(ctx, table, id, m.columns(), m.keys))
}

// keyMaker makes the keys, or the vectors, of one index for stored rows.
type keyMaker struct{ w *tableWriter }

func newKeyMaker(ctx *Context, write *bound.TableWrite, ix *catalog.Index) (*keyMaker, error) {
	only := *write
	only.Indexes, only.Checks, only.Generated = nil, nil, nil
	for _, x := range write.Indexes {
		if x.Index == ix {
			only.Indexes = []bound.IndexExprs{x}
		}
	}
	w, err := newBuilder(ctx).tableWriter(&only)
	return &keyMaker{w}, err
}

// columns are those that keys wants in its batches.
func (m *keyMaker) columns() []vecengine.ColumnID {
	ids := make([]vecengine.ColumnID, len(m.w.live))
	for i, c := range m.w.live {
		ids[i] = vecengine.ColumnID(c.Num)
	}
	return ids
}

func (m *keyMaker) batch(src *column.Batch) *Batch {
	b := &Batch{N: src.N, Sel: src.Sel, Cols: make([]Vec, len(src.Cols))}
	for i := range src.Cols {
		b.Cols[i] = Vec{Typ: m.w.typs[i], Col: src.Cols[i]}
	}
	return b
}

func (m *keyMaker) keys(src *column.Batch) (vecengine.Keys, error) {
	made, err := m.w.keys(m.batch(src))
	if err != nil {
		return vecengine.Keys{}, err
	}
	return made[0], nil
}

// failed gives a duplicate key the text of Postgres; other errors get their SQLSTATE.
func (m *keyMaker) failed(err error) error {
	var duplicate *vecengine.DuplicateKeyError
	if !errors.As(err, &duplicate) {
		return engineerr.Map(err)
	}
	ix := &m.w.indexes[0]
	e := pgerr.New(pgerrcode.UniqueViolation, "could not create unique index \"%s\"", ix.index.Name)
	if duplicate.Row != nil {
		e = e.WithDetail("Key %s is duplicated.", m.w.keyText(ix, m.batch(duplicate.Row), 0))
	}
	return e.WithTable(m.w.table.Schema, m.w.table.Name).WithConstraint(ix.index.Name)
}
