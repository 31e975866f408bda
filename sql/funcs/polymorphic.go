package funcs

import (
	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

func isPolymorphic(t types.OID) bool {
	switch t {
	case types.AnyElementOID, types.AnyArrayOID, types.AnyNonArrayOID,
		types.AnyCompatibleOID, types.AnyCompatibleArrayOID, types.AnyCompatibleNonArrayOID:
		return true
	}
	return false
}

// polymorphic holds what the polymorphic parameters of one call stand for. Zero means not told; UnknownOID means that only untyped arguments came.
type polymorphic struct {
	elem, compatible types.OID
	array            types.OID // an anyarray argument's own type, when its element's array type is another (int2vector)
}

// bind fixes the types from the arguments; false when they contradict each other.
func (p *polymorphic) bind(declared, given []types.OID) bool {
	var common []types.OID
	for i, d := range declared {
		g := given[i]
		if !isPolymorphic(d) {
			continue
		}
		if g == types.UnknownOID {
			p.sawUnknown(d)
			continue
		}
		switch d {
		case types.AnyElementOID, types.AnyNonArrayOID:
			if d == types.AnyNonArrayOID && elementOf(g) != 0 || !p.setElem(g) {
				return false
			}
		case types.AnyArrayOID:
			e := elementOf(g)
			if e == 0 || !p.setElem(e) {
				return false
			}
			p.array = g
		case types.AnyCompatibleArrayOID:
			e := elementOf(g)
			if e == 0 {
				return false
			}
			common = append(common, e)
		default:
			if d == types.AnyCompatibleNonArrayOID && elementOf(g) != 0 {
				return false
			}
			common = append(common, g)
		}
	}
	return p.setCompatible(common)
}

func (p *polymorphic) sawUnknown(declared types.OID) {
	switch declared {
	case types.AnyElementOID, types.AnyNonArrayOID, types.AnyArrayOID:
		if p.elem == 0 {
			p.elem = types.UnknownOID
		}
	default:
		if p.compatible == 0 {
			p.compatible = types.UnknownOID
		}
	}
}

func (p *polymorphic) setElem(t types.OID) bool {
	if p.elem != 0 && p.elem != types.UnknownOID && p.elem != t {
		return false
	}
	p.elem = t
	return true
}

func (p *polymorphic) setCompatible(common []types.OID) bool {
	if len(common) == 0 {
		return true
	}
	t, ok := CommonType(common)
	if ok {
		p.compatible = t
	}
	return ok
}

// argument is the type that an argument is cast to for its declared type.
func (p *polymorphic) argument(declared, given types.OID) (types.OID, error) {
	switch {
	case declared == types.AnyOID:
		return given, nil
	case declared == types.AnyArrayOID && given != types.UnknownOID:
		return given, nil
	case isPolymorphic(declared):
		return p.resolve(declared)
	}
	return declared, nil
}

// resolve replaces a pseudo-type by what it stands for in this call.
func (p *polymorphic) resolve(declared types.OID) (types.OID, error) {
	switch declared {
	case types.AnyElementOID, types.AnyNonArrayOID:
		if p.elem == types.UnknownOID || p.elem == 0 {
			return 0, undetermined()
		}
		return p.elem, nil
	case types.AnyArrayOID:
		if p.array != 0 && arrayOf(p.elem) == 0 {
			return p.array, nil
		}
		if p.elem == types.UnknownOID || p.elem == 0 {
			return 0, undetermined()
		}
		return arrayTypeOf(p.elem)
	case types.AnyCompatibleOID, types.AnyCompatibleNonArrayOID:
		return p.compatibleOrText(), nil
	case types.AnyCompatibleArrayOID:
		return arrayTypeOf(p.compatibleOrText())
	}
	return declared, nil
}

func (p *polymorphic) compatibleOrText() types.OID {
	if p.compatible == types.UnknownOID || p.compatible == 0 {
		return types.TextOID
	}
	return p.compatible
}

func undetermined() error {
	return pgerr.New(pgerrcode.DatatypeMismatch, "could not determine polymorphic type because input has type unknown")
}

func arrayTypeOf(elem types.OID) (types.OID, error) {
	if a := arrayOf(elem); a != 0 {
		return a, nil
	}
	return 0, pgerr.New(pgerrcode.UndefinedObject, "could not find array type for data type %s", typeName(elem))
}

// CommonType is Postgres' select_common_type for CASE, COALESCE, GREATEST, ARRAY, VALUES and UNION: the type all the others cast to implicitly, preferred types
// first; text when all are unknown. False when there is none.
func CommonType(in []types.OID) (types.OID, bool) {
	best := types.UnknownOID
	for _, t := range in {
		switch {
		case t == types.UnknownOID || t == best:
		case best == types.UnknownOID:
			best = t
		case category(t) != category(best):
			return 0, false
		case !isPreferred(best) && implicitCast(best, t) && !implicitCast(t, best):
			best = t
		}
	}
	if best == types.UnknownOID {
		return types.TextOID, true
	}
	for _, t := range in {
		if t != best && t != types.UnknownOID && !implicitCast(t, best) {
			return 0, false
		}
	}
	return best, true
}
