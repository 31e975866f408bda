package types

import (
	"cmp"
	"encoding/binary"

	"github.com/cockroachdb/apd/v3"
	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

var numericCodec = &codec{
	parse: func(_ *Env, _ Type, s string) (Datum, error) {
		v, err := ParseNumeric(s)
		return Numeric(v), err
	},
	format:  func(_ *Env, dst []byte, _ OID, d Datum) []byte { return AppendNumeric(dst, d.Numeric()) },
	decode:  func(_ *Env, _ Type, b []byte) (Datum, error) { return decodeNumeric(b) },
	encode:  func(dst []byte, _ OID, d Datum) ([]byte, error) { return encodeNumeric(dst, d.Numeric()), nil },
	compare: func(_ OID, a, b Datum) int { return NumericCompare(a.Numeric(), b.Numeric()) },
	key:     func(dst []byte, _ OID, d Datum) ([]byte, error) { return appendKeyNumeric(dst, d.Numeric()), nil },
	typmod:  numericTypmod,
}

// The signs of numeric's binary form, which is: uint16 number of digits, int16 weight of the first, uint16 sign, uint16
// display scale, then the digits to base 10000 as uint16.
const (
	numericSignPos    = 0x0000
	numericSignNeg    = 0x4000
	numericSignNaN    = 0xC000
	numericSignPosInf = 0xD000
	numericSignNegInf = 0xF000

	numericInfScale = 0x20 // what Postgres sends as the scale of an infinity; it means nothing
)

func encodeNumeric(dst []byte, v *apd.Decimal) []byte {
	be := binary.BigEndian
	if v.Form != apd.Finite {
		sign := uint64(numericSignNaN)
		if isInf(v) && v.Negative {
			sign = numericSignNegInf
		} else if isInf(v) {
			sign = numericSignPosInf
		}
		dst = be.AppendUint32(dst, 0)
		scale := uint64(0)
		if isInf(v) {
			scale = numericInfScale
		}
		return be.AppendUint32(dst, uint32(sign<<16|scale))
	}
	scale := int(-v.Exponent)
	digits, weight := base10000(v.Coeff.Append(nil, 10), scale)
	if len(digits) == 0 {
		weight = 0
	}
	sign := uint16(numericSignPos)
	if v.Negative {
		sign = numericSignNeg
	}
	dst = be.AppendUint16(dst, uint16(len(digits)))
	dst = be.AppendUint16(dst, uint16(weight))
	dst = be.AppendUint16(dst, sign)
	dst = be.AppendUint16(dst, uint16(scale))
	for _, digit := range digits {
		dst = be.AppendUint16(dst, digit)
	}
	return dst
}

// base10000 groups decimal digits by four around the point, without zero groups at either end; weight is the first group's
// power of 10000.
func base10000(text []byte, scale int) (digits []uint16, weight int) {
	for len(text) > 0 && text[0] == '0' {
		text = text[1:]
	}
	whole := len(text) - scale // digits before the point; may be negative
	lead := ((whole % 4) + 4) % 4
	if lead != 0 {
		lead = 4 - lead // zeros in front that align the groups
	}
	weight = (whole+lead)/4 - 1
	var group, filled int
	group, filled = 0, lead
	for _, c := range text {
		group = group*10 + int(c-'0')
		if filled++; filled == 4 {
			digits = append(digits, uint16(group))
			group, filled = 0, 0
		}
	}
	if filled > 0 && len(text) > 0 {
		for ; filled < 4; filled++ {
			group *= 10
		}
		digits = append(digits, uint16(group))
	}
	for len(digits) > 0 && digits[len(digits)-1] == 0 {
		digits = digits[:len(digits)-1]
	}
	return digits, weight
}

func decodeNumeric(b []byte) (Datum, error) {
	if len(b) < 8 {
		return Datum{}, shortBinary()
	}
	be := binary.BigEndian
	n, weight := int(be.Uint16(b)), int64(int16(be.Uint16(b[2:])))
	sign, scale := be.Uint16(b[4:]), int64(be.Uint16(b[6:]))
	b = b[8:]
	switch sign {
	case numericSignNaN:
		return Numeric(numericNaN), nil
	case numericSignPosInf, numericSignNegInf:
		return Numeric(numericInf(sign == numericSignNegInf)), nil
	case numericSignPos, numericSignNeg:
	default:
		return Datum{}, badNumericBinary("sign")
	}
	switch {
	case scale > numericScaleBits:
		return Datum{}, badNumericBinary("scale")
	case len(b) < 2*n:
		return Datum{}, shortBinary()
	case len(b) > 2*n:
		return Datum{}, badBinarySize()
	}
	coeff, err := decodeBase10000(b, n)
	if err != nil {
		return Datum{}, err
	}
	stored := 4 * (int64(n) - 1 - weight) // digits after the point that the groups hold
	switch {
	case stored > scale:
		coeff.Quo(coeff, pow10(stored-scale))
	case stored < scale && coeff.Sign() != 0:
		coeff.Mul(coeff, pow10(scale-stored))
	}
	v, err := makeNumeric(sign == numericSignNeg, coeff, scale)
	return Numeric(v), err
}

func decodeBase10000(b []byte, n int) (*apd.BigInt, error) {
	text := make([]byte, 0, 4*n+1)
	for i := range n {
		digit := binary.BigEndian.Uint16(b[2*i:])
		if digit >= 10000 {
			return nil, badNumericBinary("digit")
		}
		text = append(text, '0'+byte(digit/1000), '0'+byte(digit/100%10), '0'+byte(digit/10%10), '0'+byte(digit%10))
	}
	coeff := new(apd.BigInt)
	if n > 0 {
		coeff.SetString(string(text), 10)
	}
	return coeff, nil
}

func badNumericBinary(what string) error {
	return pgerr.New(pgerrcode.InvalidBinaryRepresentation, "invalid %s in external \"numeric\" value", what)
}

// numericTypmod rounds to the scale and checks the precision.
func numericTypmod(t Type, d Datum, _ bool) (Datum, error) {
	v := d.Numeric()
	precision, scale := numericMod(t.Mod)
	if isNaN(v) {
		return d, nil
	}
	if isInf(v) {
		return Datum{}, pgerr.New(pgerrcode.NumericValueOutOfRange, "numeric field overflow").
			WithDetail("A field with precision %d, scale %d cannot hold an infinite value.", precision, scale)
	}
	rounded, err := roundNumeric(v, int64(scale))
	if err != nil {
		return Datum{}, err
	}
	whole := digitCount(&rounded.Coeff) + int64(rounded.Exponent)
	if most := int64(precision - scale); rounded.Coeff.Sign() != 0 && whole > most {
		limit := "1"
		if most != 0 {
			limit = "10^" + string(AppendNumeric(nil, NumericFromInt64(most)))
		}
		return Datum{}, pgerr.New(pgerrcode.NumericValueOutOfRange, "numeric field overflow").
			WithDetail("A field with precision %d, scale %d must round to an absolute value less than %s.", precision, scale, limit)
	}
	return Numeric(rounded), nil
}

// Key bytes of a numeric: a class byte, and for numbers other than zero the exponent of 0.ddd×10^e as 4 ordered bytes, then the
// digits in pairs as 1 to 100, and 0; those of negative numbers are inverted. Zeros at the end are left out, so that 1.0 and
// 1.00 are equal.
const (
	numericKeyNegInf = iota + 1
	numericKeyNeg
	numericKeyZero
	numericKeyPos
	numericKeyPosInf
	numericKeyNaN
)

func appendKeyNumeric(dst []byte, v *apd.Decimal) []byte {
	switch {
	case isNaN(v):
		return append(dst, numericKeyNaN)
	case isInf(v) && v.Negative:
		return append(dst, numericKeyNegInf)
	case isInf(v):
		return append(dst, numericKeyPosInf)
	case v.Coeff.Sign() == 0:
		return append(dst, numericKeyZero)
	}
	class := byte(numericKeyPos)
	if v.Negative {
		class = numericKeyNeg
	}
	dst = append(dst, class)
	start := len(dst)
	var buf [40]byte
	text := v.Coeff.Append(buf[:0], 10)
	dst = binary.BigEndian.AppendUint32(dst, uint32(int32(len(text))+v.Exponent)^(1<<31))
	for len(text) > 0 && text[len(text)-1] == '0' {
		text = text[:len(text)-1]
	}
	for i := 0; i < len(text); i += 2 {
		pair := (text[i] - '0') * 10
		if i+1 < len(text) {
			pair += text[i+1] - '0'
		}
		dst = append(dst, pair+1)
	}
	dst = append(dst, 0)
	if v.Negative {
		invert(dst[start:])
	}
	return dst
}

// NumericCompare orders by value: -Infinity, numbers, Infinity, NaN; NaN equals NaN.
func NumericCompare(a, b *apd.Decimal) int {
	if a.Form != apd.Finite || b.Form != apd.Finite {
		return cmp.Compare(numericRank(a), numericRank(b))
	}
	signA, signB := NumericSign(a), NumericSign(b)
	if signA != signB || signA == 0 {
		return cmp.Compare(signA, signB)
	}
	return signA * compareMagnitude(a, b)
}

func numericRank(v *apd.Decimal) int {
	switch {
	case isNaN(v):
		return 2
	case isInf(v) && v.Negative:
		return -1
	case isInf(v):
		return 1
	}
	return 0
}

func compareMagnitude(a, b *apd.Decimal) int {
	if a.Exponent == b.Exponent {
		return a.Coeff.Cmp(&b.Coeff)
	}
	wholeA, wholeB := digitCount(&a.Coeff)+int64(a.Exponent), digitCount(&b.Coeff)+int64(b.Exponent)
	if wholeA != wholeB {
		if wholeA < wholeB {
			return -1
		}
		return 1
	}
	x, y, _ := alignCoeffs(a, b)
	return x.CmpAbs(y)
}
