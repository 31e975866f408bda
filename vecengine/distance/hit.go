package distance

import "math"

// Hit is one found row: its ordinal in the segment and its distance in the engine's terms.
type Hit struct {
	Ord  uint32
	Dist float32
}

// Key is a distance and an ordinal in one word that sorts as (distance, ordinal): the form in
// which candidates are kept, compared and moved. NaN sorts after +Inf, whatever its sign bit.
type Key uint64

// KeyMax sorts after every Key made from a distance and an ordinal below 1<<32 - 1.
const KeyMax = Key(math.MaxUint64)

// MakeKey packs a distance and an ordinal.
func MakeKey(dist float32, ord uint32) Key { return Key(uint64(OrderBits(dist))<<32 | uint64(ord)) }

// OrderBits maps a distance to a uint32 of the same order; NaN maps above +Inf.
func OrderBits(dist float32) uint32 {
	b := math.Float32bits(dist + 0) // -0 becomes +0, so that equal distances make equal keys
	if dist != dist {
		b = 0x7fc00000
	}
	// Negative numbers: flip all bits; others: set the sign bit.
	return b ^ (uint32(int32(b)>>31) | 0x80000000)
}

// FromOrderBits undoes OrderBits.
func FromOrderBits(b uint32) float32 {
	return math.Float32frombits(b ^ (uint32(int32(^b)>>31) | 0x80000000))
}

// Ord is the ordinal of the key.
func (k Key) Ord() uint32 { return uint32(k) }

// Dist is the distance of the key.
func (k Key) Dist() float32 { return FromOrderBits(uint32(k >> 32)) }

// Hit unpacks the key.
func (k Key) Hit() Hit { return Hit{Ord: k.Ord(), Dist: k.Dist()} }

// IsNaN tells whether the distance in the key is NaN.
func (k Key) IsNaN() bool { return uint32(k>>32) > 0xff800000 }
