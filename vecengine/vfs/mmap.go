package vfs

import "unsafe"

// offsetIn is addr relative to base, or -1 when it lies outside.
func offsetIn(base []byte, addr uintptr) int64 {
	start := uintptr(unsafe.Pointer(unsafe.SliceData(base)))
	if addr < start || addr-start >= uintptr(len(base)) {
		return -1
	}
	return int64(addr - start)
}
