package types

import (
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// regCodec is a reg* type: an OID that is written as the name of a catalog object.
var regCodec = &codec{
	parse: func(env *Env, t Type, s string) (Datum, error) {
		if s == "-" {
			return Datum{}, nil
		}
		if s != "" && strings.Trim(s, "0123456789") == "" {
			v, err := parseUnsigned(s, "oid", 4)
			return Datum{N: v}, err
		}
		oid, err := resolveReg(env, t.OID, s)
		return Datum{N: int64(oid)}, err
	},
	format: func(env *Env, dst []byte, oid OID, d Datum) []byte {
		if d.N == 0 {
			return append(dst, '-')
		}
		if env.Resolver != nil {
			if name, ok := env.Resolver.RegName(oid, uint32(d.N)); ok {
				return append(dst, name...)
			}
		}
		if _, ok := Lookup(OID(d.N)); ok && oid == RegtypeOID {
			return append(dst, TypeName(OID(d.N))...)
		}
		return strconv.AppendInt(dst, d.N, 10)
	},
	decode:  unsignedCodec("oid", 4).decode,
	encode:  unsignedCodec("oid", 4).encode,
	compare: compareUint,
	key:     keyN,
}

func resolveReg(env *Env, typ OID, name string) (uint32, error) {
	if env.Resolver != nil {
		return env.Resolver.RegOID(typ, name)
	}
	if typ == RegtypeOID {
		if info, ok := ByName(strings.ToLower(strings.TrimSpace(name))); ok {
			return uint32(info.OID), nil
		}
	}
	return 0, UndefinedReg(typ, name)
}

// UndefinedReg is the error of a reg* type's input function for a name that no object has.
func UndefinedReg(typ OID, name string) error {
	switch typ {
	case RegclassOID:
		return pgerr.New(pgerrcode.UndefinedTable, "relation \"%s\" does not exist", name)
	case RegtypeOID:
		return pgerr.New(pgerrcode.UndefinedObject, "type \"%s\" does not exist", name)
	case RegnamespaceOID:
		return pgerr.New(pgerrcode.InvalidSchemaName, "schema \"%s\" does not exist", name)
	case RegroleOID:
		return pgerr.New(pgerrcode.UndefinedObject, "role \"%s\" does not exist", name)
	case RegoperOID, RegoperatorOID:
		return pgerr.New(pgerrcode.UndefinedFunction, "operator does not exist: %s", name)
	case RegconfigOID:
		return pgerr.New(pgerrcode.UndefinedObject, "text search configuration \"%s\" does not exist", name)
	}
	return pgerr.New(pgerrcode.UndefinedFunction, "function \"%s\" does not exist", name)
}
