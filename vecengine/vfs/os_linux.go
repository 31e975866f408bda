package vfs

import (
	"os"

	"golang.org/x/sys/unix"
)

func datasync(f *os.File) error {
	return retry(func() error { return unix.Fdatasync(int(f.Fd())) })
}

func allocate(f *os.File, off, n int64) error {
	return retry(func() error { return unix.Fallocate(int(f.Fd()), 0, off, n) })
}

// syncFS reports write errors since Linux 5.8.
func syncFS(dir *os.File) error {
	return retry(func() error { return unix.Syncfs(int(dir.Fd())) })
}
