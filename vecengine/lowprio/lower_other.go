//go:build !linux

package lowprio

// lower does nothing where a priority would be the whole process's.
func lower() {}
