package binder

import (
	"strconv"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/ast"
	"vecgres/sql/pgerr"
	"vecgres/sql/types"
)

// intervalFullRange is the field mask of an interval with a precision and no fields, as the grammar gives it.
const intervalFullRange = 0x7FFF

// infoSchemaDomains are what the domains of information_schema stand on.
var infoSchemaDomains = map[string]types.Type{
	"sql_identifier":  types.T(types.NameOID),
	"cardinal_number": types.T(types.Int4OID),
	"character_data":  types.T(types.VarcharOID),
	"yes_or_no":       {OID: types.VarcharOID, Mod: 3 + 4},
	"time_stamp":      {OID: types.TimestamptzOID, Mod: 2},
}

// unsupportedTypes are Postgres' types that are not there.
var unsupportedTypes = map[string]bool{
	"jsonpath": true, "tsvector": true, "tsquery": true, "xml": true, "money": true, "refcursor": true, "txid_snapshot": true, "pg_snapshot": true,
	"point": true, "line": true, "lseg": true, "box": true, "path": true, "polygon": true, "circle": true,
	"inet": true, "cidr": true, "macaddr": true, "macaddr8": true, "bit": true, "varbit": true,
	"int4range": true, "int8range": true, "numrange": true, "tsrange": true, "tstzrange": true, "daterange": true,
	"int4multirange": true, "int8multirange": true, "nummultirange": true, "tsmultirange": true, "tstzmultirange": true, "datemultirange": true,
}

func (b *binder) resolveType(tn ast.TypeName) (types.Type, error) {
	if tn.SetOf {
		return types.Type{}, pgerr.New(pgerrcode.InvalidTableDefinition, "type \"%s\" cannot be declared SETOF", tn.Name.Last()).At(int(tn.Pos))
	}
	t, err := b.namedType(tn)
	if err != nil {
		return types.Type{}, err
	}
	if len(tn.Mods) > 0 || tn.IntervalFields != 0 {
		if t.Mod, err = typmod(t.OID, tn); err != nil {
			return types.Type{}, err
		}
	}
	if tn.Array > 0 && types.ElemOf(t.OID) == 0 {
		array := types.ArrayTypeOf(t.OID)
		if array == 0 {
			return types.Type{}, pgerr.New(pgerrcode.UndefinedObject, "type \"%s[]\" does not exist", tn.Name.Last()).At(int(tn.Pos))
		}
		t.OID = array
	}
	return t, nil
}

// namedType finds the type without its modifiers.
func (b *binder) namedType(tn ast.TypeName) (types.Type, error) {
	name, schema := tn.Name.Last(), tn.Name.Schema()
	undefined := func() error {
		full := name
		if schema != "" {
			full = schema + "." + name
		}
		return pgerr.New(pgerrcode.UndefinedObject, "type \"%s\" does not exist", full).At(int(tn.Pos))
	}
	switch schema {
	case "", "pg_catalog":
	case "information_schema":
		if t, ok := infoSchemaDomains[name]; ok {
			return t, nil
		}
		return types.Type{}, undefined()
	default:
		ns, err := b.o.Catalog.NamespaceByPath(schema)
		if err != nil {
			return types.Type{}, err
		}
		if ns == nil {
			return types.Type{}, pgerr.New(pgerrcode.InvalidSchemaName, "schema \"%s\" does not exist", schema).At(int(tn.Pos))
		}
		// Extensions' types are one for all schemas.
		if info, ok := types.ByName(name); !ok || info.OID < types.VectorOID {
			return types.Type{}, undefined()
		}
	}
	info, ok := types.ByName(name)
	if !ok && unsupportedTypes[name] {
		return types.Type{}, pgerr.Unimplemented("type " + name).At(int(tn.Pos))
	}
	if !ok {
		return types.Type{}, undefined()
	}
	return types.T(info.OID), nil
}

// typmod evaluates a type's modifiers.
func typmod(oid types.OID, tn ast.TypeName) (int32, error) {
	var mods []int32
	if oid == types.IntervalOID {
		mask := tn.IntervalFields
		if mask == 0 {
			mask = intervalFullRange
		}
		mods = append(mods, mask)
	}
	for _, e := range tn.Mods {
		m, err := typmodConstant(e, tn)
		if err != nil {
			return 0, err
		}
		mods = append(mods, m)
	}
	mod, err := types.TypmodIn(oid, mods)
	if err != nil {
		return 0, at(err, tn.Pos)
	}
	return mod, nil
}

// typmodConstant is a modifier that is an integer, or text of one.
func typmodConstant(e ast.Expr, tn ast.TypeName) (int32, error) {
	invalid := pgerr.New(pgerrcode.SyntaxError, "type modifiers must be simple constants or identifiers").At(int(tn.Pos))
	neg := false
	if op, ok := e.(*ast.OpExpr); ok && op.Op == "-" && op.Left == nil {
		neg, e = true, op.Right
	}
	c, ok := e.(*ast.Const)
	if !ok {
		return 0, invalid
	}
	switch c.Kind {
	case ast.ConstInt:
		if neg {
			return int32(-c.Int), nil
		}
		return int32(c.Int), nil
	case ast.ConstNumber, ast.ConstString:
		n, err := strconv.ParseInt(c.Text, 10, 32)
		if err != nil {
			return 0, pgerr.New(pgerrcode.InvalidTextRepresentation, "invalid input syntax for type integer: \"%s\"", c.Text).At(int(tn.Pos))
		}
		return int32(n), nil
	}
	return 0, invalid
}

// at gives err a position if it has none.
func at(err error, pos ast.Pos) error {
	if err == nil {
		return nil
	}
	return pgerr.From(err).At(int(pos))
}

// typeName is a type as errors name it: without its modifier.
func typeName(t types.Type) string { return types.TypeName(t.OID) }

func category(oid types.OID) byte {
	if info, ok := types.Lookup(oid); ok {
		return info.Category
	}
	return 0
}

func preferred(oid types.OID) bool {
	info, ok := types.Lookup(oid)
	return ok && info.Preferred
}
