package binder

import (
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/ast"
	"vecgres/sql/bound"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// coerce converts s to t where ctx allows it; nil without an error when there is no such conversion. Untyped literals become constants of t, untyped
// parameters become parameters of t.
func (b *binder) coerce(s bound.Scalar, t types.Type, ctx types.CastContext, pos ast.Pos) (bound.Scalar, error) {
	from := s.Type()
	switch {
	case from.OID == t.OID:
		if r, ok := s.(*bound.RowCtor); ok {
			return b.settleRow(r)
		}
		return withTypmod(s, t, ctx), nil
	case t.OID == types.AnyOID:
		return s, nil
	case from.OID == types.UnknownOID:
		return b.coerceUnknown(s, t, ctx, pos)
	}
	if r, ok := s.(*bound.RowCtor); ok {
		var err error
		if s, err = b.settleRow(r); err != nil {
			return nil, err
		}
	}
	cast, ok := types.FindCast(from.OID, t.OID)
	if !ok || !allows(ctx, cast.Context) {
		return nil, nil
	}
	return &bound.Cast{X: s, Typ: t, Explicit: ctx == types.CastExplicit, Pos: pos}, nil
}

// allows tells whether a context is strong enough for a cast.
func allows(ctx, needed types.CastContext) bool { return castRank(ctx) >= castRank(needed) }

func castRank(c types.CastContext) int {
	switch c {
	case types.CastExplicit:
		return 2
	case types.CastAssignment:
		return 1
	}
	return 0
}

// withTypmod applies t's modifier to a scalar of t's type that may have another.
func withTypmod(s bound.Scalar, t types.Type, ctx types.CastContext) bound.Scalar {
	if t.Mod < 0 || s.Type().Mod == t.Mod {
		return s
	}
	explicit := ctx == types.CastExplicit
	if c, ok := s.(*bound.Const); ok {
		// What does not fit is left for the executor to complain of, as in Postgres.
		if d, err := types.ApplyTypmod(t, c.Value, explicit); err == nil {
			return &bound.Const{Value: d, Typ: t}
		}
	}
	return &bound.Cast{X: s, Typ: t, Explicit: explicit, Pos: ast.NoPos}
}

func (b *binder) coerceUnknown(s bound.Scalar, t types.Type, ctx types.CastContext, pos ast.Pos) (bound.Scalar, error) {
	if info, ok := types.Lookup(t.OID); ok && info.Kind == 'p' && t.OID != types.CstringOID {
		if t.OID == types.RecordOID || !b.isNull(s) {
			return nil, pgerr.New(pgerrcode.FeatureNotSupported, "cannot accept a value of type %s", info.Name).At(int(b.position(s, pos)))
		}
		return &bound.Const{Value: types.Null, Typ: t}, nil
	}
	switch e := s.(type) {
	case *bound.Const:
		c, err := b.literal(e, t, b.position(s, pos))
		if err != nil {
			return nil, err
		}
		return withTypmod(c, t, ctx), nil
	case *bound.Param:
		if e.Typ.OID == types.UnknownOID {
			// Another place may have told the type since this reference was bound; then it is converted like any value.
			if err := b.typeParam(e, t.OID); err != nil {
				return nil, err
			}
		}
		return withTypmod(s, t, ctx), nil
	}
	return &bound.Cast{X: s, Typ: t, Explicit: ctx == types.CastExplicit, Pos: pos}, nil
}

func (b *binder) isNull(s bound.Scalar) bool {
	c, ok := s.(*bound.Const)
	return ok && c.Value.IsNull()
}

// literal parses an untyped literal as a value of t, without t's modifier unless the type needs it for reading (interval fields). What depends on
// the moment ('now', 'today') stays a cast for the executor.
func (b *binder) literal(c *bound.Const, t types.Type, pos ast.Pos) (bound.Scalar, error) {
	if c.Value.IsNull() {
		return &bound.Const{Value: types.Null, Typ: t}, nil
	}
	base := types.T(t.OID)
	if t.OID == types.IntervalOID {
		base = t
	}
	text := c.Value.Text()
	if dependsOnNow(t.OID, text) {
		return &bound.Cast{X: &bound.Const{Value: c.Value, Typ: types.T(types.TextOID)}, Typ: base, Explicit: true, Pos: pos}, nil
	}
	if isReg(t.OID) {
		b.result.PathDepends = true
	}
	d, err := types.ParseText(b.env, base, text)
	if err != nil {
		return nil, at(err, pos)
	}
	return &bound.Const{Value: d, Typ: base}, nil
}

// isReg tells the types whose text is the name of a catalog object.
func isReg(oid types.OID) bool {
	switch oid {
	case types.RegclassOID, types.RegprocOID, types.RegprocedureOID, types.RegoperOID, types.RegtypeOID, types.RegnamespaceOID, types.RegroleOID:
		return true
	}
	return false
}

// dependsOnNow tells texts of dates and times that mean another moment each time they are read.
func dependsOnNow(oid types.OID, text string) bool {
	if e := types.ElemOf(oid); e != 0 {
		oid = e
	}
	if category(oid) != 'D' {
		return false
	}
	text = strings.ToLower(text)
	for _, w := range []string{"now", "today", "tomorrow", "yesterday"} {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// position is where s stands, or pos when that is not known.
func (b *binder) position(s bound.Scalar, pos ast.Pos) ast.Pos {
	if p, ok := b.pos[s]; ok && p >= 0 {
		return p
	}
	return pos
}

// mustCoerce is coerce where resolution has already found the conversion to exist.
func (b *binder) mustCoerce(s bound.Scalar, oid types.OID, pos ast.Pos) (bound.Scalar, error) {
	c, err := b.coerce(s, types.T(oid), types.CastImplicit, pos)
	if err == nil && c == nil {
		err = cannotCast(s.Type(), types.T(oid)).At(int(pos))
	}
	return c, err
}

// explicitCast is x::t.
func (b *binder) explicitCast(s bound.Scalar, t types.Type, pos ast.Pos) (bound.Scalar, error) {
	c, err := b.coerce(s, t, types.CastExplicit, pos)
	if err == nil && c == nil {
		err = cannotCast(s.Type(), t).At(int(pos))
	}
	return c, err
}

func cannotCast(from, to types.Type) *pgerr.Error {
	return pgerr.New(pgerrcode.CannotCoerce, "cannot cast type %s to %s", typeName(from), typeName(to))
}

// assign converts a value for a column (INSERT, UPDATE).
func (b *binder) assign(s bound.Scalar, t types.Type, column string, pos ast.Pos) (bound.Scalar, error) {
	pos = b.position(s, pos)
	c, err := b.coerce(s, t, types.CastAssignment, pos)
	if err == nil && c == nil {
		err = pgerr.New(pgerrcode.DatatypeMismatch, "column \"%s\" is of type %s but expression is of type %s", column, typeName(t), typeName(s.Type())).
			WithHint("You will need to rewrite or cast the expression.").At(int(pos))
	}
	return c, err
}

// boolean converts the argument of a construct that wants a truth value.
func (b *binder) boolean(s bound.Scalar, construct string, pos ast.Pos) (bound.Scalar, error) {
	return b.specific(s, types.BoolOID, construct, pos)
}

// specific converts the argument of a construct that wants one type.
func (b *binder) specific(s bound.Scalar, oid types.OID, construct string, pos ast.Pos) (bound.Scalar, error) {
	c, err := b.coerce(s, types.T(oid), types.CastAssignment, pos)
	if err == nil && c == nil {
		err = pgerr.New(pgerrcode.DatatypeMismatch, "argument of %s must be type %s, not type %s", construct, typeName(types.T(oid)), typeName(s.Type())).
			At(int(b.position(s, pos)))
	}
	return c, err
}

// textIfUnknown gives what nothing gave a type the type text.
func (b *binder) textIfUnknown(s bound.Scalar) (bound.Scalar, error) {
	if s.Type().OID != types.UnknownOID {
		return s, nil
	}
	return b.coerce(s, types.T(types.TextOID), types.CastImplicit, ast.NoPos)
}

// operand is an expression with where it stands.
type operand struct {
	s   bound.Scalar
	pos ast.Pos
}

// commonType is Postgres' select_common_type: the type for the arms of CASE, the elements of an array, the columns of a UNION. Construct names
// the place in errors; "" gives false instead of an error.
func (b *binder) commonType(construct string, args []operand) (types.OID, bool, error) {
	best := types.UnknownOID
	for _, a := range args {
		t := a.s.Type().OID
		switch {
		case t == types.UnknownOID || t == best:
		case best == types.UnknownOID:
			best = t
		case category(t) != category(best):
			if construct == "" {
				return 0, false, nil
			}
			return 0, false, pgerr.New(pgerrcode.DatatypeMismatch, "%s types %s and %s cannot be matched", construct, typeName(types.T(best)), typeName(types.T(t))).
				At(int(b.position(a.s, a.pos)))
		case !preferred(best) && implicit(best, t) && !implicit(t, best):
			best = t
		}
	}
	if best == types.UnknownOID {
		best = types.TextOID
	}
	if construct == "" {
		for _, a := range args {
			if t := a.s.Type().OID; t != best && t != types.UnknownOID && !implicit(t, best) {
				return 0, false, nil
			}
		}
	}
	return best, true, nil
}

// implicit tells whether from converts to to where no cast is written.
func implicit(from, to types.OID) bool {
	if from == to {
		return true
	}
	c, ok := types.FindCast(from, to)
	return ok && c.Context == types.CastImplicit
}

// toCommon converts one operand to the common type.
func (b *binder) toCommon(construct string, a operand, t types.Type) (bound.Scalar, error) {
	c, err := b.coerce(a.s, types.T(t.OID), types.CastImplicit, a.pos)
	if err == nil && c == nil {
		err = pgerr.New(pgerrcode.CannotCoerce, "%s could not convert type %s to %s", construct, typeName(a.s.Type()), typeName(t)).
			At(int(b.position(a.s, a.pos)))
	}
	if err != nil {
		return nil, err
	}
	return withTypmod(c, t, types.CastImplicit), nil
}

// unify gives all operands their common type, with a modifier when they share one.
func (b *binder) unify(construct string, args []operand) ([]bound.Scalar, types.Type, error) {
	oid, _, err := b.commonType(construct, args)
	if err != nil {
		return nil, types.Type{}, err
	}
	t := types.Type{OID: oid, Mod: commonTypmod(oid, args)}
	out := make([]bound.Scalar, len(args))
	for i, a := range args {
		if out[i], err = b.toCommon(construct, a, t); err != nil {
			return nil, types.Type{}, err
		}
	}
	return out, t, nil
}

// commonTypmod is the modifier that all operands of the type share, else -1.
func commonTypmod(oid types.OID, args []operand) int32 {
	mod := int32(-1)
	for i, a := range args {
		t := a.s.Type()
		if t.OID != oid || i > 0 && t.Mod != mod {
			return -1
		}
		mod = t.Mod
	}
	return mod
}
