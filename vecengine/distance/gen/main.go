// Command gen writes the amd64 kernels of package distance with avo; see `go generate` there.
//
// Every kernel exists for AVX-512 and AVX2, and in a gathering form (rows named by ids) and a contiguous
// one. All share one frame (frame.go): groups of four rows, then single rows. What differs is how a block
// of columns is accumulated (float.go, code.go).
package main

import (
	"flag"
	"fmt"
	"os"

	. "github.com/mmcloughlin/avo/build"
)

func main() {
	// avo reads -out, -stubs and -pkg from the same flag set.
	kind := flag.String("kind", "", "kernels to write: float, code, half, bit or sparse")
	flag.Parse()
	switch *kind {
	case "float":
		floatKernels()
	case "code":
		codeKernels()
	case "half":
		halfKernels()
	case "bit":
		bitKernels()
		planeKernels()
	case "sparse":
		sparseKernels()
	default:
		fmt.Fprintln(os.Stderr, "gen: -kind must be float, code, half, bit or sparse")
		os.Exit(2)
	}
	Generate()
}
