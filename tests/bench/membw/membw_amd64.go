package membw

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

// The loops read blocks of 512 bytes; n counts blocks.
//
//go:noescape
func read256(p unsafe.Pointer, n int) uint64

//go:noescape
func read512(p unsafe.Pointer, n int) uint64

//go:noescape
func read512Prefetch(p unsafe.Pointer, n int) uint64

const blockBytes = 512

func blocks(read func(unsafe.Pointer, int) uint64) func([]float32) uint64 {
	return func(data []float32) uint64 {
		n := 4 * len(data) / blockBytes
		if n == 0 {
			return readPlain(data)
		}
		return read(unsafe.Pointer(unsafe.SliceData(data)), n)
	}
}

func loops() []loop {
	var out []loop
	if cpu.X86.HasAVX512F {
		out = append(out, loop{"AVX-512", blocks(read512)}, loop{"AVX-512 with prefetch", blocks(read512Prefetch)})
	}
	if cpu.X86.HasAVX2 {
		out = append(out, loop{"AVX2", blocks(read256)})
	}
	if len(out) == 0 {
		out = append(out, loop{"plain", readPlain})
	}
	return out
}
