package binder

import (
	"slices"
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/ast"
	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// columnRef resolves a name in an expression: a column, or a whole row when it names a table.
func (b *binder) columnRef(q *query, r *ast.ColumnRef) (bound.Scalar, error) {
	if r.Star {
		return b.qualifiedStar(q, r)
	}
	parts := make([]string, len(r.Name.Parts))
	for i, p := range r.Name.Parts {
		parts[i] = p
		if i == len(r.Name.Parts)-1 || i == len(r.Name.Parts)-2 {
			parts[i] = b.cut(p)
		}
	}
	if q.context == DefaultExpr {
		return nil, pgerr.New(pgerrcode.FeatureNotSupported, "cannot use column reference in DEFAULT expression").At(int(r.Pos))
	}
	if len(parts) == 1 {
		return b.bareRef(q, parts[0], r.Pos)
	}
	it, err := b.qualifier(q, parts[:len(parts)-1], parts, r.Pos)
	if err != nil {
		return nil, err
	}
	name := parts[len(parts)-1]
	s, err := b.itemColumn(it, name, r.Pos)
	if err != nil || s != nil {
		return s, err
	}
	return nil, b.missingColumn(q, parts[len(parts)-2], name, r.Pos)
}

func (b *binder) bareRef(q *query, name string, pos ast.Pos) (bound.Scalar, error) {
	s, err := b.column(q, name, false, pos)
	if err != nil || s != nil {
		return s, err
	}
	it, err := b.relation(q, "", name, pos)
	if err != nil {
		return nil, err
	}
	if it != nil {
		return b.wholeRow(it, pos), nil
	}
	return nil, b.missingColumn(q, "", name, pos)
}

// qualifier finds the item that [db.][schema.]relation names; full is the whole name, for errors.
func (b *binder) qualifier(q *query, parts, full []string, pos ast.Pos) (*item, error) {
	schema, name := "", parts[len(parts)-1]
	switch len(parts) {
	case 1:
	case 2:
		schema = parts[0]
	case 3:
		if db := b.o.Catalog.Database(); db != nil && db.Name != parts[0] {
			return nil, pgerr.New(pgerrcode.FeatureNotSupported, "cross-database references are not implemented: %s", strings.Join(full, ".")).At(int(pos))
		}
		schema = parts[1]
	default:
		return nil, pgerr.New(pgerrcode.SyntaxError, "improper qualified name (too many dotted names): %s", strings.Join(full, ".")).At(int(pos))
	}
	it, err := b.relation(q, schema, name, pos)
	if err == nil && it == nil {
		err = b.missingTable(q, name, pos)
	}
	return it, err
}

// qualifiedStar is t.* as one value: the whole row. A bare * is for select lists alone.
func (b *binder) qualifiedStar(q *query, r *ast.ColumnRef) (bound.Scalar, error) {
	if len(r.Name.Parts) == 0 {
		return nil, pgerr.New(pgerrcode.SyntaxError, "row expansion via \"*\" is not supported here").At(int(r.Pos))
	}
	it, err := b.qualifier(q, r.Name.Parts, starName(r), r.Pos)
	if err != nil {
		return nil, err
	}
	return b.wholeRow(it, r.Pos), nil
}

func starName(r *ast.ColumnRef) []string { return append(slices.Clip(r.Name.Parts), "*") }

// wholeRow is a table's row as one value. A function in FROM of one plain column gives that column.
func (b *binder) wholeRow(it *item, pos ast.Pos) bound.Scalar {
	if it.scalar {
		return b.colRef(it.cols[0], pos)
	}
	row := &bound.RowCtor{}
	for _, c := range it.cols {
		row.Fields = append(row.Fields, b.colRef(c, pos))
		row.Names = append(row.Names, c.Name)
	}
	if !it.nullable || len(it.cols) == 0 {
		return row
	}
	// A row that an outer join made up is NULL, not a row of NULLs. A column that is never NULL tells them apart.
	absent := bound.Scalar(&bound.NullTest{X: row})
	if c := it.neverNull(); c != nil {
		absent = &bound.NullTest{X: b.colRef(*c, pos)}
	}
	t := types.T(types.RecordOID)
	whole := &bound.Case{Whens: []bound.When{{Cond: absent, Then: &bound.Const{Value: types.Null, Typ: t}}}, Else: row, Typ: t}
	return whole
}

// neverNull is a NOT NULL column of a table.
func (it *item) neverNull() *bound.Column {
	if it.table == nil || it.get == nil {
		return nil
	}
	for i, c := range it.cols {
		if col, ok := it.table.ColumnByNum(c.AttNum); ok && col.NotNull {
			return &it.cols[i]
		}
	}
	return nil
}

// cut shortens an identifier to Postgres' 63 bytes, at a character's boundary.
func (b *binder) cut(name string) string {
	const max = 63
	if len(name) <= max {
		return name
	}
	n := max
	for n > 0 && name[n]&0xC0 == 0x80 {
		n--
	}
	short := name[:n]
	if b.cutNames[name] {
		return short
	}
	if b.cutNames == nil {
		b.cutNames = map[string]bool{}
	}
	b.cutNames[name] = true
	b.notice(pgerr.NewNotice(pgerr.SeverityNotice, pgerrcode.NameTooLong, "identifier \"%s\" will be truncated to \"%s\"", name, short))
	return short
}
