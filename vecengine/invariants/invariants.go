// Package invariants holds checks that cost nothing in a release build. Guard expensive ones with
// `if invariants.Enabled { … }`, which the compiler removes; Check is for conditions at hand.
package invariants

import "fmt"

// Check panics in an invariants build when cond is false. It must not be used for bad input, which is an error in every build.
func Check(cond bool, format string, args ...any) {
	if Enabled && !cond {
		panic("invariant broken: " + fmt.Sprintf(format, args...))
	}
}
