package distance

import "os"

// level is an instruction set that kernels are written for.
type level uint8

const (
	levelPortable level = iota
	levelAVX2
	levelAVX512
)

func (l level) String() string {
	return [...]string{"portable", "avx2", "avx512"}[l]
}

// floatOp is what a float kernel computes for each row.
type floatOp uint8

const (
	opL2      floatOp = iota // squared L2
	opDot                    // inner product, not negated
	opL1                     // sum of absolute differences
	opDotNorm                // inner product and the row's squared norm, two results a row
)

var (
	simd     = pickLevel(machineLevel(), os.Getenv("VECGRES_SIMD"))
	codeSIMD = codeLevel(simd)
	bitSIMD  = bitLevel(simd)
)

// pickLevel is the machine's level, or a lower one asked for by name; other names are ignored.
func pickLevel(machine level, asked string) level {
	for l := levelPortable; l <= machine; l++ {
		if asked == l.String() {
			return l
		}
	}
	return machine
}

// Level names the instruction set in use: "avx512", "avx2" or "portable".
func Level() string { return simd.String() }

// CodeLevel names the instruction set of the byte-code kernels, which need VNNI for "avx512".
func CodeLevel() string { return codeSIMD.String() }
