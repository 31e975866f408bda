package distance

import (
	"encoding/binary"
	"math"
)

// ToHalf is the IEEE 754 binary16 form nearest to x, ties to even; beyond its range it is infinite.
func ToHalf(x float32) uint16 {
	const infinite = 0x7c00
	bits := math.Float32bits(x)
	sign := uint16(bits >> 16 & 0x8000)
	bits &= 0x7fffffff
	switch {
	case bits > 0x7f800000:
		return sign | infinite | 0x200 | uint16(bits>>13&0x3ff) // NaN, made quiet
	case bits >= 0x47800000:
		return sign | infinite
	case bits < 0x38800000:
		// Below the smallest normal half: adding 0.5 leaves the multiple of 2^-24, rounded to even, in the last bits.
		return sign | uint16(math.Float32bits(math.Float32frombits(bits)+0.5)-math.Float32bits(0.5))
	}
	// The exponents differ by 112; a carry out of the fraction goes into the exponent, as it should.
	bits += 0xfff + bits>>13&1
	return sign | uint16((bits-112<<23)>>13)
}

// FromHalf is the number that a binary16 form stands for.
func FromHalf(h uint16) float32 {
	sign, rest := uint32(h&0x8000)<<16, uint32(h&0x7fff)
	switch {
	case rest >= 0x7c00:
		quiet := uint32(0)
		if rest > 0x7c00 {
			quiet = 1 << 22 // as the conversion instructions do
		}
		return math.Float32frombits(sign | 0x7f800000 | rest<<13 | quiet)
	case rest >= 0x400:
		return math.Float32frombits(sign | rest<<13 + 112<<23)
	}
	return math.Float32frombits(sign | math.Float32bits(float32(rest)*0x1p-24))
}

// AppendHalves appends the binary16 forms of v, two bytes each.
func AppendHalves(dst []byte, v []float32) []byte {
	at := len(dst)
	dst = append(dst, make([]byte, 2*len(v))...)
	encodeHalves(dst[at:], v)
	return dst
}

// DecodeHalves writes the numbers of len(dst) binary16 forms. It panics if b is shorter.
func DecodeHalves(dst []float32, b []byte) { decodeHalves(dst, b[:2*len(dst)]) }

func portableEncodeHalves(out []byte, v []float32) {
	for i, x := range v {
		binary.LittleEndian.PutUint16(out[2*i:], ToHalf(x))
	}
}

func portableDecodeHalves(out []float32, b []byte) {
	for i := range out {
		out[i] = FromHalf(binary.LittleEndian.Uint16(b[2*i:]))
	}
}
