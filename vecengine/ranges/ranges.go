package ranges

import "vecgres/vecengine/distance"

// wide and half tell which kernels the processor has; package distance has asked it.
var (
	wide = distance.Level() == "avx512"
	half = distance.Level() == "avx2"
)

// Integer is what a column of numbers holds.
type Integer interface{ int16 | int32 | int64 }

// Keep clears the bits of those values that lie outside [lo, hi]. words has a bit for each value, lowest first; bits past the values are of no
// meaning. lo must not be above hi.
func Keep[T Integer](vals []T, lo, hi T, words []uint64) {
	whole := len(vals) / 64
	keepWhole(vals[:whole*64], lo, hi, words[:whole])
	if rest := vals[whole*64:]; len(rest) > 0 {
		words[whole] &= within(rest, lo, hi)
	}
}

// portableKeep is Keep for whole words, in plain Go.
func portableKeep[T Integer](vals []T, lo, hi T, words []uint64) {
	for w := range words {
		if words[w] != 0 {
			words[w] &= within(vals[w*64:w*64+64], lo, hi)
		}
	}
}

// within has a bit set for each of up to 64 values that lies within [lo, hi].
func within[T Integer](vals []T, lo, hi T) (m uint64) {
	base, width := uint64(lo), uint64(hi)-uint64(lo) // one unsigned comparison tests both ends
	for b := len(vals) - 1; b >= 0; b-- {
		var bit uint64
		if uint64(vals[b])-base <= width {
			bit = 1
		}
		m = m<<1 | bit
	}
	return m
}
