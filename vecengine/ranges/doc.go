// Package ranges finds the values of a column that lie within a range, as bits: what a filter over a column comes down to. It reads the column at
// memory speed with AVX-512 or AVX2, as the processor has them, and without a branch on a value elsewhere: a mispredicted one costs ten times the
// comparison.
//
// Values are signed integers of 16, 32 or 64 bits; callers map other orders to those. The kernels are written by gen, with avo. Everything here is safe
// for concurrent use.
package ranges

//go:generate go run ./gen -out keep_amd64.s -stubs keep_amd64.go -pkg ranges
