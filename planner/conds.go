package planner

import (
	"strings"

	"vecgres/planner/plan"
	"vecgres/planner/rules"
	"vecgres/sql/bound"
	"vecgres/sql/physical"
	"vecgres/sql/types"
)

// columnCond is a condition that compares one column of a table, or one expression that an index has for a key, with what does not depend on its row.
type columnCond struct {
	att    int16      // below exprAttr: an expression
	typ    types.Type // the column's
	op     plan.Op
	args   []bound.Scalar
	array  bound.Scalar
	prefix string       // LIKE 'prefix%': rows outside of the prefix's range do not match; the condition itself must still be checked
	expr   bound.Scalar // the condition
	push   bool         // the engine may evaluate it
	keyed  bool         // the arguments' key bytes agree with the column's in an index
}

// equality tells whether the condition fixes the column to some values.
func (c *columnCond) equality() bool {
	return c.op == plan.OpEq || c.op == plan.OpIn || c.op == plan.OpIsNull
}

// pred is the condition for the engine.
func (c *columnCond) pred() plan.Pred {
	return plan.Pred{Attr: c.att, Type: c.typ, Op: c.op, Args: c.args, Array: c.array, Expr: c.expr}
}

var compareOps = map[string]plan.Op{"=": plan.OpEq, "<>": plan.OpNe, "<": plan.OpLt, "<=": plan.OpLe, ">": plan.OpGt, ">=": plan.OpGe}

var mirrored = map[plan.Op]plan.Op{
	plan.OpEq: plan.OpEq, plan.OpNe: plan.OpNe, plan.OpLt: plan.OpGt, plan.OpLe: plan.OpGe, plan.OpGt: plan.OpLt, plan.OpGe: plan.OpLe,
}

// matcher recognizes column conditions of one table.
type matcher struct {
	get   *bound.Get
	own   plan.ColSet
	exprs []bound.Scalar // the keys of btree indexes that are no columns

	vectors []vectorKey
}

// exprAttr is above the attribute numbers that a matcher gives to indexed expressions: no column of a table has one so low.
const exprAttr int16 = -1000

func newMatcher(g *bound.Get) *matcher {
	m := &matcher{get: g, own: plan.ColsOf(g.Cols), vectors: vectorKeys(g)}
	m.own.Add(g.RowID)
	for _, x := range g.Indexes {
		if x.Index.Method == "btree" {
			m.addExprs(x.Keys)
		}
	}
	return m
}

func (m *matcher) addExprs(keys []bound.Scalar) {
	for _, k := range keys {
		k = rules.Fold(k, nil)
		if _, known := m.column(k); !known {
			m.exprs = append(m.exprs, k)
		}
	}
}

// outside tells whether an expression does not depend on the table's row.
func (m *matcher) outside(e bound.Scalar) bool {
	return !plan.Free(e).Meets(m.own) && !plan.Volatile(e)
}

// column finds the table's column or indexed expression behind an expression, through casts that keep its order and equality.
func (m *matcher) column(e bound.Scalar) (bound.Column, bool) {
	for {
		for i, x := range m.exprs {
			if bound.Equal(e, x) {
				return bound.Column{AttNum: exprAttr - int16(i), Type: x.Type()}, true
			}
		}
		c, ok := e.(*bound.Cast)
		if !ok || !transparent(c.X.Type().OID, c.Typ) {
			break
		}
		e = c.X
	}
	ref, ok := e.(*bound.ColRef)
	if !ok {
		return bound.Column{}, false
	}
	for _, c := range m.get.Cols {
		if c.ID == ref.ID && c.AttNum > 0 {
			return c, true
		}
	}
	return bound.Column{}, false
}

// transparent tells the casts that change neither order nor equality: wider integers, varchar and name as text.
func transparent(from types.OID, to types.Type) bool {
	switch {
	case from == to.OID:
		return to.Mod < 0
	case isInt(from) && isInt(to.OID):
		return intWidth(from) <= intWidth(to.OID)
	case to.OID == types.TextOID:
		return from == types.VarcharOID || from == types.NameOID
	case to.OID == types.OidOID:
		return from == types.RegclassOID || from == types.RegtypeOID || from == types.RegprocOID || from == types.RegnamespaceOID
	}
	return from == types.TextOID && to.OID == types.VarcharOID && to.Mod < 0
}

func isInt(oid types.OID) bool {
	return oid == types.Int2OID || oid == types.Int4OID || oid == types.Int8OID
}

func intWidth(oid types.OID) int {
	switch oid {
	case types.Int2OID:
		return 2
	case types.Int4OID:
		return 4
	}
	return 8
}

func isText(oid types.OID) bool {
	return oid == types.TextOID || oid == types.VarcharOID || oid == types.NameOID
}

func isObjectID(oid types.OID) bool {
	switch oid {
	case types.OidOID, types.RegclassOID, types.RegtypeOID, types.RegprocOID, types.RegnamespaceOID, types.RegroleOID:
		return true
	}
	return false
}

// joinable tells whether equal values of two types have equal key bytes.
func joinable(a, b types.OID) bool {
	return a == b || isInt(a) && isInt(b) || isText(a) && isText(b) || isObjectID(a) && isObjectID(b)
}

