package binder

import (
	"github.com/jackc/pgerrcode"

	"vecgres/sql/ast"
	"vecgres/sql/bound"
	"vecgres/sql/funcs"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// setUse is a set-returning function in an expression. Level counts the set-returning functions within its arguments, which run before it.
type setUse struct {
	call  bound.FuncCall
	col   bound.Column
	level int
}

// setCall resolves a call of a set-returning function.
func (b *binder) setCall(q *query, call *ast.FuncCall) (bound.FuncCall, error) {
	name := b.functionName(call)
	args, err := b.callArgs(q, call)
	if err != nil {
		return bound.FuncCall{}, err
	}
	if call.ArgNames != nil {
		if args, err = b.nameSetArgs(call, name, args); err != nil {
			return bound.FuncCall{}, err
		}
	}
	if call.Variadic {
		return bound.FuncCall{}, pgerr.Unimplemented("VARIADIC in a call of a set-returning function").At(int(call.Pos))
	}
	f, casts, cols, err := funcs.ResolveSetReturning(name, operandTypes(args))
	if err != nil {
		return bound.FuncCall{}, b.functionError(err, call, name)
	}
	if err := checkScalarForm(call, name); err != nil {
		return bound.FuncCall{}, err
	}
	out := bound.FuncCall{SRF: f, NumCols: len(cols), Columns: cols}
	if out.Args, err = b.convertArgs(args, casts); err != nil {
		return bound.FuncCall{}, err
	}
	for _, a := range out.Args {
		out.ArgTypes = append(out.ArgTypes, a.Type())
	}
	if f.Volatility == funcs.Volatile {
		b.result.Volatile = true
	}
	return out, nil
}

// nameSetArgs puts named arguments in their places; set-returning functions have no defaults.
func (b *binder) nameSetArgs(call *ast.FuncCall, name string, args []operand) ([]operand, error) {
	if err := checkArgNames(call); err != nil {
		return nil, err
	}
	for _, f := range funcs.SetReturnings(name) {
		o := &funcs.Overload{Args: f.Args, ArgNames: f.ArgNames}
		if placed := b.place(o, call, args); placed != nil && len(args) == len(f.Args) {
			return placed, nil
		}
	}
	return nil, undefinedFunction(name, args, call.Pos)
}

// setInTargets binds a set-returning function in an expression: a column that a ProjectSet below the target list computes.
func (b *binder) setInTargets(q *query, call *ast.FuncCall) (bound.Scalar, error) {
	if err := b.checkSetPlace(q, call); err != nil {
		return nil, err
	}
	f, err := b.setCall(q, call)
	if err != nil {
		return nil, err
	}
	use := &setUse{call: f}
	for _, a := range f.Args {
		for id := range bound.ColumnsOf(a) {
			for _, inner := range q.sets {
				if inner.col.ID == id {
					use.level = max(use.level, inner.level+1)
				}
			}
		}
	}
	switch {
	case f.SRF.Record:
		return nil, pgerr.New(pgerrcode.FeatureNotSupported, "function returning record called in context that cannot accept type record").At(int(call.Pos))
	case len(f.Columns) == 1:
		use.col = b.newColumn(call.Name.Last(), types.T(f.Columns[0].Type))
	default:
		use.col = b.newColumn(call.Name.Last(), types.T(types.RecordOID))
		for _, c := range f.Columns {
			b.shapes[use.col.ID] = append(b.shapes[use.col.ID], bound.Column{Name: c.Name, Type: types.T(c.Type)})
		}
	}
	if same := q.sameSet(&f); same != nil {
		return b.colRef(same.col, call.Pos), nil
	}
	b.columns[use.col.ID] = &origin{query: q, col: use.col, role: srfColumn}
	q.sets = append(q.sets, use)
	return b.colRef(use.col, call.Pos), nil
}

// sameSet finds an equal call that is there already: both would run in step and give the same, unless volatile.
func (q *query) sameSet(f *bound.FuncCall) *setUse {
	for _, s := range q.sets {
		if s.call.SRF == f.SRF && f.SRF.Volatility != funcs.Volatile && equalScalars(s.call.Args, f.Args) {
			return s
		}
	}
	return nil
}

func (b *binder) checkSetPlace(q *query, call *ast.FuncCall) error {
	if q.setsForbidden != "" {
		return pgerr.New(pgerrcode.FeatureNotSupported, "%s", q.setsForbidden).
			WithHint("You might be able to move the set-returning function into a LATERAL FROM item.").At(int(call.Pos))
	}
	if q.context == fromFunctionExpr {
		return pgerr.New(pgerrcode.FeatureNotSupported, "set-returning functions must appear at top level of FROM").At(int(call.Pos))
	}
	return q.context.checkSet(call.Pos)
}
