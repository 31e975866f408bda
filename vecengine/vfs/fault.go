package vfs

import (
	"runtime/debug"
)

// GuardFault runs fn and turns a memory fault in it (SIGBUS from a mapped file that was cut or whose disk fails) into a
// CorruptError that names file. base is the mapping's first byte, for the offset; it may be nil. Other panics go on.
func GuardFault(file string, base []byte, fn func() error) (err error) {
	old := debug.SetPanicOnFault(true)
	defer debug.SetPanicOnFault(old)
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		fault, ok := r.(interface{ Addr() uintptr })
		if !ok {
			panic(r)
		}
		err = Corruptf(file, offsetIn(base, fault.Addr()), "reading the mapped file failed")
	}()
	return fn()
}
