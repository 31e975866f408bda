package sql

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/planner/exec"
	"vecgres/sql/ast"
	"vecgres/sql/binder"
	"vecgres/sql/bound"
	"vecgres/sql/client"
	"vecgres/sql/copyfmt"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// runCopy is COPY between the client and a table, or from a query.
func (s *Session) runCopy(ctx context.Context, p *portal, st *ast.Copy, out client.Output) error {
	if st.Program {
		return pgerr.Unimplemented("COPY to or from a program")
	}
	if st.Filename != "" {
		return pgerr.Unimplemented("COPY to or from a file of the server")
	}
	options, err := copyOptions(st)
	if err != nil {
		return err
	}
	if err := s.beginStatement(ctx); err != nil {
		return err
	}
	p.tag = "COPY"
	if st.From {
		if err := s.forbidReadOnly("COPY FROM"); err != nil {
			return err
		}
		p.affected, err = s.copyFrom(ctx, st, options, out)
	} else {
		p.affected, err = s.copyTo(ctx, p, st, options, out)
	}
	return err
}

func copyOptions(st *ast.Copy) (copyfmt.Options, error) {
	list := make([]copyfmt.Option, len(st.Options))
	for i, o := range st.Options {
		list[i] = copyfmt.Option{Name: o.Name, Value: o.Value, Given: o.Given, List: o.List, All: o.All}
	}
	options, err := copyfmt.ParseOptions(list, st.From)
	if e := (*pgerr.Error)(nil); errors.As(err, &e) && strings.HasPrefix(e.Message, "COPY format") {
		for _, o := range st.Options {
			if o.Name == "format" {
				return options, e.At(int(o.Pos))
			}
		}
	}
	return options, err
}

// copyColumns are the columns named, or all that are not generated.
func copyColumns(t *catalog.Table, names []string) ([]*catalog.Column, error) {
	var cols []*catalog.Column
	if len(names) == 0 {
		for c := range t.Live {
			if !c.Generated {
				cols = append(cols, c)
			}
		}
		return cols, nil
	}
	for _, name := range names {
		c, ok := t.Column(name)
		if !ok {
			return nil, pgerr.New(pgerrcode.UndefinedColumn, "column %q of relation %q does not exist", name, t.Name)
		}
		if c.Generated {
			return nil, pgerr.New(pgerrcode.InvalidColumnReference, "column %q is a generated column", name).
				WithDetail("Generated columns cannot be used in COPY.")
		}
		if slices.Contains(cols, c) {
			return nil, pgerr.New(pgerrcode.DuplicateColumn, "column %q specified more than once", name)
		}
		cols = append(cols, c)
	}
	return cols, nil
}

func columnNames(cols []*catalog.Column) []string {
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = c.Name
	}
	return names
}

// copyFrom reads rows from the client into a table. A fault in any of them undoes them all.
func (s *Session) copyFrom(ctx context.Context, st *ast.Copy, options copyfmt.Options, out client.Output) (int64, error) {
	t, err := s.copyTarget(ctx, st)
	if err != nil {
		return 0, err
	}
	cols, err := copyColumns(t, st.Columns)
	if err != nil {
		return 0, err
	}
	o := s.binderOptions(nil)
	write, err := binder.WriteInfo(t, o)
	if err != nil {
		return 0, err
	}
	x := s.execContext(ctx, &execution{}, nil)
	defer x.View.Close()
	nums := make([]int16, len(cols))
	for i, c := range cols {
		nums[i] = c.Num
	}
	defaults, err := s.copyDefaults(t, o)
	if err != nil {
		return 0, err
	}
	in, err := exec.NewInserter(x, write, nums, defaults)
	if err != nil {
		return 0, err
	}
	data, err := out.CopyIn(options.Format == copyfmt.Binary, len(cols))
	if err != nil {
		return 0, err
	}
	n, err := s.copyRows(in, t, cols, defaults, options, data)
	if err != nil {
		drainCopy(data)
	}
	return n, err
}

// drainCopy reads what the client still sends after a fault, so that the next message is found.
func drainCopy(data client.CopyIn) {
	for {
		if _, err := data.Read(); err != nil {
			return
		}
	}
}

// copyTarget finds and locks the table that COPY writes.
func (s *Session) copyTarget(ctx context.Context, st *ast.Copy) (*catalog.Table, error) {
	if st.Where != nil {
		return nil, pgerr.Unimplemented("COPY FROM ... WHERE")
	}
	t, err := s.tableNamed(st.Table.Name)
	if err != nil {
		return nil, err
	}
	if t.Kind != catalog.KindTable || t.Storage == 0 {
		return nil, pgerr.New(pgerrcode.WrongObjectType, "cannot copy to view %q", t.Name)
	}
	if err := s.txn.snapshot.LockTable(ctx, t, rowExclusive); err != nil {
		return nil, err
	}
	s.txn.Refresh()
	if t, err = s.tableNamed(st.Table.Name); err != nil {
		return nil, err
	}
	return t, s.stillNewest(t)
}

// tableNamed finds a utility's table; Postgres gives no position when there is none.
func (s *Session) tableNamed(name ast.Name) (*catalog.Table, error) {
	t, err := binder.LookupTable(name, s.binderOptions(nil))
	if err != nil {
		e := *pgerr.From(err)
		e.Position = 0
		return nil, &e
	}
	return t, nil
}

