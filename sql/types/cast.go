package types

import (
	"sync"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// Cast is a row of pg_cast, or one of the conversions that Postgres makes up (through the text form, element-wise over arrays).
type Cast struct {
	From, To OID
	Context  CastContext
	Method   byte // 'f' function, 'b' binary coercible, 'i' through the text form
	// Func converts a value that is not NULL and applies to's modifier; explicit tells a CAST from an assignment.
	// It is never nil.
	Func func(env *Env, d Datum, to Type, explicit bool) (Datum, error)
}

type castKey struct{ from, to OID }

// castFunc converts a value that is not NULL, before the modifier.
type castFunc func(env *Env, d Datum) (Datum, error)

// castMatrix holds the rows of pg_cast; it is filled before main.
var castMatrix = map[castKey]*Cast{}

// madeCasts keeps the casts that were made up, by castKey.
var madeCasts sync.Map

// Casts are the rows of pg_cast, in no order: what was not made up.
func Casts() []*Cast {
	list := make([]*Cast, 0, len(castMatrix))
	for _, c := range castMatrix {
		list = append(list, c)
	}
	return list
}

// addCast adds a row whose function does not care for the modifier.
func addCast(from, to OID, context CastContext, f castFunc) {
	castMatrix[castKey{from, to}] = &Cast{
		From: from, To: to, Context: context, Method: 'f',
		Func: func(env *Env, d Datum, to Type, explicit bool) (Datum, error) {
			v, err := f(orZero(env), d)
			if err != nil {
				return Datum{}, err
			}
			return ApplyTypmod(to, v, explicit)
		},
	}
}

// addRelabel adds a row whose types have the same values.
func addRelabel(from, to OID, context CastContext) {
	castMatrix[castKey{from, to}] = &Cast{From: from, To: to, Context: context, Method: 'b', Func: relabel}
}

func relabel(_ *Env, d Datum, to Type, explicit bool) (Datum, error) {
	return ApplyTypmod(to, d, explicit)
}

// addThroughText adds a row that goes through the text form.
func addThroughText(from, to OID, context CastContext) {
	castMatrix[castKey{from, to}] = throughText(from, to, context)
}

// throughText prints and parses. Strings are cut to a modifier as an explicit cast does it; other types' input functions decide.
func throughText(from, to OID, context CastContext) *Cast {
	toString := isString(to)
	return &Cast{From: from, To: to, Context: context, Method: 'i',
		Func: func(env *Env, d Datum, target Type, explicit bool) (Datum, error) {
			text := FormatText(env, from, d)
			if from == BpcharOID {
				text = TrimBlanks(text)
			}
			if !toString {
				return ParseText(env, target, text)
			}
			v, err := ParseText(env, T(to), text)
			if err != nil {
				return Datum{}, err
			}
			return ApplyTypmod(target, v, explicit)
		},
	}
}

func isString(oid OID) bool {
	info, ok := Lookup(oid)
	return ok && info.Category == 'S'
}

// FindCast finds the conversion between two types: a row of pg_cast, the same type (which applies a modifier), elements of arrays, and
// Postgres' automatic conversions to strings (in assignments) and from strings (explicit). Unknown literals convert to anything by
// its input function. Pseudo-types such as anyelement are the binder's affair.
func FindCast(from, to OID) (*Cast, bool) {
	key := castKey{from, to}
	if c, ok := castMatrix[key]; ok {
		return c, true
	}
	if c, ok := madeCasts.Load(key); ok {
		return c.(*Cast), true
	}
	c := makeCast(from, to)
	if c == nil {
		return nil, false
	}
	madeCasts.Store(key, c)
	return c, true
}

func makeCast(from, to OID) *Cast {
	source, ok := Lookup(from)
	target, ok2 := Lookup(to)
	if !ok || !ok2 {
		return nil
	}
	switch {
	case from == to:
		return &Cast{From: from, To: to, Context: CastImplicit, Method: 'b', Func: relabel}
	case from == UnknownOID && codecOf(to) != nil && codecOf(to).parse != nil && target.Kind != 'p':
		return throughText(from, to, CastImplicit)
	case ElemOf(from) != 0 && target.IsArray():
		if elem, ok := FindCast(ElemOf(from), target.Elem); ok {
			return arrayCast(from, to, elem)
		}
		return nil
	case target.Category == 'S' && (source.Kind != 'p' || from == RecordOID):
		return throughText(from, to, CastAssignment)
	case source.Category == 'S' && target.Kind != 'p':
		return throughText(from, to, CastExplicit)
	}
	return nil
}

func arrayCast(from, to OID, elem *Cast) *Cast {
	return &Cast{From: from, To: to, Context: elem.Context, Method: elem.Method,
		Func: func(env *Env, d Datum, to Type, explicit bool) (Datum, error) {
			elemType := Type{elem.To, to.Mod}
			return mapArray(d.Array(), elem.To, func(e Datum) (Datum, error) { return elem.Func(env, e, elemType, explicit) })
		},
	}
}

// CastDatum converts a value and applies to's modifier. NULL stays NULL. It does not ask whether the context allows the cast.
// Errors: 42846 when there is no cast, and whatever the conversion says of the value.
func CastDatum(env *Env, from, to Type, d Datum, explicit bool) (Datum, error) {
	if d.null {
		return d, nil
	}
	if from.OID == to.OID {
		if from.Mod == to.Mod {
			return d, nil
		}
		return ApplyTypmod(to, d, explicit)
	}
	c, ok := FindCast(from.OID, to.OID)
	if !ok {
		return Datum{}, pgerr.New(pgerrcode.CannotCoerce, "cannot cast type %s to %s", TypeName(from.OID), TypeName(to.OID))
	}
	return c.Func(env, d, to, explicit)
}
