package types

import (
	"encoding/binary"
	"math"
	"strings"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// Key bytes. One column is a marker and, unless it is NULL, a payload:
//
//	NULL, nulls first   0x00            value, nulls first   0x01 payload
//	NULL, nulls last    0x02            value, nulls last    0x01 payload
//
// Payloads are self-delimiting, so that keys of several columns can be concatenated, and bytes.Compare of them is the order of
// Compare; a descending column has every byte of its payload inverted, its marker not. Payloads of a type:
//
//	integers, oids, dates, times     8 bytes big-endian, sign bit flipped: the same for every width, so int4 and int8 keys match
//	floats                           8 bytes of the float64, ordered as Postgres does (-0 = 0, NaN greatest)
//	strings                          the bytes with 0x00 as 0x00 0xFF, then 0x00 0x01
//	others                           see each type's file
const (
	keyNullFirst = 0x00
	keyValue     = 0x01
	keyNullLast  = 0x02

	keyEscape     = 0x00
	keyEscaped00  = 0xFF
	keyTerminator = 0x01
)

// AppendKey appends the order-preserving key bytes of d, which may be NULL. Equal values have equal keys, so that keys serve
// hashing and grouping too (with desc and nullsFirst false).
// Errors: 42883 for a type without an order.
func AppendKey(dst []byte, oid OID, d Datum, desc, nullsFirst bool) ([]byte, error) {
	if d.null {
		if nullsFirst {
			return append(dst, keyNullFirst), nil
		}
		return append(dst, keyNullLast), nil
	}
	dst = append(dst, keyValue)
	start := len(dst)
	c := codecOf(oid)
	if c == nil || c.key == nil {
		return dst, noOrder(oid)
	}
	dst, err := c.key(dst, oid, d)
	if err != nil {
		return dst, err
	}
	if desc {
		invert(dst[start:])
	}
	return dst, nil
}

func noOrder(oid OID) error {
	return pgerr.New(pgerrcode.UndefinedFunction, "could not identify a comparison function for type %s", TypeName(oid))
}

func invert(b []byte) {
	for i := range b {
		b[i] = ^b[i]
	}
}

func appendKeyInt(dst []byte, v int64) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(v)^(1<<63))
}

func keyN(dst []byte, _ OID, d Datum) ([]byte, error) { return appendKeyInt(dst, d.N), nil }

// keyUint is for the unsigned types that lie in N (xid8, pg_lsn, tid).
func keyUint(dst []byte, _ OID, d Datum) ([]byte, error) {
	return binary.BigEndian.AppendUint64(dst, uint64(d.N)), nil
}

func keyS(dst []byte, _ OID, d Datum) ([]byte, error) { return appendKeyString(dst, d.S), nil }

func appendKeyString(dst []byte, s string) []byte {
	for {
		i := strings.IndexByte(s, 0)
		if i < 0 {
			break
		}
		dst = append(dst, s[:i]...)
		dst = append(dst, keyEscape, keyEscaped00)
		s = s[i+1:]
	}
	dst = append(dst, s...)
	return append(dst, keyEscape, keyTerminator)
}

// orderedFloat maps a float64 to a uint64 of the same order: -0 equals 0, all NaNs are equal and greatest.
func orderedFloat(f float64) uint64 {
	if f != f {
		return math.MaxUint64
	}
	if f == 0 {
		return 1 << 63
	}
	u := math.Float64bits(f)
	if u>>63 != 0 {
		return ^u
	}
	return u | 1<<63
}

func keyFloat(dst []byte, _ OID, d Datum) ([]byte, error) {
	return binary.BigEndian.AppendUint64(dst, orderedFloat(d.Float())), nil
}
