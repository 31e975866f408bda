package binder

import (
	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/sql/ast"
	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// query is the scope of one SELECT, INSERT, UPDATE or DELETE; parent is the query around it, nil for none.
type query struct {
	parent  *query
	context ExprContext // of the expression being bound
	visible []*item     // the namespace: what names resolve to now
	items   []*item     // all FROM items ever made, for errors' hints
	ctes    []*cteScope // WITH items of this query
	later   []string    // WITH items that are not bound yet, for a hint

	lateralActive bool
	aggs          []bound.Agg
	aggLevel      int // how deep in aggregates' arguments
	windowDefs    []*windowDef
	windows       []bound.WindowFunc
	windowLevel   int
	sets          []*setUse
	setsForbidden string // "" or the construct that SRFs must not stand in (CASE, COALESCE)
	groupings     map[bound.ColumnID]*groupingUse

	locking []ast.Locking // row locks to put on the FROM items
	locks   []bound.RowLock
}

// item is one FROM item (Postgres' ParseNamespaceItem).
type item struct {
	query   *query // whose FROM it stands in
	name    string
	aliased bool
	table   *catalog.Table // for tables and views: what schema-qualified names mean
	cols    []bound.Column
	get     *bound.Get     // for tables with system columns
	newRow  *catalog.Table // for the row as it will be stored: it has no location yet
	system  map[string]bound.Column
	via     []*bound.Project // projections above get that must pass its system columns through

	relVisible, colsVisible bool
	lateralOnly, lateralOK  bool
	target                  bool // of UPDATE or DELETE
	nullable                bool // below the nullable side of an outer join
	scalar                  bool // a function in FROM of one unnamed column: its name is the column's
	merged                  bool // the column list of a join without alias
	kind                    itemKind
}

// itemKind is what a FROM item reads.
type itemKind uint8

const (
	tableItem itemKind = iota
	subqueryItem
	functionItem
	valuesItem
	cteItem
	joinItem
)

func (b *binder) newQuery(parent *query) *query { return &query{parent: parent, context: selectExpr} }

// within binds something in a context.
func (q *query) within(c ExprContext, f func() error) error {
	saved := q.context
	q.context = c
	err := f()
	q.context = saved
	return err
}

// addItem makes an item known, with its columns' origin.
func (b *binder) addItem(q *query, it *item) {
	it.query = q
	q.items = append(q.items, it)
	if it.kind == joinItem {
		return // its columns belong to the items joined
	}
	for _, c := range it.cols {
		b.columns[c.ID] = &origin{query: q, item: it, col: c}
	}
}

// column resolves an unqualified column name (colNameToVar); nil when there is none. With local, outer queries are not asked.
func (b *binder) column(q *query, name string, local bool, pos ast.Pos) (bound.Scalar, error) {
	for level := q; level != nil; level = level.parent {
		var found bound.Scalar
		for _, it := range level.visible {
			if !it.colsVisible || it.lateralOnly && !level.lateralActive {
				continue
			}
			s, err := b.itemColumn(it, name, pos)
			if err != nil {
				return nil, err
			}
			if s == nil {
				continue
			}
			if found != nil {
				return nil, ambiguousColumn(name, pos)
			}
			if err := b.checkLateral(level, it, pos); err != nil {
				return nil, err
			}
			found = s
		}
		if found != nil || local {
			return found, nil
		}
	}
	return nil, nil
}

func ambiguousColumn(name string, pos ast.Pos) error {
	return pgerr.New(pgerrcode.AmbiguousColumn, "column reference \"%s\" is ambiguous", name).At(int(pos))
}

// itemColumn finds a column of one item, system columns included; nil when there is none.
func (b *binder) itemColumn(it *item, name string, pos ast.Pos) (bound.Scalar, error) {
	var found *bound.Column
	for i := range it.cols {
		if it.cols[i].Name != name {
			continue
		}
		if found != nil {
			return nil, ambiguousColumn(name, pos)
		}
		found = &it.cols[i]
	}
	if found != nil {
		return b.colRef(*found, pos), nil
	}
	return b.systemColumn(it, name, pos)
}

func (b *binder) colRef(c bound.Column, pos ast.Pos) *bound.ColRef {
	r := ref(c)
	b.pos[r] = pos
	return r
}

// systemColumn finds tableoid, ctid, xmin and the like of a table, adding it to what the table gives.
func (b *binder) systemColumn(it *item, name string, pos ast.Pos) (bound.Scalar, error) {
	num, typ := int16(0), types.Unspecified
	switch name {
	case "tableoid":
		num, typ = -6, types.OidOID
	case "ctid":
		num, typ = -1, tidOID
	case "xmin":
		num, typ = -2, types.XidOID
	case "cmin":
		num, typ = -3, types.CidOID
	case "xmax":
		num, typ = -4, types.XidOID
	case "cmax":
		num, typ = -5, types.CidOID
	default:
		return nil, nil
	}
	if it.newRow != nil {
		return newRowSystem(it.newRow, name, pos)
	}
	if it.get == nil {
		return nil, nil
	}
	c, ok := it.system[name]
	if !ok {
		c = b.newColumn(name, types.T(typ))
		c.TableOID, c.AttNum = uint32(it.get.Table.OID), num
		if it.system == nil {
			it.system = map[string]bound.Column{}
		}
		it.system[name] = c
		it.get.Cols = append(it.get.Cols, c)
		for _, p := range it.via {
			p.Items = append(p.Items, bound.Item{Col: c, Expr: ref(c)})
		}
		b.columns[c.ID] = &origin{query: it.query, item: it, col: c}
	}
	return b.colRef(c, pos), nil
}

// newRowSystem is a system column of a row that is about to be stored.
func newRowSystem(t *catalog.Table, name string, pos ast.Pos) (bound.Scalar, error) {
	if name == "tableoid" {
		return &bound.Const{Value: types.Int(int64(t.OID)), Typ: types.T(types.OidOID)}, nil
	}
	switch name {
	case "xmin":
		return &bound.Const{Value: types.Int(1), Typ: types.T(types.XidOID)}, nil
	case "xmax":
		return &bound.Const{Value: types.Int(0), Typ: types.T(types.XidOID)}, nil
	case "cmin", "cmax":
		return &bound.Const{Value: types.Int(0), Typ: types.T(types.CidOID)}, nil
	}
	return nil, pgerr.Unimplemented("system column " + name + " of a new row").At(int(pos))
}

// tidOID is the type of ctid, which has no name in types.
const tidOID types.OID = 27

// checkLateral refuses a reference to an item that is not lateral to the place of reference.
func (b *binder) checkLateral(q *query, it *item, pos ast.Pos) error {
	if !it.lateralOnly || it.lateralOK {
		return nil
	}
	e := pgerr.New(pgerrcode.InvalidColumnReference, "invalid reference to FROM-clause entry for table \"%s\"", it.name).At(int(pos))
	if it.target {
		return e.WithDetail("There is an entry for table \"%s\", but it cannot be referenced from this part of the query.", it.name)
	}
	return e.WithDetail("The combining JOIN type must be INNER or LEFT for a LATERAL reference.")
}

// relation finds the item that a qualifier names (refnameNamespaceItem); nil when there is none.
func (b *binder) relation(q *query, schema, name string, pos ast.Pos) (*item, error) {
	for level := q; level != nil; level = level.parent {
		var found *item
		for _, it := range level.visible {
			if !it.relVisible || it.lateralOnly && !level.lateralActive || !it.matches(schema, name) {
				continue
			}
			if found != nil {
				return nil, pgerr.New(pgerrcode.AmbiguousAlias, "table reference \"%s\" is ambiguous", name).At(int(pos))
			}
			if err := b.checkLateral(level, it, pos); err != nil {
				return nil, err
			}
			found = it
		}
		if found != nil {
			return found, nil
		}
	}
	return nil, nil
}

func (it *item) matches(schema, name string) bool {
	if schema == "" {
		return it.name == name
	}
	return it.table != nil && !it.aliased && it.table.Schema == schema && it.table.Name == name
}

// checkConflicts refuses two items of one name in a FROM.
func checkConflicts(left, right []*item, pos ast.Pos) error {
	for _, a := range left {
		for _, c := range right {
			if !a.relVisible || !c.relVisible || a.name != c.name || a.name == "" {
				continue
			}
			if a.table != nil && c.table != nil && !a.aliased && !c.aliased && a.table.OID != c.table.OID {
				continue
			}
			return pgerr.New(pgerrcode.DuplicateAlias, "table name \"%s\" specified more than once", c.name)
		}
	}
	return nil
}

func setLateral(items []*item, only, ok bool) {
	for _, it := range items {
		it.lateralOnly, it.lateralOK = only, ok
	}
}
