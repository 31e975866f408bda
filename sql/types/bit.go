package types

import (
	"encoding/binary"
	"math"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// bitCodec is bit or varbit, which differ in what their modifier does.
func bitCodec(typmod func(t Type, d Datum, explicit bool) (Datum, error)) *codec {
	return &codec{
		parse: func(_ *Env, t Type, s string) (Datum, error) { return parseBits(t, s, typmod) },
		format: func(_ *Env, dst []byte, _ OID, d Datum) []byte {
			for i := int64(0); i < d.N; i++ {
				dst = append(dst, '0'+d.S[i/8]>>(7-i%8)&1)
			}
			return dst
		},
		decode: decodeBits,
		encode: func(dst []byte, _ OID, d Datum) ([]byte, error) {
			return append(binary.BigEndian.AppendUint32(dst, uint32(d.N)), d.S...), nil
		},
		compare: func(oid OID, a, b Datum) int {
			if c := compareS(oid, a, b); c != 0 {
				return c
			}
			return compareN(oid, a, b)
		},
		key: func(dst []byte, _ OID, d Datum) ([]byte, error) {
			return binary.BigEndian.AppendUint32(appendKeyString(dst, d.S), uint32(d.N)), nil
		},
		typmod: typmod,
	}
}

// parseBits reads binary digits, after an optional b, or hexadecimal ones after x. The length is checked before the digits.
func parseBits(t Type, s string, typmod func(t Type, d Datum, explicit bool) (Datum, error)) (Datum, error) {
	bitsEach, kind := 1, "binary"
	if s != "" && s[0]|0x20 == 'x' {
		bitsEach, kind = 4, "hexadecimal"
	}
	if s != "" && (s[0]|0x20 == 'x' || s[0]|0x20 == 'b') {
		s = s[1:]
	}
	if len(s) > math.MaxInt32/bitsEach {
		return Datum{}, pgerr.New(pgerrcode.ProgramLimitExceeded, "bit string length exceeds the maximum allowed (%d)", math.MaxInt32)
	}
	n := len(s) * bitsEach
	if t.Mod >= 0 {
		if _, err := typmod(t, Datum{N: int64(n)}, false); err != nil {
			return Datum{}, err
		}
	}
	b := make([]byte, (n+7)/8)
	for i := 0; i < len(s); i++ {
		v := digitValue(s[i])
		if v >= 1<<bitsEach {
			_, size := utf8.DecodeRuneInString(s[i:])
			return Datum{}, pgerr.New(pgerrcode.InvalidTextRepresentation, "\"%s\" is not a valid %s digit", s[i:i+size], kind)
		}
		at := i * bitsEach
		b[at/8] |= byte(v) << (8 - bitsEach - at%8)
	}
	return BitString(string(b), int64(n)), nil
}

func decodeBits(_ *Env, _ Type, b []byte) (Datum, error) {
	if len(b) < 4 {
		return Datum{}, shortBinary()
	}
	n := int64(int32(binary.BigEndian.Uint32(b)))
	if n < 0 {
		return Datum{}, pgerr.New(pgerrcode.InvalidBinaryRepresentation, "invalid length in external bit string")
	}
	b = b[4:]
	switch need := int((n + 7) / 8); {
	case len(b) < need:
		return Datum{}, shortBinary()
	case len(b) > need:
		return Datum{}, badBinarySize()
	}
	return resizeBits(Datum{S: string(b), N: n}, n), nil
}

// resizeBits cuts or zero-pads at the right, and clears the unused bits.
func resizeBits(d Datum, n int64) Datum {
	b := make([]byte, (n+7)/8)
	copy(b, d.S)
	if n%8 != 0 && len(b) > 0 {
		b[len(b)-1] &= 0xff << (8 - n%8)
	}
	return BitString(string(b), n)
}

func bitTypmod(t Type, d Datum, explicit bool) (Datum, error) {
	switch n := int64(t.Mod); {
	case n == d.N:
		return d, nil
	case !explicit:
		return Datum{}, pgerr.New(pgerrcode.StringDataLengthMismatch, "bit string length %d does not match type bit(%d)", d.N, n)
	default:
		return resizeBits(d, n), nil
	}
}

func varbitTypmod(t Type, d Datum, explicit bool) (Datum, error) {
	switch n := int64(t.Mod); {
	case d.N <= n:
		return d, nil
	case !explicit:
		return Datum{}, pgerr.New(pgerrcode.StringDataRightTruncationDataException, "bit string too long for type bit varying(%d)", n)
	default:
		return resizeBits(d, n), nil
	}
}
