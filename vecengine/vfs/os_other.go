//go:build unix && !linux

package vfs

import (
	"errors"
	"os"
)

func datasync(f *os.File) error { return f.Sync() }

func allocate(*os.File, int64, int64) error { return errors.ErrUnsupported }

// syncFS: sync(2) elsewhere returns before the data are durable.
func syncFS(*os.File) error { return errors.ErrUnsupported }
