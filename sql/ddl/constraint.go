package ddl

import (
	"slices"
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/sql/ast"
	"vecgres/sql/binder"
	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// addConstraint adds a table constraint to a draft.
func (c *Context) addConstraint(d *draft, k *ast.Constraint) error {
	switch k.Kind {
	case ast.ConstraintCheck:
		name := k.Name
		if name == "" {
			name = c.freeConstraintName(d.table, joinName(d.table.Name, c.checkedColumn(d.table, k), "check"))
		}
		return c.addCheck(d, name, k.ExprText)
	case ast.ConstraintPrimary, ast.ConstraintUnique:
		return c.addKey(d, k)
	case ast.ConstraintForeign:
		return pgerr.Unimplemented("a FOREIGN KEY constraint").At(int(k.Pos))
	case ast.ConstraintExclusion:
		return pgerr.Unimplemented("an EXCLUDE constraint").At(int(k.Pos))
	}
	return pgerr.Unimplemented("this kind of constraint").At(int(k.Pos))
}

// checkedColumn is the one column that a CHECK speaks of, for its name; "" when there are several.
func (c *Context) checkedColumn(t *catalog.Table, k *ast.Constraint) string {
	e, err := c.Binder(nil).ParseExpr(k.ExprText)
	if err != nil {
		return ""
	}
	scalar, err := binder.BindExpr(e, t, tableColumns(t), c.Binder(nil))
	if err != nil {
		return ""
	}
	nums := referenced(scalar)
	if len(nums) != 1 {
		return ""
	}
	col, _ := t.ColumnByNum(nums[0])
	return col.Name
}

// referenced are the attnums that an expression over tableColumns speaks of, ascending.
func referenced(s bound.Scalar) []int16 {
	var nums []int16
	bound.Walk(s, func(x bound.Scalar) bool {
		if ref, ok := x.(*bound.ColRef); ok {
			nums = append(nums, int16(ref.ID))
		}
		return true
	})
	slices.Sort(nums)
	return slices.Compact(nums)
}

func (c *Context) freeConstraintName(t *catalog.Table, base string) string {
	taken := func(name string) bool {
		return slices.ContainsFunc(t.Constraints, func(k *catalog.Constraint) bool { return k.Name == name })
	}
	for n := 0; ; n++ {
		name := numbered(base, n)
		if !taken(name) {
			return name
		}
	}
}

func constraintExists(t *catalog.Table, name string) error {
	if slices.ContainsFunc(t.Constraints, func(k *catalog.Constraint) bool { return k.Name == name }) {
		return pgerr.New(pgerrcode.DuplicateObject, "constraint %q for relation %q already exists", name, t.Name)
	}
	return nil
}

func (c *Context) addCheck(d *draft, name, text string) error {
	name = c.cutName(name)
	if err := constraintExists(d.table, name); err != nil {
		return err
	}
	o := c.Binder(nil)
	e, err := o.ParseExpr(text)
	if err != nil {
		return err
	}
	o.Context = binder.CheckExpr
	scalar, err := binder.BindExpr(e, d.table, tableColumns(d.table), o)
	if err != nil {
		return err
	}
	if scalar.Type().OID != types.BoolOID {
		return pgerr.New(pgerrcode.DatatypeMismatch, "argument of CHECK must be type boolean, not type %s", types.FormatType(scalar.Type()))
	}
	oid, err := c.Catalog.NewOID()
	if err != nil {
		return err
	}
	d.table.Constraints = append(d.table.Constraints, &catalog.Constraint{OID: oid, Name: name, Kind: catalog.Check, Columns: referenced(scalar), Expr: text})
	return nil
}

// addKey adds a PRIMARY KEY or UNIQUE constraint with its index.
func (c *Context) addKey(d *draft, k *ast.Constraint) error {
	t := d.table
	if k.Deferrable {
		return pgerr.Unimplemented("a deferrable constraint").At(int(k.Pos))
	}
	if k.UsingIndex != "" {
		return pgerr.Unimplemented("ADD CONSTRAINT USING INDEX").At(int(k.Pos))
	}
	primary := k.Kind == ast.ConstraintPrimary
	if primary && t.PrimaryKeyIndex() != nil {
		return pgerr.New(pgerrcode.InvalidTableDefinition, "multiple primary keys for table %q are not allowed", t.Name).At(int(k.Pos))
	}
	nums, err := keyColumns(t, k)
	if err != nil {
		return err
	}
	ix := &catalog.Index{ID: c.Catalog.NewID(), Table: t.OID, Method: "btree", Unique: true, Primary: primary, NullsNotDistinct: k.NullsNotDistinct}
	kind := catalog.Unique
	if primary {
		kind = catalog.PrimaryKey
	}
	for _, num := range nums {
		col, _ := t.ColumnByNum(num)
		if primary {
			t.Columns[num-1].NotNull = true
		}
		key, err := plainKey(col, false, nil)
		if err != nil {
			return err
		}
		ix.Keys = append(ix.Keys, key)
	}
	for _, name := range k.Including {
		col, ok := t.Column(name)
		if !ok {
			return pgerr.New(pgerrcode.UndefinedColumn, "column %q named in key does not exist", name).At(int(k.Pos))
		}
		ix.Include = append(ix.Include, col.Num)
	}
	if ix.Name, err = c.keyName(d, k, primary); err != nil {
		return err
	}
	return c.storeKey(d, ix, kind, nums)
}

func (c *Context) storeKey(d *draft, ix *catalog.Index, kind catalog.ConstraintKind, nums []int16) error {
	var err error
	if ix.OID, err = c.Catalog.NewOID(); err != nil {
		return err
	}
	oid, err := c.Catalog.NewOID()
	if err != nil {
		return err
	}
	d.table.Indexes = append(d.table.Indexes, ix)
	d.table.Constraints = append(d.table.Constraints, &catalog.Constraint{OID: oid, Name: ix.Name, Kind: kind, Columns: nums, Index: ix.OID})
	return nil
}

func (c *Context) keyName(d *draft, k *ast.Constraint, primary bool) (string, error) {
	if k.Name != "" {
		name := c.cutName(k.Name)
		if err := constraintExists(d.table, name); err != nil {
			return "", err
		}
		taken, err := c.relationExists(d.namespace, name)
		if err == nil && (taken || d.names[name]) {
			err = pgerr.New(pgerrcode.DuplicateTable, "relation %q already exists", name)
		}
		d.names[name] = true
		return name, err
	}
	if primary {
		return c.freeName(d, joinName(d.table.Name, "", "pkey"))
	}
	return c.freeName(d, joinName(d.table.Name, strings.Join(k.Columns, "_"), "key"))
}

func keyColumns(t *catalog.Table, k *ast.Constraint) ([]int16, error) {
	what := "unique"
	if k.Kind == ast.ConstraintPrimary {
		what = "primary key"
	}
	var nums []int16
	for _, name := range k.Columns {
		col, ok := t.Column(name)
		if !ok {
			return nil, pgerr.New(pgerrcode.UndefinedColumn, "column %q named in key does not exist", name).At(int(k.Pos))
		}
		if slices.Contains(nums, col.Num) {
			return nil, pgerr.New(pgerrcode.DuplicateColumn, "column %q appears twice in %s constraint", name, what).At(int(k.Pos))
		}
		nums = append(nums, col.Num)
	}
	return nums, nil
}
