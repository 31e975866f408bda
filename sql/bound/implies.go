package bound

import (
	"vecgres/sql/types"
)

// armsMax is the longest list of values that Implies looks into, Postgres' own bound.
const armsMax = 100

// Implies tells whether every row for which all of given are true makes pred true as well: a part of Postgres' predicate_implied_by. It knows
// equal expressions, AND and OR, lists of constants, comparisons with constants, booleans in their several forms, and that a strict expression
// that is true has no NULL operand. False means "not proved". A nil pred is always true.
func Implies(given []Scalar, pred Scalar) bool {
	switch p := pred.(type) {
	case nil:
		return true
	case *And:
		for _, a := range p.Args {
			if !Implies(given, a) {
				return false
			}
		}
		return true
	}
	for _, g := range given {
		if clauseImplies(g, pred) {
			return true
		}
	}
	for _, arm := range arms(pred) {
		if Implies(given, arm) {
			return true
		}
	}
	return false
}

// clauseImplies tells whether one condition implies another.
func clauseImplies(given, pred Scalar) bool {
	if Equal(given, pred) {
		return true
	}
	if and, ok := given.(*And); ok {
		return Implies(and.Args, pred)
	}
	if list := arms(given); list != nil {
		for _, arm := range list {
			if !Implies([]Scalar{arm}, pred) {
				return false
			}
		}
		return true
	}
	if t, ok := pred.(*NullTest); ok && t.Not && t.X.Type().OID != types.RecordOID {
		return truthNeeds(given, t.X)
	}
	if g, ok := comparisonOf(given); ok {
		if p, ok := comparisonOf(pred); ok && g.implies(&p) {
			return true
		}
	}
	gx, gTrue := truth(given)
	px, pTrue := truth(pred)
	return gTrue == pTrue && Equal(gx, px)
}

// arms are the alternatives of an OR, or of a list of constants as equalities; nil for what is no alternative, or too long a list.
func arms(e Scalar) []Scalar {
	equal := func(x, v Scalar, call Call) Scalar {
		call.Op, call.Args, call.Typ = "=", []Scalar{x, v}, types.T(types.BoolOID)
		return &call
	}
	switch e := e.(type) {
	case *Or:
		if len(e.Args) <= armsMax {
			return e.Args
		}
	case *InList:
		if len(e.List) > armsMax {
			return nil
		}
		var out []Scalar
		for _, v := range e.List {
			out = append(out, equal(e.X, v, Call{Fn: e.Eq}))
		}
		return out
	case *AnyAll:
		c, ok := e.Array.(*Const)
		if !ok || e.All || e.Op != "=" || c.Value.IsNull() || len(c.Value.Array().Elems) > armsMax {
			return nil
		}
		var out []Scalar
		for _, v := range c.Value.Array().Elems {
			if !v.IsNull() { // x = NULL is never true
				out = append(out, equal(e.X, &Const{Value: v, Typ: types.T(types.ElemOf(c.Typ.OID))}, Call{Fn: e.Fn}))
			}
		}
		return out
	}
	return nil
}

// truth is what a condition that holds says of a boolean: that x is true, or that it is false.
func truth(e Scalar) (x Scalar, isTrue bool) {
	if t, ok := e.(*BoolTest); ok && !t.Not && t.Value != 'u' {
		x, isTrue = polarity(t.X)
		return x, isTrue == (t.Value == 't')
	}
	return polarity(e)
}

// polarity looks through what keeps a boolean or negates it, NULL staying NULL.
func polarity(e Scalar) (x Scalar, same bool) {
	switch e := e.(type) {
	case *Not:
		x, same = polarity(e.X)
		return x, !same
	case *Call:
		if c, ok := comparisonOf(e); ok && c.op == "=" && c.value.Typ.OID == types.BoolOID {
			x, same = polarity(c.x)
			return x, same == c.value.Value.Bool()
		}
	}
	return e, true
}

// truthNeeds tells whether e can only be true when x is not NULL.
func truthNeeds(e, x Scalar) bool {
	if Equal(e, x) {
		return true
	}
	switch e := e.(type) {
	case *Not:
		return strict(e.X, x)
	case *NullTest:
		return e.Not && e.X.Type().OID != types.RecordOID && strict(e.X, x)
	case *BoolTest:
		return !e.Not && e.Value != 'u' && strict(e.X, x)
	case *InList:
		return strict(e.X, x)
	case *AnyAll:
		return !e.All && e.Fn != nil && e.Fn.Strict && strict(e.X, x)
	}
	return strict(e, x)
}

// strict tells whether e is NULL whenever x is.
func strict(e, x Scalar) bool {
	if Equal(e, x) {
		return true
	}
	switch e := e.(type) {
	case *Not:
		return strict(e.X, x)
	case *Cast:
		return strict(e.X, x)
	case *Call:
		if e.Fn == nil || !e.Fn.Strict || e.ArrayVariadic {
			return false
		}
		for _, a := range e.Args {
			if strict(a, x) {
				return true
			}
		}
	case *InList:
		return strict(e.X, x)
	}
	return false
}

// comparison is x op value, with a constant that is not NULL.
type comparison struct {
	x     Scalar
	op    string
	value *Const
}

var mirrorOps = map[string]string{"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

// comparisonOf recognizes a comparison with a constant within one family of types whose operators order as types.Compare does.
func comparisonOf(e Scalar) (comparison, bool) {
	call, ok := e.(*Call)
	if !ok || len(call.Args) != 2 || mirrorOps[call.Op] == "" {
		return comparison{}, false
	}
	c := comparison{x: call.Args[0], op: call.Op}
	if c.value, ok = call.Args[1].(*Const); !ok {
		if c.value, ok = call.Args[0].(*Const); !ok {
			return comparison{}, false
		}
		c.x, c.op = call.Args[1], mirrorOps[call.Op]
	}
	oid := c.value.Typ.OID
	return c, !c.value.Value.IsNull() && types.Orderable(oid) && family(oid) == family(c.x.Type().OID)
}

// family is the type whose order the operators of a type's family share.
func family(oid types.OID) types.OID {
	switch oid {
	case types.Int2OID, types.Int4OID:
		return types.Int8OID
	case types.VarcharOID, types.NameOID:
		return types.TextOID
	}
	return oid
}

// implies tells whether x op value implies another comparison of the same x.
func (c *comparison) implies(o *comparison) bool {
	oid := family(c.value.Typ.OID)
	if oid != family(o.value.Typ.OID) || !Equal(c.x, o.x) {
		return false
	}
	order := types.Compare(oid, c.value.Value, o.value.Value) // of the known bound to the wanted one
	switch c.op + " " + o.op {
	case "= =", "<> <>":
		return order == 0
	case "= <>":
		return order != 0
	case "= <", "<= <", "<= <>":
		return order < 0
	case "= <=", "< <", "< <=", "<= <=", "< <>":
		return order <= 0
	case "= >", ">= >", ">= <>":
		return order > 0
	case "= >=", "> >", "> >=", ">= >=", "> <>":
		return order >= 0
	}
	return false
}
