package types

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Types that only system columns and administrators see: tid, pg_lsn, and those that are text without meaning here.

// tidCodec is a tuple's address: N = block<<16 | offset.
var tidCodec = &codec{
	parse: func(_ *Env, _ Type, s string) (Datum, error) {
		inner, open := strings.CutPrefix(strings.TrimLeft(s, " "), "(")
		inner, closed := strings.CutSuffix(inner, ")")
		block, offset, comma := strings.Cut(inner, ",")
		b, okBlock := parseTidPart(block, math.MinInt32, math.MaxUint32)
		o, okOffset := parseTidPart(offset, 0, math.MaxUint16)
		if !open || !closed || !comma || !okBlock || !okOffset {
			return Datum{}, syntaxError("tid", s)
		}
		return Datum{N: int64(uint32(b))<<16 | o}, nil
	},
	format: func(_ *Env, dst []byte, _ OID, d Datum) []byte {
		return fmt.Appendf(dst, "(%d,%d)", uint64(d.N)>>16, d.N&0xffff)
	},
	decode: func(_ *Env, _ Type, b []byte) (Datum, error) {
		if len(b) != 6 {
			return Datum{}, badBinarySize()
		}
		return Datum{N: int64(bigEndian(b))}, nil
	},
	encode: func(dst []byte, _ OID, d Datum) ([]byte, error) {
		return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint32(dst, uint32(d.N>>16)), uint16(d.N)), nil
	},
	compare: compareUint,
	key:     keyUint,
}

// parseTidPart reads a number as strtoul does: nothing is 0.
func parseTidPart(s string, low, high int64) (int64, bool) {
	if s == "" {
		return 0, true
	}
	v, err := strconv.ParseInt(s, 10, 64)
	return v, err == nil && v >= low && v <= high
}

// lsnCodec is a position in a log.
var lsnCodec = &codec{
	parse: func(_ *Env, _ Type, s string) (Datum, error) {
		high, low, slash := strings.Cut(s, "/")
		h, okHigh := parseHex32(high)
		l, okLow := parseHex32(low)
		if !slash || !okHigh || !okLow {
			return Datum{}, syntaxError("pg_lsn", s)
		}
		return Datum{N: int64(h<<32 | l)}, nil
	},
	format: func(_ *Env, dst []byte, _ OID, d Datum) []byte {
		return fmt.Appendf(dst, "%X/%X", uint32(uint64(d.N)>>32), uint32(d.N))
	},
	decode: func(_ *Env, _ Type, b []byte) (Datum, error) {
		if len(b) != 8 {
			return Datum{}, badBinarySize()
		}
		return Datum{N: int64(bigEndian(b))}, nil
	},
	encode: func(dst []byte, _ OID, d Datum) ([]byte, error) {
		return binary.BigEndian.AppendUint64(dst, uint64(d.N)), nil
	},
	compare: compareUint,
	key:     keyUint,
}

func parseHex32(s string) (v uint64, ok bool) {
	if s == "" || len(s) > 8 {
		return 0, false
	}
	for i := 0; i < len(s); i++ {
		digit := digitValue(s[i])
		if digit > 15 {
			return 0, false
		}
		v = v<<4 | digit
	}
	return v, true
}

// opaqueCodec is for types that are shown as text and have no order.
var opaqueCodec = &codec{parse: parseText, format: textCodec.format, decode: decodeText, encode: textCodec.encode}

// voidCodec is the empty result of a procedure-like function.
var voidCodec = &codec{
	parse:  func(_ *Env, _ Type, _ string) (Datum, error) { return Datum{}, nil },
	format: func(_ *Env, dst []byte, _ OID, _ Datum) []byte { return dst },
	decode: func(_ *Env, _ Type, _ []byte) (Datum, error) { return Datum{}, nil },
	encode: func(dst []byte, _ OID, _ Datum) ([]byte, error) { return dst, nil },
}
