//go:build !amd64

package ranges

func keepWhole[T Integer](vals []T, lo, hi T, words []uint64) { portableKeep(vals, lo, hi, words) }
