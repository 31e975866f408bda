//go:build amd64

package ranges

import "unsafe"

// keepWhole is Keep for 64 values a word.
func keepWhole[T Integer](vals []T, lo, hi T, words []uint64) {
	if len(words) == 0 {
		return
	}
	at, out := unsafe.Pointer(unsafe.SliceData(vals)), unsafe.SliceData(words)
	switch size := unsafe.Sizeof(lo); {
	case wide && size == 2:
		keep16AVX512((*int16)(at), len(words), int16(lo), int16(hi)-int16(lo), out)
	case wide && size == 4:
		keep32AVX512((*int32)(at), len(words), int32(lo), int32(hi)-int32(lo), out)
	case wide:
		keep64AVX512((*int64)(at), len(words), int64(lo), int64(hi)-int64(lo), out)
	case half && size == 2:
		keep16AVX2((*int16)(at), len(words), int16(lo), int16(hi)-int16(lo), out)
	case half && size == 4:
		keep32AVX2((*int32)(at), len(words), int32(lo), int32(hi)-int32(lo), out)
	case half:
		keep64AVX2((*int64)(at), len(words), int64(lo), int64(hi)-int64(lo), out)
	default:
		portableKeep(vals, lo, hi, words)
	}
}