// copyDefaults are the defaults of the columns that COPY does not read, and of those it does for the DEFAULT marker.
func (s *Session) copyDefaults(t *catalog.Table, o *binder.Options) (map[int16]bound.Scalar, error) {
	defaults := map[int16]bound.Scalar{}
	for c := range t.Live {
		if c.Generated {
			continue
		}
		e, err := binder.ColumnDefault(t, c, o)
		if err != nil {
			return nil, err
		}
		if e != nil {
			defaults[c.Num] = e
		}
	}
	return defaults, nil
}

func (s *Session) copyRows(in *exec.Inserter, t *catalog.Table, cols []*catalog.Column, defaults map[int16]bound.Scalar, options copyfmt.Options, data client.CopyIn) (int64, error) {
	r, err := copyfmt.NewReader(options, t.Name, columnNames(cols), data.Read)
	if err != nil {
		return 0, err
	}
	env := s.Env()
	row := make([]types.Datum, len(cols))
	var n int64
	for {
		fields, err := r.Next()
		if err == io.EOF {
			return n, in.Close()
		}
		if err != nil {
			return 0, inCopy(err, r)
		}
		for i, f := range fields {
			if row[i], err = copyValue(env, cols[i].Type, f, options.Format); err != nil {
				e := *pgerr.From(err)
				e.Where = r.Where(i)
				return 0, &e
			}
			if f.Default {
				if row[i], err = s.copyDefault(defaults[cols[i].Num]); err != nil {
					return 0, err
				}
			}
		}
		if err := in.Add(row); err != nil {
			if in.Pending() > 1 { // the fault may be in any of them
				return 0, err
			}
			return 0, inCopy(err, r)
		}
		n++
	}
}

// inCopy tells where COPY stopped when the error does not say so. A bad header is in no line.
func inCopy(err error, r *copyfmt.Reader) error {
	e := *pgerr.From(err)
	if e.Where == "" {
		e.Where = r.Where(-1)
	}
	if strings.HasSuffix(e.Where, ", line 0") {
		e.Where = ""
	}
	return &e
}

// copyDefault is the value of the DEFAULT marker; a column without default gets NULL.
func (s *Session) copyDefault(e bound.Scalar) (types.Datum, error) {
	if e == nil {
		return types.Null, nil
	}
	return exec.Eval(s.funcsContext(context.Background()), e)
}

func copyValue(env *types.Env, t types.Type, f copyfmt.Field, format copyfmt.Format) (types.Datum, error) {
	switch {
	case f.Null || f.Default:
		return types.Null, nil
	case format == copyfmt.Binary:
		return types.DecodeBinary(env, t, f.Data)
	}
	return types.ParseText(env, t, string(f.Data))
}

// copyTo sends a table's or a query's rows to the client.
func (s *Session) copyTo(ctx context.Context, p *portal, st *ast.Copy, options copyfmt.Options, out client.Output) (int64, error) {
	query := st.Query
	if st.Table != nil {
		t, err := s.tableNamed(st.Table.Name)
		if err != nil {
			return 0, err
		}
		if t.Kind == catalog.KindView && t.Virtual == nil {
			return 0, pgerr.New(pgerrcode.WrongObjectType, "cannot copy from view %q", t.Name).WithHint("Try the COPY (SELECT ...) TO variant.")
		}
		cols, err := copyColumns(t, st.Columns)
		if err != nil {
			return 0, err
		}
		sel := &ast.Select{From: []ast.TableExpr{st.Table}, Pos: ast.NoPos}
		for _, c := range cols {
			ref := &ast.ColumnRef{Name: ast.Name{Parts: []string{c.Name}, Pos: ast.NoPos}, Pos: ast.NoPos}
			sel.Items = append(sel.Items, ast.SelectItem{Expr: ref, Pos: ast.NoPos})
		}
		query = sel
	}
	inner := &portal{prepared: p.inner(query), values: p.values}
	defer s.release(inner)
	if err := s.planRows(inner.prepared); err != nil {
		return 0, err
	}
	if inner.fields == nil && inner.prepared.fields == nil {
		return 0, pgerr.New(pgerrcode.FeatureNotSupported, "COPY query must have a RETURNING clause")
	}
	if err := s.open(ctx, inner, inner.plan); err != nil {
		return 0, err
	}
	return s.sendCopy(inner, options, out)
}

func (s *Session) sendCopy(p *portal, options copyfmt.Options, out client.Output) (int64, error) {
	fields := p.fields
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	dst, err := out.CopyOut(options.Format == copyfmt.Binary, len(fields))
	if err != nil {
		return 0, err
	}
	w, err := copyfmt.NewWriter(options, names, dst.Write)
	if err != nil {
		return 0, err
	}
	if err := w.Begin(); err != nil {
		return 0, err
	}
	env := s.Env()
	var buf []byte
	var n int64
	for {
		row, ok, err := p.rows.Next()
		if err != nil {
			return 0, err
		}
		if !ok {
			break
		}
		for i, d := range row {
			if d.IsNull() {
				w.Null()
				continue
			}
			buf = buf[:0]
			if options.Format == copyfmt.Binary {
				if buf, err = types.AppendBinary(buf, fields[i].Type.OID, d); err != nil {
					return 0, err
				}
			} else {
				buf = types.AppendText(env, buf, fields[i].Type.OID, d)
			}
			w.Field(buf)
		}
		if err := w.EndRow(); err != nil {
			return 0, err
		}
		n++
	}
	if err := w.End(); err != nil {
		return 0, err
	}
	return n, dst.Done()
}
