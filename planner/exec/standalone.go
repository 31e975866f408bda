package exec

import (
	"errors"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/sql/bound"
	"vecgres/sql/engineerr"
	"vecgres/sql/funcs"
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

// BuildIndex builds a new key index over a table's visible rows, which the engine reads; write is about the table's facts with the index.
// The caller holds Share or stronger. Errors: 23505 for a duplicate in a unique index.
func BuildIndex(ctx *Context, write *bound.TableWrite, ix *catalog.Index) error {
	only := *write
	only.Indexes, only.Checks, only.Generated = nil, nil, nil
	for _, x := range write.Indexes {
		if x.Index == ix {
			only.Indexes = []bound.IndexExprs{x}
		}
	}
	w, err := newBuilder(ctx).tableWriter(&only)
	if err != nil {
		return err
	}
	ids := make([]vecengine.ColumnID, len(w.live))
	for i, c := range w.live {
		ids[i] = vecengine.ColumnID(c.Num)
	}
	def := vecengine.IndexDef{ID: vecengine.IndexID(ix.ID), Kind: vecengine.KeyIndex, Unique: ix.Unique}
	keys := func(src *column.Batch) (vecengine.Keys, error) {
		b := &Batch{N: src.N, Sel: src.Sel, Cols: make([]Vec, len(src.Cols))}
		for i := range src.Cols {
			b.Cols[i] = Vec{Typ: w.typs[i], Col: src.Cols[i]}
		}
		made, err := w.keys(b)
		if err != nil {
			return vecengine.Keys{}, err
		}
		return made[0], nil
	}
	if err := ctx.Txn.BuildKeyIndex(ctx, w.storage(), def, ids, keys); err != nil {
		var duplicate *vecengine.DuplicateKeyError
		if errors.As(err, &duplicate) {
			return pgerr.New(pgerrcode.UniqueViolation, "could not create unique index \"%s\"", ix.Name).
				WithTable(w.table.Schema, w.table.Name).WithConstraint(ix.Name)
		}
		return engineerr.Map(err)
	}
	return nil
}
