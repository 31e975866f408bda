package types

import (
	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// codec is what a type can do with its values. One codec serves all types that lie in a Datum alike; functions that must
// tell them apart get the type.
type codec struct {
	parse  func(env *Env, t Type, s string) (Datum, error) // without typmod
	format func(env *Env, dst []byte, oid OID, d Datum) []byte
	decode func(env *Env, t Type, b []byte) (Datum, error) // without typmod
	// decodeOver, when not nil, decodes a value without a type modifier into the memory of an old one.
	decodeOver func(t Type, b []byte, old Datum) (Datum, error)
	encode     func(dst []byte, oid OID, d Datum) ([]byte, error)
	typmod     func(t Type, d Datum, explicit bool) (Datum, error) // nil: the type has no modifier

	compare func(oid OID, a, b Datum) int                      // nil: the type has no order
	key     func(dst []byte, oid OID, d Datum) ([]byte, error) // ascending, self-delimiting

}

func codecOf(oid OID) *codec {
	if c := codecs.get(oid); c != nil {
		return c
	}
	return nil
}

// ParseText is the type's input function followed by its type modifier. Errors carry Postgres' codes and texts.
// A nil env means the zero Env.
func ParseText(env *Env, t Type, s string) (Datum, error) {
	c := codecOf(t.OID)
	if c == nil || c.parse == nil {
		return Datum{}, noFunction(t.OID, "input")
	}
	d, err := c.parse(orZero(env), t, s)
	if err != nil || t.Mod < 0 || c.typmod == nil {
		return d, err
	}
	return c.typmod(t, d, false)
}

// AppendText is the type's output function. It is not called with NULL.
func AppendText(env *Env, dst []byte, oid OID, d Datum) []byte {
	c := codecOf(oid)
	if c == nil || c.format == nil {
		return append(dst, d.S...)
	}
	return c.format(orZero(env), dst, oid, d)
}

// FormatText is AppendText into a string.
func FormatText(env *Env, oid OID, d Datum) string {
	if isPlainText(oid) {
		return d.S
	}
	return string(AppendText(env, nil, oid, d))
}

// DecodeBinary is the type's receive function followed by its type modifier. b is not kept.
func DecodeBinary(env *Env, t Type, b []byte) (Datum, error) {
	c := codecOf(t.OID)
	if c == nil || c.decode == nil {
		return Datum{}, noFunction(t.OID, "binary input")
	}
	d, err := c.decode(orZero(env), t, b)
	if err != nil || t.Mod < 0 || c.typmod == nil {
		return d, err
	}
	return c.typmod(t, d, false)
}

// DecodeBinaryOver is DecodeBinary, which may put the value into the memory of old, a value that nobody uses any more: a vector is decoded
// over one of as many elements, and nothing is allocated.
func DecodeBinaryOver(env *Env, t Type, b []byte, old Datum) (Datum, error) {
	if c := codecOf(t.OID); c != nil && c.decodeOver != nil && t.Mod < 0 {
		return c.decodeOver(t, b, old)
	}
	return DecodeBinary(env, t, b)
}

// AppendBinary is the type's send function. It is not called with NULL.
func AppendBinary(dst []byte, oid OID, d Datum) ([]byte, error) {
	c := codecOf(oid)
	if c == nil || c.encode == nil {
		return dst, noFunction(oid, "binary output")
	}
	return c.encode(dst, oid, d)
}

// ApplyTypmod coerces a value of t's type to t's modifier, as a cast (explicit) or an assignment does it. NULL stays NULL.
func ApplyTypmod(t Type, d Datum, explicit bool) (Datum, error) {
	if t.Mod < 0 || d.null {
		return d, nil
	}
	c := codecOf(t.OID)
	if c == nil || c.typmod == nil {
		return d, nil
	}
	return c.typmod(t, d, explicit)
}

var zeroEnv = &Env{}

func orZero(env *Env) *Env {
	if env == nil {
		return zeroEnv
	}
	return env
}

func noFunction(oid OID, what string) error {
	info, ok := Lookup(oid)
	if !ok {
		return pgerr.New(pgerrcode.UndefinedObject, "type with OID %d does not exist", oid)
	}
	if info.Kind == 'p' {
		return pgerr.New(pgerrcode.FeatureNotSupported, "cannot accept a value of type %s", info.Name)
	}
	return pgerr.New(pgerrcode.UndefinedFunction, "no %s function available for type %s", what, info.Name)
}

// syntaxError is 22P02 as every input function words it.
func syntaxError(typeName, s string) *pgerr.Error {
	return pgerr.New(pgerrcode.InvalidTextRepresentation, "invalid input syntax for type %s: \"%s\"", typeName, s)
}

// outOfRange is 22003 as the numeric input functions word it.
func outOfRange(s, typeName string) *pgerr.Error {
	return pgerr.New(pgerrcode.NumericValueOutOfRange, "value \"%s\" is out of range for type %s", s, typeName)
}