// match recognizes a condition.
func (m *matcher) match(e bound.Scalar) (columnCond, bool) {
	switch x := e.(type) {
	case *bound.Call:
		return m.call(x)
	case *bound.InList:
		return m.inList(x)
	case *bound.AnyAll:
		return m.any(x)
	case *bound.NullTest:
		if c, ok := m.column(x.X); ok {
			op := plan.OpIsNull
			if x.Not {
				op = plan.OpNotNull
			}
			return columnCond{att: c.AttNum, typ: c.Type, op: op, expr: e, push: c.AttNum > 0, keyed: true}, true
		}
	case *bound.ColRef:
		if c, ok := m.column(x); ok && c.Type.OID == types.BoolOID {
			return m.boolean(c, true, e), true
		}
	case *bound.Not:
		if c, ok := m.column(x.X); ok && c.Type.OID == types.BoolOID {
			return m.boolean(c, false, e), true
		}
	case *bound.BoolTest:
		if c, ok := m.column(x.X); ok && c.Type.OID == types.BoolOID && !x.Not && x.Value != 'u' {
			return m.boolean(c, x.Value == 't', e), true
		}
	case *bound.Or:
		return m.or(x)
	}
	return columnCond{}, false
}

func (m *matcher) boolean(c bound.Column, v bool, e bound.Scalar) columnCond {
	value := &bound.Const{Value: types.Bool(v), Typ: types.T(types.BoolOID)}
	return columnCond{att: c.AttNum, typ: c.Type, op: plan.OpEq, args: []bound.Scalar{value}, expr: e, push: c.AttNum > 0, keyed: true}
}

func (m *matcher) call(x *bound.Call) (columnCond, bool) {
	if len(x.Args) != 2 || x.Fn == nil || x.Fn.OID == 0 {
		return columnCond{}, false
	}
	left, right := x.Args[0], x.Args[1]
	if x.Op == "~~" {
		return m.like(x, left, right)
	}
	op, ok := compareOps[x.Op]
	if !ok {
		return columnCond{}, false
	}
	c, ok := m.column(left)
	if !ok {
		left, right, op = right, left, mirrored[op]
		if c, ok = m.column(left); !ok {
			return columnCond{}, false
		}
	}
	if !m.outside(right) {
		return columnCond{}, false
	}
	return m.comparison(c, op, []bound.Scalar{right}, right.Type().OID, x)
}

// comparison makes the condition of a comparison of a column with arguments of a type.
func (m *matcher) comparison(c bound.Column, op plan.Op, args []bound.Scalar, arg types.OID, e bound.Scalar) (columnCond, bool) {
	if !joinable(c.Type.OID, arg) {
		return columnCond{}, false
	}
	return columnCond{att: c.AttNum, typ: c.Type, op: op, args: args, expr: e, push: c.AttNum > 0 && physical.Pushable(c.Type), keyed: true}, true
}

// like recognizes column LIKE 'prefix…' with a constant pattern.
func (m *matcher) like(x *bound.Call, left, right bound.Scalar) (columnCond, bool) {
	c, ok := m.column(left)
	pattern, isConst := right.(*bound.Const)
	if !ok || !isConst || pattern.Value.IsNull() || !isText(c.Type.OID) {
		return columnCond{}, false
	}
	prefix := pattern.Value.Text()
	if i := strings.IndexAny(prefix, "%_\\"); i >= 0 {
		prefix = prefix[:i]
	}
	if prefix == "" {
		return columnCond{}, false
	}
	return columnCond{att: c.AttNum, typ: c.Type, op: plan.OpGe, prefix: prefix, expr: x, keyed: true}, true
}

func (m *matcher) inList(x *bound.InList) (columnCond, bool) {
	c, ok := m.column(x.X)
	if !ok || len(x.List) == 0 {
		return columnCond{}, false
	}
	for _, e := range x.List {
		if !m.outside(e) || e.Type().OID != x.List[0].Type().OID {
			return columnCond{}, false
		}
	}
	return m.comparison(c, plan.OpIn, x.List, x.List[0].Type().OID, x)
}

func (m *matcher) any(x *bound.AnyAll) (columnCond, bool) {
	c, ok := m.column(x.X)
	if !ok || x.All || x.Op != "=" || !m.outside(x.Array) {
		return columnCond{}, false
	}
	cond, ok := m.comparison(c, plan.OpIn, nil, types.ElemOf(x.Array.Type().OID), x)
	cond.array = x.Array
	return cond, ok
}

// or recognizes a = 1 OR a = 2 OR a IN (3, 4).
func (m *matcher) or(x *bound.Or) (columnCond, bool) {
	var all columnCond
	for i, a := range x.Args {
		c, ok := m.match(a)
		if !ok || c.op != plan.OpEq && c.op != plan.OpIn || c.array != nil || i > 0 && c.att != all.att {
			return columnCond{}, false
		}
		if i == 0 {
			all = c
			all.args = append([]bound.Scalar(nil), c.args...)
		} else {
			all.args = append(all.args, c.args...)
			all.push = all.push && c.push
		}
	}
	all.op, all.expr = plan.OpIn, x
	return all, true
}

// matchAll divides conditions into those on single columns and the rest.
func (m *matcher) matchAll(conds []bound.Scalar) (cols []columnCond, rest []bound.Scalar) {
	for _, e := range conds {
		if c, ok := m.match(e); ok {
			cols = append(cols, c)
		} else {
			rest = append(rest, e)
		}
	}
	return cols, rest
}
