package funcs

import (
	"encoding/binary"
	"math/bits"

	"vecgres/sql/types"
)

// Postgres' hash functions, because applications store their values and derive advisory lock keys from them.
// Source: Bob Jenkins, lookup3 (2006), little-endian byte order, with Postgres' initial value.

const hashInit = 0x9e3779b9 + 3923095

func hashMix(a, b, c uint32) (uint32, uint32, uint32) {
	a = (a - c) ^ bits.RotateLeft32(c, 4)
	c += b
	b = (b - a) ^ bits.RotateLeft32(a, 6)
	a += c
	c = (c - b) ^ bits.RotateLeft32(b, 8)
	b += a
	a = (a - c) ^ bits.RotateLeft32(c, 16)
	c += b
	b = (b - a) ^ bits.RotateLeft32(a, 19)
	a += c
	c = (c - b) ^ bits.RotateLeft32(b, 4)
	b += a
	return a, b, c
}

func hashFinal(a, b, c uint32) (uint32, uint32) {
	c = (c ^ b) - bits.RotateLeft32(b, 14)
	a = (a ^ c) - bits.RotateLeft32(c, 11)
	b = (b ^ a) - bits.RotateLeft32(a, 25)
	c = (c ^ b) - bits.RotateLeft32(b, 16)
	a = (a ^ c) - bits.RotateLeft32(c, 4)
	b = (b ^ a) - bits.RotateLeft32(a, 14)
	c = (c ^ b) - bits.RotateLeft32(b, 24)
	return b, c
}

// seeded starts a hash: a seed of 0 leaves the plain function.
func seeded(start uint32, seed uint64) (a, b, c uint32) {
	a, b, c = start, start, start
	if seed != 0 {
		a, b = a+uint32(seed>>32), b+uint32(seed)
		a, b, c = hashMix(a, b, c)
	}
	return a, b, c
}

// hashBytes hashes a string; the 32-bit hash is the second result, the 64-bit one joins both.
func hashBytes(key string, seed uint64) (uint32, uint32) {
	a, b, c := seeded(hashInit+uint32(len(key)), seed)
	k := []byte(key)
	for ; len(k) >= 12; k = k[12:] {
		a += binary.LittleEndian.Uint32(k)
		b += binary.LittleEndian.Uint32(k[4:])
		c += binary.LittleEndian.Uint32(k[8:])
		a, b, c = hashMix(a, b, c)
	}
	// The lowest byte of c is reserved for the length, so the tail's last word is shifted by one byte.
	var tail [12]byte
	copy(tail[:8], k)
	if len(k) > 8 {
		copy(tail[9:], k[8:])
	}
	a += binary.LittleEndian.Uint32(tail[:])
	b += binary.LittleEndian.Uint32(tail[4:])
	c += binary.LittleEndian.Uint32(tail[8:])
	return hashFinal(a, b, c)
}

func hashUint32(v uint32, seed uint64) (uint32, uint32) {
	a, b, c := seeded(hashInit+4, seed)
	return hashFinal(a+v, b, c)
}

// foldInt8 gives a bigint that fits an integer the integer's hash.
func foldInt8(v int64) uint32 {
	low, high := uint32(v), uint32(uint64(v)>>32)
	if v < 0 {
		high = ^high
	}
	return low ^ high
}

func hash32(h func(d types.Datum, seed uint64) (uint32, uint32)) Func {
	return func(_ *Context, a row) (types.Datum, error) {
		_, c := h(a[0], 0)
		return types.Int(int64(int32(c))), nil
	}
}

func hash64(h func(d types.Datum, seed uint64) (uint32, uint32)) Func {
	return func(_ *Context, a row) (types.Datum, error) {
		b, c := h(a[0], uint64(a[1].Int()))
		return types.Int(int64(uint64(b)<<32 | uint64(c))), nil
	}
}

var hashFuncs = func() map[string]Func {
	text := func(d types.Datum, seed uint64) (uint32, uint32) { return hashBytes(d.Text(), seed) }
	i4 := func(d types.Datum, seed uint64) (uint32, uint32) { return hashUint32(uint32(d.Int()), seed) }
	i8 := func(d types.Datum, seed uint64) (uint32, uint32) { return hashUint32(foldInt8(d.Int()), seed) }
	t := map[string]Func{}
	for name, h := range map[string]func(types.Datum, uint64) (uint32, uint32){
		"hashtext": text, "hashname": text, "hashvarlena": text, "uuid_hash": text, "hashint2": i4, "hashint4": i4, "hashoid": i4, "hashint8": i8,
	} {
		t[name] = hash32(h)
		if name == "uuid_hash" {
			t[name+"_extended"] = hash64(h)
		} else {
			t[name+"extended"] = hash64(h)
		}
	}
	return t
}()
