package funcs

import "vecgres/sql/types"

const categoryString byte = 'S'

func category(t types.OID) byte {
	if info, ok := types.Lookup(t); ok {
		return info.Category
	}
	return 0
}

func isPreferred(t types.OID) bool {
	info, ok := types.Lookup(t)
	return ok && info.Preferred
}

// elementOf is an array type's element type, 0 for other types.
func elementOf(t types.OID) types.OID { return types.ElemOf(t) }

// arrayOf is the type of arrays of t, 0 when there is none.
func arrayOf(t types.OID) types.OID { return types.ArrayTypeOf(t) }

func typeName(t types.OID) string { return types.TypeName(t) }

// implicitCast tells whether from casts to to where no cast is written.
func implicitCast(from, to types.OID) bool {
	if from == to {
		return true
	}
	c, ok := types.FindCast(from, to)
	return ok && c.Context == types.CastImplicit
}
