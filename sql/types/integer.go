package types

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// integerCodec is int2, int4 or int8.
func integerCodec(name string, bytes int) *codec {
	low, high := int64(math.MinInt64), int64(math.MaxInt64)
	if bytes < 8 {
		low, high = -1<<(8*bytes-1), 1<<(8*bytes-1)-1
	}
	return &codec{
		parse: func(_ *Env, _ Type, s string) (Datum, error) {
			v, err := parseInteger(s, name, low, high)
			return Datum{N: v}, err
		},
		format: func(_ *Env, dst []byte, _ OID, d Datum) []byte { return strconv.AppendInt(dst, d.N, 10) },
		decode: func(_ *Env, _ Type, b []byte) (Datum, error) {
			if len(b) != bytes {
				return Datum{}, badBinarySize()
			}
			shift := 64 - 8*bytes
			return Datum{N: int64(bigEndian(b)) << shift >> shift}, nil
		},
		encode:  func(dst []byte, _ OID, d Datum) ([]byte, error) { return appendBigEndian(dst, uint64(d.N), bytes), nil },
		compare: compareN,
		key:     keyN,
	}
}

// unsignedCodec is oid, xid, cid (4 bytes) or xid8 (8 bytes).
func unsignedCodec(name string, bytes int) *codec {
	key := keyN // the same as of the integers
	if bytes == 8 {
		key = keyUint
	}
	return &codec{
		parse: func(_ *Env, _ Type, s string) (Datum, error) {
			v, err := parseUnsigned(s, name, bytes)
			return Datum{N: v}, err
		},
		format: func(_ *Env, dst []byte, _ OID, d Datum) []byte { return strconv.AppendUint(dst, uint64(d.N), 10) },
		decode: func(_ *Env, _ Type, b []byte) (Datum, error) {
			if len(b) != bytes {
				return Datum{}, badBinarySize()
			}
			return Datum{N: int64(bigEndian(b))}, nil
		},
		encode:  func(dst []byte, _ OID, d Datum) ([]byte, error) { return appendBigEndian(dst, uint64(d.N), bytes), nil },
		compare: compareUint,
		key:     key,
	}
}

func compareUint(_ OID, a, b Datum) int {
	switch {
	case uint64(a.N) < uint64(b.N):
		return -1
	case uint64(a.N) > uint64(b.N):
		return 1
	}
	return 0
}

func bigEndian(b []byte) (v uint64) {
	for _, c := range b {
		v = v<<8 | uint64(c)
	}
	return v
}

func appendBigEndian(dst []byte, v uint64, bytes int) []byte {
	switch bytes {
	case 1:
		return append(dst, byte(v))
	case 2:
		return binary.BigEndian.AppendUint16(dst, uint16(v))
	case 4:
		return binary.BigEndian.AppendUint32(dst, uint32(v))
	}
	return binary.BigEndian.AppendUint64(dst, v)
}

// badBinarySize is what a receive function says of a value that is too long or too short.
func badBinarySize() error {
	return pgerr.New(pgerrcode.InvalidBinaryRepresentation, "incorrect binary data format")
}

// shortBinary is what a receive function says when it runs out of bytes.
func shortBinary() error {
	return pgerr.New(pgerrcode.ProtocolViolation, "insufficient data left in message")
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func trimSpace(s string) string {
	for s != "" && isSpace(s[0]) {
		s = s[1:]
	}
	for s != "" && isSpace(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

// parseInteger reads a signed integer as Postgres 16 does: blanks around it, a sign, and decimal, 0x, 0o or 0b digits with
// single underscores between them. Too great a number is reported before junk that follows it.
func parseInteger(s, name string, low, high int64) (int64, error) {
	rest := s
	for rest != "" && isSpace(rest[0]) {
		rest = rest[1:]
	}
	negative := false
	if rest != "" && (rest[0] == '-' || rest[0] == '+') {
		negative = rest[0] == '-'
		rest = rest[1:]
	}
	base, prefix := integerBase(rest)
	rest = rest[prefix:]
	limit := uint64(high)
	if negative {
		limit = -uint64(low)
	}
	var v uint64
	i := 0
	for ; i < len(rest); i++ {
		c := rest[i]
		if c == '_' && (i > 0 || prefix > 0) && i+1 < len(rest) && digitValue(rest[i+1]) < base {
			continue
		}
		digit := digitValue(c)
		if digit >= base {
			break
		}
		if v > (limit-digit)/base {
			return 0, outOfRange(s, name)
		}
		v = v*base + digit
	}
	if i == 0 || trimSpace(rest[i:]) != "" {
		return 0, syntaxError(name, s)
	}
	if negative {
		return -int64(v), nil
	}
	return int64(v), nil
}

func integerBase(s string) (base uint64, prefix int) {
	if len(s) > 1 && s[0] == '0' {
		switch s[1] | 0x20 {
		case 'x':
			return 16, 2
		case 'o':
			return 8, 2
		case 'b':
			return 2, 2
		}
	}
	return 10, 0
}

// digitValue is a digit's value up to base 16, or 255.
func digitValue(c byte) uint64 {
	switch {
	case c >= '0' && c <= '9':
		return uint64(c - '0')
	case c >= 'a' && c <= 'f':
		return uint64(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return uint64(c-'A') + 10
	}
	return 255
}

// parseUnsigned reads an oid as strtoul does: a minus sign wraps around, as long as the number fits the width.
func parseUnsigned(s, name string, bytes int) (int64, error) {
	rest := trimSpace(s)
	negative := false
	if rest != "" && (rest[0] == '-' || rest[0] == '+') {
		negative = rest[0] == '-'
		rest = rest[1:]
	}
	if rest == "" || !isDigit(rest[0]) {
		return 0, syntaxError(name, s)
	}
	v, err := strconv.ParseUint(rest, 10, 64)
	if err != nil {
		if e, ok := err.(*strconv.NumError); ok && e.Err == strconv.ErrRange {
			return 0, outOfRange(s, name)
		}
		return 0, syntaxError(name, s)
	}
	if negative {
		v = -v
	}
	if bytes == 8 {
		return int64(v), nil
	}
	if v > math.MaxUint32 && int64(v) != int64(int32(v)) {
		return 0, outOfRange(s, name)
	}
	return int64(uint32(v)), nil
}
