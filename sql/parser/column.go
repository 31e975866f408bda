package parser

import (
	"github.com/jackc/pgerrcode"
	pgq "github.com/pganalyze/pg_query_go/v5"

	"vecgres/sql/ast"
	"vecgres/sql/pgerr"
)

func (c *conv) columnDef(d *pgq.ColumnDef) ast.ColumnDef {
	out := ast.ColumnDef{
		Name:        d.GetColname(),
		Type:        c.typeName(d.GetTypeName()),
		Compression: d.GetCompression(),
		Storage:     d.GetStorageName(),
		Pos:         ast.Pos(d.GetLocation()),
	}
	if collate := d.GetCollClause(); collate != nil {
		out.Collation = name(collate.Collname, collate.Location)
	}
	if len(d.GetFdwoptions()) > 0 {
		c.unsupported("OPTIONS of a column", d.Location)
	}
	for _, n := range d.GetConstraints() {
		k := n.GetConstraint()
		if !c.constraintAttribute(&out, k) {
			out.Constraints = append(out.Constraints, c.constraint(k))
		}
	}
	return out
}

// constraintAttribute applies DEFERRABLE and the like, which the grammar lists beside the constraints, to the one before. It is
// false for a constraint.
func (c *conv) constraintAttribute(d *ast.ColumnDef, k *pgq.Constraint) bool {
	word := ""
	switch k.GetContype() {
	case pgq.ConstrType_CONSTR_ATTR_DEFERRABLE:
		word = "DEFERRABLE"
	case pgq.ConstrType_CONSTR_ATTR_NOT_DEFERRABLE:
		word = "NOT DEFERRABLE"
	case pgq.ConstrType_CONSTR_ATTR_DEFERRED:
		word = "INITIALLY DEFERRED"
	case pgq.ConstrType_CONSTR_ATTR_IMMEDIATE:
		word = "INITIALLY IMMEDIATE"
	default:
		return false
	}
	if len(d.Constraints) == 0 || !deferrableKind(d.Constraints[len(d.Constraints)-1].Kind) {
		c.fail(pgerr.New(pgerrcode.SyntaxError, "misplaced %s clause", word).At(int(k.Location)))
		return true
	}
	last := &d.Constraints[len(d.Constraints)-1]
	switch word {
	case "DEFERRABLE":
		last.Deferrable = true
	case "INITIALLY DEFERRED":
		last.Deferrable, last.InitiallyDeferred = true, true
	}
	return true
}

// deferrableKind tells the kinds of constraints that may be DEFERRABLE.
func deferrableKind(kind ast.ConstraintKind) bool {
	switch kind {
	case ast.ConstraintPrimary, ast.ConstraintUnique, ast.ConstraintForeign, ast.ConstraintExclusion:
		return true
	}
	return false
}

// identityAlways is generated_when for GENERATED ALWAYS.
const identityAlways = "a"

var constraintKinds = map[pgq.ConstrType]ast.ConstraintKind{
	pgq.ConstrType_CONSTR_NOTNULL:   ast.ConstraintNotNull,
	pgq.ConstrType_CONSTR_NULL:      ast.ConstraintNull,
	pgq.ConstrType_CONSTR_DEFAULT:   ast.ConstraintDefault,
	pgq.ConstrType_CONSTR_IDENTITY:  ast.ConstraintIdentity,
	pgq.ConstrType_CONSTR_GENERATED: ast.ConstraintGenerated,
	pgq.ConstrType_CONSTR_CHECK:     ast.ConstraintCheck,
	pgq.ConstrType_CONSTR_PRIMARY:   ast.ConstraintPrimary,
	pgq.ConstrType_CONSTR_UNIQUE:    ast.ConstraintUnique,
	pgq.ConstrType_CONSTR_FOREIGN:   ast.ConstraintForeign,
	pgq.ConstrType_CONSTR_EXCLUSION: ast.ConstraintExclusion,
}

// constraint converts a constraint of a table or a column, or in ALTER TABLE.
func (c *conv) constraint(k *pgq.Constraint) ast.Constraint {
	kind, ok := constraintKinds[k.GetContype()]
	if !ok {
		c.unsupported("this constraint", k.GetLocation())
	}
	out := ast.Constraint{
		Kind:              kind,
		Name:              k.GetConname(),
		Columns:           strs(k.GetKeys()),
		Expr:              c.expr(k.GetRawExpr()),
		Including:         strs(k.GetIncluding()),
		NullsNotDistinct:  k.GetNullsNotDistinct(),
		UsingIndex:        k.GetIndexname(),
		Deferrable:        k.GetDeferrable(),
		InitiallyDeferred: k.GetInitdeferred(),
		NotValid:          k.GetSkipValidation(),
		NoInherit:         k.GetIsNoInherit(),
		Pos:               ast.Pos(k.GetLocation()),
	}
	out.ExprText = exprText(out.Expr)
	switch kind {
	case ast.ConstraintIdentity:
		out.Always = k.GeneratedWhen == identityAlways
		out.Sequence = c.sequenceOptions(k.Options)
	case ast.ConstraintForeign:
		c.foreignKey(&out, k)
	default:
		out.With = c.options(k.GetOptions())
	}
	return out
}

// exprText is the canonical text of an expression to be stored, "" for none. The grammar knows where an expression begins but not where
// it ends, so that the text is made from the tree.
func exprText(e ast.Expr) string {
	if e == nil {
		return ""
	}
	return ast.FormatExpr(e)
}

func (c *conv) foreignKey(out *ast.Constraint, k *pgq.Constraint) {
	out.RefTable = c.rangeVar(k.Pktable)
	out.Columns = strs(k.FkAttrs)
	out.RefColumns = strs(k.PkAttrs)
	out.OnUpdate = foreignKeyAction(k.FkUpdAction)
	out.OnDelete = foreignKeyAction(k.FkDelAction)
	out.OnDeleteColumns = strs(k.FkDelSetCols)
	out.MatchFull = k.FkMatchtype == "f"
}

func foreignKeyAction(letter string) string {
	switch letter {
	case "r":
		return "RESTRICT"
	case "c":
		return "CASCADE"
	case "n":
		return "SET NULL"
	case "d":
		return "SET DEFAULT"
	}
	return ""
}
