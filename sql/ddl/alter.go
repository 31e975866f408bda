package ddl

import (
	"slices"

	"github.com/jackc/pgerrcode"

	"vecgres/catalog"
	"vecgres/planner"
	"vecgres/planner/exec"
	"vecgres/sql/ast"
	"vecgres/sql/binder"
	"vecgres/sql/bound"
	"vecgres/sql/funcs"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// alteration is a table while ALTER TABLE's actions are applied: new facts, and what the rows need.
type alteration struct {
	*draft
	old     *catalog.Table
	rewrite map[int16]bound.Scalar // new values by attnum, over tableColumns(old); nil: rows stay as they are
	indexes []*catalog.Index       // btree indexes to build
	notNull []int16                // to be checked
	checks  []string               // to be checked, by their text
	drop    []*catalog.Sequence
}

func (c *Context) alterTable(st *ast.AlterTable) error {
	switch {
	case st.Kind == "INDEX":
		return c.alterIndex(st)
	case st.Kind != "TABLE":
		return c.alterOther(st)
	case altersOptions(st):
		if ix, _, err := c.findIndex(st.Table.Name); err == nil && ix != nil {
			return c.alterIndex(st)
		}
	}
	t, err := c.findTable(st.Table.Name, st.IfExists)
	if err != nil {
		return err
	}
	if t == nil {
		c.skip(pgerrcode.SuccessfulCompletion, "relation %q does not exist, skipping", st.Table.Name.Last())
		return nil
	}
	if t.Kind == catalog.KindView {
		return pgerr.New(pgerrcode.WrongObjectType, "ALTER action cannot be performed on relation %q", t.Name).
			WithDetail("This operation is not supported for views.")
	}
	if t, err = c.lockTable(t, accessExclusive); err != nil {
		return err
	}
	ns, err := c.Catalog.NamespaceByOID(t.NamespaceOID)
	if err != nil {
		return err
	}
	a := &alteration{draft: &draft{table: mutable(t), namespace: ns, names: map[string]bool{}}, old: t}
	for i := range st.Cmds {
		if err := c.alterAction(a, &st.Cmds[i]); err != nil {
			return err
		}
	}
	return c.finishAlteration(a)
}

func (c *Context) alterOther(st *ast.AlterTable) error {
	for _, cmd := range st.Cmds {
		if cmd.Kind != "OWNER" {
			return pgerr.Unimplemented("ALTER " + st.Kind + " " + cmd.Kind)
		}
	}
	return nil
}

func (c *Context) alterAction(a *alteration, cmd *ast.AlterCmd) error {
	switch cmd.Kind {
	case "ADD COLUMN":
		return c.alterAddColumn(a, cmd)
	case "DROP COLUMN":
		return c.alterDropColumn(a, cmd)
	case "ALTER TYPE":
		return c.alterType(a, cmd)
	case "SET DEFAULT", "DROP DEFAULT", "SET NOT NULL", "DROP NOT NULL", "ADD IDENTITY", "DROP IDENTITY", "SET IDENTITY", "DROP EXPRESSION":
		return c.alterColumn(a, cmd)
	case "ADD CONSTRAINT":
		return c.alterAddConstraint(a, cmd)
	case "DROP CONSTRAINT":
		return c.alterDropConstraint(a, cmd)
	case "VALIDATE CONSTRAINT":
		return a.validate(cmd.Name)
	case "SET STATISTICS", "SET STORAGE", "SET COMPRESSION", "CLUSTER ON", "SET WITHOUT CLUSTER", "SET LOGGED", "SET UNLOGGED", "REPLICA IDENTITY":
		return nil // nothing here depends on it
	case "SET OPTIONS":
		for name, v := range optionMap(cmd.Options) {
			a.table.Options[name] = v
		}
		return nil
	case "RESET OPTIONS":
		for _, o := range cmd.Options {
			delete(a.table.Options, o.Name)
		}
		return nil
	case "OWNER":
		role, err := c.findRole(cmd.Role)
		if err == nil {
			a.table.Owner = role.OID
		}
		return err
	}
	return pgerr.Unimplemented("ALTER TABLE " + cmd.Kind).At(int(cmd.Pos))
}

func (c *Context) alterAddColumn(a *alteration, cmd *ast.AlterCmd) error {
	name := c.cutName(cmd.Column.Name)
	if _, ok := a.table.Column(name); ok {
		if cmd.IfNotExists {
			c.skip(pgerrcode.DuplicateColumn, "column %q of relation %q already exists, skipping", name, a.table.Name)
			return nil
		}
		return pgerr.New(pgerrcode.DuplicateColumn, "column %q of relation %q already exists", name, a.table.Name)
	}
	queued := len(a.constraints)
	if err := c.addColumn(a.draft, cmd.Column); err != nil {
		return err
	}
	col := &a.table.Columns[len(a.table.Columns)-1]
	if err := c.fillNewColumn(a, col); err != nil {
		return err
	}
	added := a.constraints[queued:]
	a.constraints = a.constraints[:queued]
	for i := range added {
		if err := c.alterConstraint(a, &added[i]); err != nil {
			return err
		}
	}
	return nil
}

// fillNewColumn decides what older rows hold: a constant is kept in the facts, anything else is written into every row.
func (c *Context) fillNewColumn(a *alteration, col *catalog.Column) error {
	if col.Default == "" {
		if col.NotNull {
			a.notNull = append(a.notNull, col.Num)
		}
		return nil
	}
	scalar, err := c.bindDefault(a.table, col, c.Binder(nil))
	if err != nil {
		return err
	}
	if col.Generated || volatilityOf(scalar) == funcs.Volatile || col.Sequence != 0 {
		a.compute(col.Num, scalar)
		return nil
	}
	v, err := c.evalDefault(scalar)
	if err != nil {
		return err
	}
	if v.IsNull() {
		if col.NotNull {
			a.notNull = append(a.notNull, col.Num)
		}
		return nil
	}
	col.Missing = &v
	return nil
}

func (a *alteration) compute(num int16, s bound.Scalar) {
	if a.rewrite == nil {
		a.rewrite = map[int16]bound.Scalar{}
	}
	a.rewrite[num] = s
}

// column finds a column to be altered.
func (a *alteration) column(name string) (*catalog.Column, error) {
	col, ok := a.table.Column(name)
	if !ok {
		return nil, pgerr.New(pgerrcode.UndefinedColumn, "column %q of relation %q does not exist", name, a.table.Name)
	}
	return col, nil
}

func (c *Context) alterDropColumn(a *alteration, cmd *ast.AlterCmd) error {
	col, err := a.column(cmd.Name)
	if err != nil {
		if cmd.IfExists {
			c.skip(pgerrcode.SuccessfulCompletion, "column %q of relation %q does not exist, skipping", cmd.Name, a.table.Name)
			return nil
		}
		return err
	}
	num := col.Num
	for _, other := range slices.Clone(a.table.Columns) {
		if other.Generated && !other.Dropped && other.Num != num && c.mentions(a.table, other.Default, num) {
			if !cmd.Cascade {
				return dependentColumn(cmd.Name, a.table, "column "+other.Name+" of table "+a.table.Name)
			}
			if err := c.alterDropColumn(a, &ast.AlterCmd{Name: other.Name, Cascade: true}); err != nil {
				return err
			}
		}
	}
	if err := c.dropObjects([]object{{table: a.table, column: cmd.Name}}, cmd.Cascade); err != nil {
		return err
	}
	if err := c.dropColumnSequence(a, col); err != nil {
		return err
	}
	a.table.Constraints = slices.DeleteFunc(a.table.Constraints, func(k *catalog.Constraint) bool { return slices.Contains(k.Columns, num) })
	a.table.Indexes = slices.DeleteFunc(a.table.Indexes, func(ix *catalog.Index) bool {
		return slices.Contains(ix.Include, num) || c.mentions(a.table, ix.Predicate, num) ||
			slices.ContainsFunc(ix.Keys, func(k catalog.IndexKey) bool { return k.Column == num || c.mentions(a.table, k.Expr, num) })
	})
	dropped := &a.table.Columns[num-1]
	*dropped = catalog.Column{Num: num, Name: "........pg.dropped." + numbered("", int(num)) + "........", Type: dropped.Type, Dropped: true}
	return nil
}

func dependentColumn(name string, t *catalog.Table, what string) error {
	return pgerr.New(pgerrcode.DependentObjectsStillExist, "cannot drop column %s of table %s because other objects depend on it", name, t.Name).
		WithDetail("%s depends on column %s of table %s", what, name, t.Name).WithHint("Use DROP ... CASCADE to drop the dependent objects too.")
}

func (c *Context) dropColumnSequence(a *alteration, col *catalog.Column) error {
	owned, err := c.ownedSequences(a.table)
	if err != nil {
		return err
	}
	for _, q := range owned {
		if q.OwnedByColumn == col.Num {
			a.drop = append(a.drop, q)
		}
	}
	return nil
}

// mentions tells whether an expression over the table speaks of a column.
func (c *Context) mentions(t *catalog.Table, text string, num int16) bool {
	if text == "" {
		return false
	}
	o := c.Binder(nil)
	e, err := o.ParseExpr(text)
	if err != nil {
		return false
	}
	scalar, err := binder.BindExpr(e, t, tableColumns(t), o)
	return err == nil && slices.Contains(referenced(scalar), num)
}

func (c *Context) alterColumn(a *alteration, cmd *ast.AlterCmd) error {
	col, err := a.column(cmd.Name)
	if err != nil {
		return err
	}
	switch cmd.Kind {
	case "SET DEFAULT":
		if col.Identity != 0 {
			return pgerr.New(pgerrcode.SyntaxError, "column %q of relation %q is an identity column", col.Name, a.table.Name)
		}
		if col.Generated {
			return pgerr.New(pgerrcode.SyntaxError, "column %q of relation %q is a generated column", col.Name, a.table.Name)
		}
		col.Default, col.Sequence = cmd.ExprText, 0
		_, err = c.bindDefault(a.table, col, c.Binder(nil))
	case "DROP DEFAULT":
		if col.Identity != 0 {
			return pgerr.New(pgerrcode.SyntaxError, "column %q of relation %q is an identity column", col.Name, a.table.Name)
		}
		col.Default, col.Sequence = "", 0
	case "SET NOT NULL":
		if !col.NotNull {
			col.NotNull = true
			a.notNull = append(a.notNull, col.Num)
		}
	case "DROP NOT NULL":
		pk := a.table.PrimaryKeyIndex()
		if pk != nil && slices.ContainsFunc(pk.Keys, func(k catalog.IndexKey) bool { return k.Column == col.Num }) {
			return pgerr.New(pgerrcode.InvalidTableDefinition, "column %q is in a primary key", col.Name)
		}
		if col.Identity != 0 {
			return pgerr.New(pgerrcode.SyntaxError, "column %q of relation %q is an identity column", col.Name, a.table.Name)
		}
		col.NotNull = false
	case "ADD IDENTITY":
		if !col.NotNull {
			return pgerr.New(pgerrcode.ObjectNotInPrerequisiteState, "column %q of relation %q must be declared NOT NULL before identity can be added", col.Name, a.table.Name)
		}
		if col.Default != "" {
			return pgerr.New(pgerrcode.ObjectNotInPrerequisiteState, "column %q of relation %q already has a default value", col.Name, a.table.Name)
		}
		err = c.makeIdentity(a.draft, col, cmd.Constraint)
	case "DROP IDENTITY":
		if col.Identity == 0 {
			if cmd.IfExists {
				c.skip(pgerrcode.SuccessfulCompletion, "column %q of relation %q is not an identity column, skipping", col.Name, a.table.Name)
				return nil
			}
			return pgerr.New(pgerrcode.ObjectNotInPrerequisiteState, "column %q of relation %q is not an identity column", col.Name, a.table.Name)
		}
		err = c.dropColumnSequence(a, col)
		col.Identity, col.Default, col.Sequence = 0, "", 0
	case "DROP EXPRESSION":
		col.Generated, col.Default = false, ""
	default:
		return pgerr.Unimplemented("ALTER COLUMN " + cmd.Kind)
	}
	return err
}

// alterType changes a column's type by writing its values anew.
func (c *Context) alterType(a *alteration, cmd *ast.AlterCmd) error {
	col, err := a.column(cmd.Name)
	if err != nil {
		return err
	}
	to, err := binder.ResolveType(*cmd.Type, c.Binder(nil))
	if err != nil {
		return err
	}
	if err := storable(to, col.Name, cmd.Type.Pos); err != nil {
		return err
	}
	if v, err := c.viewOfColumn(a.table, col.Name); err != nil {
		return err
	} else if v != nil {
		return pgerr.New(pgerrcode.FeatureNotSupported, "cannot alter type of a column used by a view or rule").
			WithDetail("rule _RETURN on view %s depends on column \"%s\"", v.Name, col.Name)
	}
	if _, rewritten := a.rewrite[col.Num]; rewritten {
		return pgerr.New(pgerrcode.FeatureNotSupported, "cannot alter type of column %q twice", col.Name)
	}
	o := c.Binder(nil)
	var value bound.Scalar = &bound.ColRef{ID: bound.ColumnID(col.Num), Typ: col.Type}
	if cmd.Using != nil {
		o.Context = binder.AlterUsingExpr
		if value, err = binder.BindExpr(cmd.Using, a.old, tableColumns(a.old), o); err != nil {
			return err
		}
	}
	if value, err = binder.CoerceTo(value, to, types.CastAssignment, o); err != nil {
		e := pgerr.New(pgerrcode.DatatypeMismatch, "column %q cannot be cast automatically to type %s", col.Name, types.FormatType(to))
		return e.WithHint("You might need to specify \"USING %s::%s\".", quoteIdent(col.Name), types.FormatType(to))
	}
	a.compute(col.Num, value)
	col.Type, col.Missing = to, nil
	for i, ix := range a.table.Indexes {
		if a.table.Indexes[i], err = c.retypedIndex(a.table, ix, col.Num); err != nil {
			return err
		}
	}
	if col.Default != "" && col.Sequence == 0 {
		_, err = c.bindDefault(a.table, col, o)
	}
	return err
}

// retypedIndex is an index of a table one of whose columns, num, has another type now.
func (c *Context) retypedIndex(t *catalog.Table, ix *catalog.Index, num int16) (*catalog.Index, error) {
	changed := *ix
	changed.ID = c.Catalog.NewID()
	changed.Keys = slices.Clone(ix.Keys)
	for i := range changed.Keys {
		k := &changed.Keys[i]
		switch {
		case k.Column == num:
			col, _ := t.ColumnByNum(num)
			k.Type = col.Type
		case k.Column == 0 && c.mentions(t, k.Expr, num):
			s, err := c.rebound(t, k.Expr, binder.IndexExpr)
			if err != nil {
				return nil, err
			}
			k.Type = s.Type()
		default:
			continue
		}
		name := ""
		if ix.IsVector() {
			name = k.OpClass
		}
		var err error
		if k.OpClass, err = opClass(ix.Method, name, k.Type); err != nil {
			return nil, err
		}
	}
	if c.mentions(t, ix.Predicate, num) {
		if _, err := c.rebound(t, ix.Predicate, binder.IndexPredicateExpr); err != nil {
			return nil, err
		}
	}
	return &changed, checkIndex(&changed)
}

// rebound binds a stored expression over a table's present columns.
func (c *Context) rebound(t *catalog.Table, text string, what binder.ExprContext) (bound.Scalar, error) {
	o := c.Binder(nil)
	o.Context = what
	e, err := o.ParseExpr(text)
	if err != nil {
		return nil, err
	}
	s, err := binder.BindExpr(e, t, tableColumns(t), o)
	if err != nil { // where in the stored text says nothing to who alters the table
		e := *pgerr.From(err)
		e.Position = 0
		return nil, &e
	}
	return s, nil
}

func (c *Context) alterAddConstraint(a *alteration, cmd *ast.AlterCmd) error {
	if cmd.Constraint.Name != "" {
		if err := constraintExists(a.table, cmd.Constraint.Name); err != nil {
			return err
		}
	}
	return c.alterConstraint(a, cmd.Constraint)
}

// validate checks a constraint that was added as NOT VALID.
func (a *alteration) validate(name string) error {
	at := slices.IndexFunc(a.table.Constraints, func(k *catalog.Constraint) bool { return k.Name == name })
	if at < 0 {
		return pgerr.New(pgerrcode.UndefinedObject, "constraint %q of relation %q does not exist", name, a.table.Name)
	}
	if !a.table.Constraints[at].NotValid {
		return nil
	}
	valid := *a.table.Constraints[at]
	valid.NotValid = false
	a.table.Constraints[at] = &valid
	a.checks = append(a.checks, name)
	return nil
}

// unchecked tells whether a constraint says nothing of the rows that are there.
func (a *alteration) unchecked(constraint string) bool {
	return slices.ContainsFunc(a.table.Constraints, func(k *catalog.Constraint) bool { return k.Name == constraint && k.NotValid })
}

func (c *Context) alterConstraint(a *alteration, k *ast.Constraint) error {
	indexes := len(a.table.Indexes)
	notNull := map[int16]bool{}
	for col := range a.table.Live {
		notNull[col.Num] = col.NotNull
	}
	if err := c.addConstraint(a.draft, k); err != nil {
		return err
	}
	for col := range a.table.Live {
		if col.NotNull && !notNull[col.Num] {
			a.notNull = append(a.notNull, col.Num)
		}
	}
	a.indexes = append(a.indexes, a.table.Indexes[indexes:]...)
	if k.Kind == ast.ConstraintCheck && !k.NotValid {
		a.checks = append(a.checks, a.table.Constraints[len(a.table.Constraints)-1].Name)
	}
	if k.NotValid {
		a.table.Constraints[len(a.table.Constraints)-1].NotValid = true
	}
	return nil
}

func (c *Context) alterDropConstraint(a *alteration, cmd *ast.AlterCmd) error {
	at := slices.IndexFunc(a.table.Constraints, func(k *catalog.Constraint) bool { return k.Name == cmd.Name })
	if at < 0 {
		if cmd.IfExists {
			c.skip(pgerrcode.SuccessfulCompletion, "constraint %q of relation %q does not exist, skipping", cmd.Name, a.table.Name)
			return nil
		}
		return pgerr.New(pgerrcode.UndefinedObject, "constraint %q of relation %q does not exist", cmd.Name, a.table.Name)
	}
	index := a.table.Constraints[at].Index
	a.table.Constraints = slices.Delete(a.table.Constraints, at, at+1)
	if index != 0 {
		a.table.Indexes = slices.DeleteFunc(a.table.Indexes, func(ix *catalog.Index) bool { return ix.OID == index })
	}
	return nil
}

// finishAlteration brings rows, storage and facts to what the actions made.
func (c *Context) finishAlteration(a *alteration) error {
	if err := c.checkDefaults(a.table); err != nil {
		return err
	}
	for _, q := range a.sequences {
		if err := c.Catalog.PutSequence(q); err != nil {
			return err
		}
	}
	for _, q := range a.drop {
		if err := c.Catalog.DropSequence(q); err != nil {
			return err
		}
	}
	var err error
	if a.rewrite != nil {
		err = c.rewriteRows(a)
	} else {
		err = c.alterInPlace(a)
	}
	if err != nil {
		return err
	}
	return c.validate(a)
}

func (c *Context) alterInPlace(a *alteration) error {
	nt := a.table
	pending := a.indexes
	nt.Indexes = slices.DeleteFunc(nt.Indexes, func(ix *catalog.Index) bool { return slices.Contains(pending, ix) })
	if err := c.Catalog.PutTable(c, nt); err != nil {
		return err
	}
	if err := c.checkNotNull(nt, a.notNull); err != nil {
		return err
	}
	a.notNull = nil
	for _, ix := range pending {
		nt = mutable(nt)
		if err := c.buildIndex(nt, ix); err != nil {
			return err
		}
	}
	a.table = nt
	return nil
}

// rewriteIDs keep the columns of a rewrite's source apart from those of its target.
const rewriteIDs = 1 << 20

// rewriteRows writes all rows anew into new storage by an ordinary INSERT, which checks every promise of the new facts.
func (c *Context) rewriteRows(a *alteration) error {
	nt := a.table
	nt.Storage = catalog.StorageID(c.Catalog.NewID())
	for i := range nt.Columns {
		nt.Columns[i].Missing = nil
	}
	if err := c.Catalog.CreateStorage(nt); err != nil {
		return err
	}
	o := c.Binder(nil)
	write, err := binder.WriteInfo(nt, o)
	if err != nil {
		return err
	}
	write.Checks = slices.DeleteFunc(write.Checks, func(k bound.CheckExpr) bool { return a.unchecked(k.Name) })
	get := &bound.Get{Table: a.old, Alias: a.old.Name}
	renumber := map[bound.ColumnID]bound.ColumnID{}
	for _, col := range tableColumns(a.old) {
		renumber[col.ID] = col.ID + rewriteIDs
		col.ID += rewriteIDs
		get.Cols = append(get.Cols, col)
	}
	project := &bound.Project{Input: get}
	insert := &bound.Insert{Write: *write, Source: project, Defaults: map[int16]bound.Scalar{}}
	for col := range nt.Live {
		if col.Generated {
			continue
		}
		var value bound.Scalar = &bound.ColRef{ID: bound.ColumnID(col.Num), Typ: col.Type}
		if s, ok := a.rewrite[col.Num]; ok {
			value = s
		} else if _, existed := a.old.ColumnByNum(col.Num); !existed {
			value = &bound.Const{Value: types.Null, Typ: col.Type}
			if col.Default != "" {
				if value, err = c.bindDefault(nt, col, o); err != nil {
					return err
				}
			}
		}
		value = bound.Rewrite(value, func(x bound.Scalar) bound.Scalar {
			if ref, ok := x.(*bound.ColRef); ok {
				return &bound.ColRef{ID: renumber[ref.ID], Typ: ref.Typ}
			}
			return nil
		})
		out := bound.Column{ID: bound.ColumnID(2*rewriteIDs + int(col.Num)), Name: col.Name, Type: col.Type}
		project.Items = append(project.Items, bound.Item{Col: out, Expr: value})
		insert.Targets = append(insert.Targets, col.Num)
	}
	if err := c.runInsert(insert); err != nil {
		return err
	}
	a.notNull, a.indexes = nil, nil
	return c.Catalog.PutTable(c, nt)
}

func (c *Context) runInsert(insert *bound.Insert) error {
	x := c.Exec()
	defer x.View.Close()
	made, err := planner.Plan(&bound.Result{Stmt: insert}, &planner.Options{Catalog: c.Catalog})
	if err != nil {
		return err
	}
	rows, err := exec.Run(x, made)
	if err != nil {
		return err
	}
	defer rows.Close()
	_, _, err = rows.Next()
	return err
}

func (c *Context) checkNotNull(t *catalog.Table, nums []int16) error {
	for _, num := range nums {
		col, _ := t.ColumnByNum(num)
		found, err := c.anyRow(t, &ast.NullTest{X: columnRef(col.Name), Pos: ast.NoPos})
		if err != nil {
			return err
		}
		if found {
			return pgerr.New(pgerrcode.NotNullViolation, "column %q of relation %q contains null values", col.Name, t.Name).
				WithTable(t.Schema, t.Name).WithColumn(col.Name)
		}
	}
	return nil
}

func columnRef(name string) ast.Expr {
	return &ast.ColumnRef{Name: ast.Name{Parts: []string{name}, Pos: ast.NoPos}, Pos: ast.NoPos}
}

// anyRow tells whether any row satisfies a condition.
func (c *Context) anyRow(t *catalog.Table, where ast.Expr) (bool, error) {
	n, err := c.Query(c, &ast.Select{
		Items: []ast.SelectItem{{Expr: &ast.Const{Kind: ast.ConstInt, Int: 1, Pos: ast.NoPos}, Pos: ast.NoPos}},
		From:  []ast.TableExpr{&ast.RangeVar{Name: ast.Name{Parts: []string{t.Schema, t.Name}, Pos: ast.NoPos}, Pos: ast.NoPos}},
		Where: where,
		Limit: &ast.Const{Kind: ast.ConstInt, Int: 1, Pos: ast.NoPos},
		Pos:   ast.NoPos,
	})
	return n > 0, err
}

// validate checks rows that were not written anew against new constraints.
func (c *Context) validate(a *alteration) error {
	if err := c.checkNotNull(a.table, a.notNull); err != nil {
		return err
	}
	if a.rewrite != nil {
		return nil
	}
	for _, name := range a.checks {
		at := slices.IndexFunc(a.table.Constraints, func(k *catalog.Constraint) bool { return k.Name == name })
		e, err := c.Binder(nil).ParseExpr(a.table.Constraints[at].Expr)
		if err != nil {
			return err
		}
		broken, err := c.anyRow(a.table, &ast.BoolExpr{Op: ast.Not, Args: []ast.Expr{e}, Pos: ast.NoPos})
		if err != nil {
			return err
		}
		if broken {
			return pgerr.New(pgerrcode.CheckViolation, "check constraint %q of relation %q is violated by some row", name, a.table.Name).
				WithTable(a.table.Schema, a.table.Name).WithConstraint(name)
		}
	}
	return nil
}
