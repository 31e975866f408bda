package ddl

import (
	"math"
	"slices"
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/sql/ast"
	"vecgres/sql/binder"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// nextvalDefault is the default of a column that a sequence serves.
func nextvalDefault(q *catalog.Sequence) string {
	return "nextval('" + strings.ReplaceAll(quoteIdent(q.Schema)+"."+quoteIdent(q.Name), "'", "''") + "'::regclass)"
}

func typeBounds(oid types.OID) (low, high int64) {
	switch oid {
	case types.Int2OID:
		return math.MinInt16, math.MaxInt16
	case types.Int4OID:
		return math.MinInt32, math.MaxInt32
	}
	return math.MinInt64, math.MaxInt64
}

// sequenceOptions applies options to a sequence; what a new one is not given gets its default.
func (c *Context) sequenceOptions(q *catalog.Sequence, options []ast.SequenceOption, isNew bool) error {
	seen := map[string]bool{}
	for _, o := range options {
		if seen[o.Name] {
			return pgerr.New(pgerrcode.SyntaxError, "conflicting or redundant options").At(int(o.Pos))
		}
		seen[o.Name] = true
		if o.Name == "as" {
			t, err := binder.ResolveType(*o.Type, c.Binder(nil))
			if err != nil {
				return err
			}
			if t.OID != types.Int2OID && t.OID != types.Int4OID && t.OID != types.Int8OID {
				return pgerr.New(pgerrcode.InvalidParameterValue, "sequence type must be smallint, integer, or bigint")
			}
			q.Type = t.OID
		}
	}
	if isNew {
		q.Increment, q.Cache = 1, 1
	}
	given := func(name string) (ast.SequenceOption, bool) {
		for _, o := range options {
			if o.Name == name && o.Given {
				return o, true
			}
		}
		return ast.SequenceOption{}, false
	}
	if o, ok := given("increment"); ok {
		q.Increment = o.Int
	}
	if q.Increment == 0 {
		return pgerr.New(pgerrcode.InvalidParameterValue, "INCREMENT must not be zero")
	}
	low, high := typeBounds(q.Type)
	if q.Increment > 0 {
		low = 1
	} else {
		high = -1
	}
	if o, ok := given("minvalue"); ok {
		q.Min = o.Int
	} else if isNew || seen["minvalue"] {
		q.Min = low
	}
	if o, ok := given("maxvalue"); ok {
		q.Max = o.Int
	} else if isNew || seen["maxvalue"] {
		q.Max = high
	}
	for _, o := range options {
		if o.Name == "cycle" {
			q.Cycle = o.Bool
		}
	}
	if o, ok := given("cache"); ok {
		if o.Int < 1 {
			return pgerr.New(pgerrcode.InvalidParameterValue, "CACHE (%d) must be greater than zero", o.Int)
		}
		q.Cache = o.Int
	}
	start, ok := given("start")
	switch {
	case ok:
		q.Start = start.Int
	case isNew && q.Increment > 0:
		q.Start = q.Min
	case isNew:
		q.Start = q.Max
	}
	return checkSequence(q)
}

func checkSequence(q *catalog.Sequence) error {
	tlow, thigh := typeBounds(q.Type)
	switch {
	case q.Min < tlow || q.Min > thigh:
		return pgerr.New(pgerrcode.InvalidParameterValue, "MINVALUE (%d) is out of range for sequence data type %s", q.Min, types.FormatType(types.T(q.Type)))
	case q.Max < tlow || q.Max > thigh:
		return pgerr.New(pgerrcode.InvalidParameterValue, "MAXVALUE (%d) is out of range for sequence data type %s", q.Max, types.FormatType(types.T(q.Type)))
	case q.Min >= q.Max:
		return pgerr.New(pgerrcode.InvalidParameterValue, "MINVALUE (%d) must be less than MAXVALUE (%d)", q.Min, q.Max)
	case q.Start < q.Min:
		return pgerr.New(pgerrcode.InvalidParameterValue, "START value (%d) cannot be less than MINVALUE (%d)", q.Start, q.Min)
	case q.Start > q.Max:
		return pgerr.New(pgerrcode.InvalidParameterValue, "START value (%d) cannot be greater than MAXVALUE (%d)", q.Start, q.Max)
	}
	return nil
}

func (c *Context) createSequence(st *ast.CreateSequence) error {
	if st.Temporary {
		return pgerr.Unimplemented("a temporary sequence")
	}
	ns, err := c.targetSchema(st.Name.Name)
	if err != nil {
		return err
	}
	name := c.cutName(st.Name.Name.Last())
	taken, err := c.relationExists(ns, name)
	if err != nil {
		return err
	}
	if taken {
		if st.IfNotExists {
			c.skip(pgerrcode.DuplicateTable, "relation %q already exists, skipping", name)
			return nil
		}
		return pgerr.New(pgerrcode.DuplicateTable, "relation %q already exists", name)
	}
	oid, err := c.Catalog.NewOID()
	if err != nil {
		return err
	}
	q := &catalog.Sequence{OID: oid, Namespace: ns.ID, NamespaceOID: ns.OID, Schema: ns.Path, Name: name, Owner: c.Role.OID, Type: types.Int8OID, Counter: c.Catalog.NewID()}
	if err := c.sequenceOptions(q, st.Options, true); err != nil {
		return err
	}
	if err := c.sequenceOwner(q, st.Options); err != nil {
		return err
	}
	return c.Catalog.PutSequence(q)
}

// sequenceOwner applies OWNED BY.
func (c *Context) sequenceOwner(q *catalog.Sequence, options []ast.SequenceOption) error {
	for _, o := range options {
		if o.Name != "owned_by" {
			continue
		}
		if len(o.Owner.Parts) < 2 {
			q.OwnedBy, q.OwnedByColumn = 0, 0
			continue
		}
		parts := o.Owner.Parts
		t, err := c.findTable(ast.Name{Parts: parts[:len(parts)-1], Pos: o.Owner.Pos}, false)
		if err != nil {
			return err
		}
		if t.Namespace != q.Namespace {
			return pgerr.New(pgerrcode.ObjectNotInPrerequisiteState, "sequence must be in same schema as table it is linked to")
		}
		col, ok := t.Column(parts[len(parts)-1])
		if !ok {
			return pgerr.New(pgerrcode.UndefinedColumn, "column %q of relation %q does not exist", parts[len(parts)-1], t.Name)
		}
		q.OwnedBy, q.OwnedByColumn = t.OID, col.Num
	}
	return nil
}

func (c *Context) alterSequence(st *ast.AlterSequence) error {
	q, err := c.findSequence(st.Name.Name)
	if err != nil {
		return err
	}
	if q == nil {
		return c.missing(&ast.Drop{Kind: "SEQUENCE", IfExists: st.IfExists}, st.Name.Name)
	}
	changed := *q
	if err := c.sequenceOptions(&changed, st.Options, false); err != nil {
		return err
	}
	if err := c.sequenceOwner(&changed, st.Options); err != nil {
		return err
	}
	restart := slices.IndexFunc(st.Options, func(o ast.SequenceOption) bool { return o.Name == "restart" })
	if restart >= 0 {
		changed.Counter = c.Catalog.NewID() // a new counter, so that a rollback finds the old one untouched
	}
	if err := c.Catalog.PutSequence(&changed); err != nil || restart < 0 {
		return err
	}
	value := changed.Start
	if o := st.Options[restart]; o.Given {
		value = o.Int
	}
	return c.Catalog.SetValue(c, &changed, value, false)
}
