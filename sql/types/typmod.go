package types

import (
	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

const (
	modHeader     = 4        // Postgres adds the size of a length word to the modifiers of varchar, char and numeric
	charLengthMax = 10485760 // of varchar(n) and char(n)

	numericPrecisionMax = 1000
	numericScaleMin     = -1000
	numericScaleMax     = 1000

	timePrecisionMax = 6

	vectorDimsMax    = 16000
	sparsevecDimsMax = 1000000000
)

// TypmodIn is the type's typmodin function: it turns the numbers in parentheses after a type's name into a modifier. An array
// type takes its element's. For an interval the first number is the mask of fields, as the grammar makes it.
// Errors: 22023 for bad numbers, 42601 for a type without modifier.
func TypmodIn(oid OID, mods []int32) (int32, error) {
	if info, ok := Lookup(oid); ok && info.IsArray() {
		oid = info.Elem
	}
	switch oid {
	case VarcharOID:
		n, err := lengthMod(mods, "varchar", charLengthMax)
		return n + modHeader, err
	case BpcharOID:
		n, err := lengthMod(mods, "char", charLengthMax)
		return n + modHeader, err
	case BitOID:
		return lengthMod(mods, "bit", charLengthMax*8)
	case VarbitOID:
		return lengthMod(mods, "varbit", charLengthMax*8)
	case NumericOID:
		return numericModIn(mods)
	case TimeOID:
		return precisionMod(mods, "TIME", "")
	case TimetzOID:
		return precisionMod(mods, "TIME", " WITH TIME ZONE")
	case TimestampOID:
		return precisionMod(mods, "TIMESTAMP", "")
	case TimestamptzOID:
		return precisionMod(mods, "TIMESTAMP", " WITH TIME ZONE")
	case IntervalOID:
		return intervalModIn(mods)
	case VectorOID, HalfvecOID:
		return dimsMod(mods, TypeName(oid), vectorDimsMax)
	case SparsevecOID:
		return dimsMod(mods, "sparsevec", sparsevecDimsMax)
	}
	return -1, pgerr.New(pgerrcode.SyntaxError, "type modifier is not allowed for type \"%s\"", typnameOf(oid))
}

func typnameOf(oid OID) string {
	if info, ok := Lookup(oid); ok {
		return info.Name
	}
	return "???"
}

func badMod(format string, args ...any) error {
	return pgerr.New(pgerrcode.InvalidParameterValue, format, args...)
}

func lengthMod(mods []int32, name string, most int32) (int32, error) {
	switch {
	case len(mods) != 1:
		return -1, badMod("invalid type modifier")
	case mods[0] < 1:
		return -1, badMod("length for type %s must be at least 1", name)
	case mods[0] > most:
		return -1, badMod("length for type %s cannot exceed %d", name, most)
	}
	return mods[0], nil
}

func dimsMod(mods []int32, name string, most int32) (int32, error) {
	switch {
	case len(mods) != 1:
		return -1, badMod("invalid type modifier")
	case mods[0] < 1:
		return -1, badMod("dimensions for type %s must be at least 1", name)
	case mods[0] > most:
		return -1, badMod("dimensions for type %s cannot exceed %d", name, most)
	}
	return mods[0], nil
}

// precisionMod cuts too great a precision to 6, as Postgres does with a warning.
func precisionMod(mods []int32, name, suffix string) (int32, error) {
	switch {
	case len(mods) != 1:
		return -1, badMod("invalid type modifier")
	case mods[0] < 0:
		return -1, badMod("%s(%d)%s precision must not be negative", name, mods[0], suffix)
	}
	return min(mods[0], timePrecisionMax), nil
}

func numericModIn(mods []int32) (int32, error) {
	var scale int32
	switch len(mods) {
	case 1:
	case 2:
		scale = mods[1]
	default:
		return -1, badMod("invalid NUMERIC type modifier")
	}
	if p := mods[0]; p < 1 || p > numericPrecisionMax {
		return -1, badMod("NUMERIC precision %d must be between 1 and %d", p, numericPrecisionMax)
	}
	if scale < numericScaleMin || scale > numericScaleMax {
		return -1, badMod("NUMERIC scale %d must be between %d and %d", scale, numericScaleMin, numericScaleMax)
	}
	return (mods[0]<<16 | scale&0x7ff) + modHeader, nil
}

// numericMod takes a numeric's modifier apart; the scale is 11 bits with a sign.
func numericMod(mod int32) (precision, scale int32) {
	mod -= modHeader
	return mod >> 16 & 0xffff, (mod&0x7ff ^ 1024) - 1024
}
