package binder

import (
	"github.com/jackc/pgerrcode"

	"vecgres/sql/ast"
	"vecgres/sql/bound"
	"vecgres/sql/funcs"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// rangeFunction binds functions in FROM. They see the items to their left even without LATERAL.
func (b *binder) rangeFunction(q *query, r *ast.RangeFunction) (*fromItem, error) {
	saved := q.lateralActive
	q.lateralActive = true
	scan := &bound.FuncScan{Ordinality: r.Ordinality}
	calls := expandUnnest(r.Funcs)
	err := q.within(fromFunctionExpr, func() error {
		for _, call := range calls {
			f, cols, err := b.tableFunction(q, call, r, len(calls))
			if err != nil {
				return err
			}
			scan.Funcs = append(scan.Funcs, f)
			scan.Cols = append(scan.Cols, cols...)
		}
		return nil
	})
	q.lateralActive = saved
	if err != nil {
		return nil, err
	}
	it := &item{name: calls[0].Name.Last(), relVisible: true, colsVisible: true, kind: functionItem}
	if r.Ordinality {
		scan.Cols = append(scan.Cols, b.newColumn("ordinality", types.T(types.Int8OID)))
	}
	it.scalar = len(scan.Cols) == 1 && !r.Ordinality && len(r.ColumnDefs) == 0
	it.cols = scan.Cols
	return b.single(q, scan, it, r.Alias)
}

// expandUnnest makes unnest(a, b, …) ROWS FROM (unnest(a), unnest(b), …).
func expandUnnest(calls []*ast.FuncCall) []*ast.FuncCall {
	var out []*ast.FuncCall
	for _, c := range calls {
		if len(c.Args) < 2 || len(c.Name.Parts) != 1 || c.Name.Last() != "unnest" {
			out = append(out, c)
			continue
		}
		for _, a := range c.Args {
			one := *c
			one.Args = []ast.Expr{a}
			out = append(out, &one)
		}
	}
	return out
}

// tableFunction binds one function and names its columns.
func (b *binder) tableFunction(q *query, call *ast.FuncCall, r *ast.RangeFunction, of int) (bound.FuncCall, []bound.Column, error) {
	if len(funcs.SetReturnings(b.functionName(call))) > 0 && call.Over == nil {
		f, err := b.setCall(q, call)
		if err != nil {
			return bound.FuncCall{}, nil, err
		}
		return b.setColumns(f, call, r, of)
	}
	s, err := b.valueInFrom(q, call)
	if err != nil {
		return bound.FuncCall{}, nil, err
	}
	if s, err = b.textIfUnknown(s); err != nil {
		return bound.FuncCall{}, nil, err
	}
	if len(r.ColumnDefs) > 0 {
		return bound.FuncCall{}, nil, pgerr.New(pgerrcode.SyntaxError, "a column definition list is only allowed for functions returning \"record\"").At(int(r.ColumnDefs[0].Pos))
	}
	if shape := b.shapeOf(s); shape != nil {
		return bound.FuncCall{}, nil, pgerr.Unimplemented("a row value in FROM").At(int(call.Pos))
	}
	col := b.newColumn(b.scalarColumnName(call, r, of), s.Type())
	return bound.FuncCall{Scalar: s, NumCols: 1}, []bound.Column{col}, nil
}

// valueInFrom binds a function of one value in FROM; CURRENT_DATE and its kin come as calls of their names.
func (b *binder) valueInFrom(q *query, call *ast.FuncCall) (bound.Scalar, error) {
	if len(call.Name.Parts) == 1 && len(call.Args) == 0 && !call.Star {
		if _, ok := funcs.SQLValue(call.Name.Last(), -1); ok {
			return b.sqlValue(&ast.SQLValueFunction{Name: call.Name.Last(), Mod: -1, Pos: call.Pos})
		}
	}
	return b.call(q, call)
}

// scalarColumnName is the alias for a single function, else the function's name.
func (b *binder) scalarColumnName(call *ast.FuncCall, r *ast.RangeFunction, of int) string {
	if r.Alias != nil && of == 1 {
		return b.cut(r.Alias.Name)
	}
	return call.Name.Last()
}

// setColumns gives a set-returning function's columns: those of its OUT parameters, of the definition list, or one.
func (b *binder) setColumns(f bound.FuncCall, call *ast.FuncCall, r *ast.RangeFunction, of int) (bound.FuncCall, []bound.Column, error) {
	switch {
	case f.SRF.Record && len(r.ColumnDefs) == 0:
		return f, nil, pgerr.New(pgerrcode.SyntaxError, "a column definition list is required for functions returning \"record\"").At(int(call.Pos))
	case !f.SRF.Record && len(r.ColumnDefs) > 0 && len(f.Columns) > 1:
		return f, nil, pgerr.New(pgerrcode.SyntaxError, "a column definition list is redundant for a function with OUT parameters").At(int(r.ColumnDefs[0].Pos))
	case !f.SRF.Record && len(r.ColumnDefs) > 0:
		return f, nil, pgerr.New(pgerrcode.SyntaxError, "a column definition list is only allowed for functions returning \"record\"").At(int(r.ColumnDefs[0].Pos))
	}
	var cols []bound.Column
	if f.SRF.Record {
		f.Columns = nil
		for _, d := range r.ColumnDefs {
			t, err := b.resolveType(d.Type)
			if err != nil {
				return f, nil, err
			}
			cols = append(cols, b.newColumn(b.cut(d.Name), t))
			f.Columns = append(f.Columns, funcs.ResultColumn{Name: d.Name, Type: t.OID})
		}
		f.NumCols = len(cols)
		return f, cols, nil
	}
	for _, c := range f.Columns {
		name := c.Name
		if len(f.Columns) == 1 && name == f.SRF.Name {
			name = b.scalarColumnName(call, r, of)
		}
		cols = append(cols, b.newColumn(name, types.T(c.Type)))
	}
	return f, cols, nil
}
