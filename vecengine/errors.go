package vecengine

import (
	"errors"
	"fmt"

	"vecgres/vecengine/column"
	"vecgres/vecengine/vfs"
)

// Errors that callers tell apart. All others are I/O errors or bugs.
var (
	ErrClosed           = errors.New("vecengine: closed")
	ErrLocked           = errors.New("vecengine: data directory is in use by another process")
	ErrNoTable          = errors.New("vecengine: no such table")
	ErrNoNamespace      = errors.New("vecengine: no such namespace")
	ErrSerialization    = errors.New("vecengine: could not serialize access due to concurrent update")
	ErrDeadlock         = errors.New("vecengine: deadlock detected")
	ErrLockNotAvailable = errors.New("vecengine: lock not available")
	ErrLockTimeout      = errors.New("vecengine: lock timeout")
	ErrFull             = errors.New("vecengine: disk full")
	ErrStopped          = errors.New("vecengine: writes have stopped after a failed sync")
	ErrMemory           = errors.New("vecengine: out of memory budget")
	ErrNewerFormat      = errors.New("vecengine: data directory was written by a newer release")
	ErrForeign          = errors.New("vecengine: directory is not empty and holds no vecgres data")
)

// DuplicateKeyError is a unique index's complaint.
type DuplicateKeyError struct {
	Table    TableID
	Index    IndexID
	Input    int // row of the call, -1 when an index was being built
	Existing RowID
	// Row has, when an index was being built, the columns that its keys are made of, of one of the rows that share a key.
	Row *column.Batch
}

func (e *DuplicateKeyError) Error() string {
	return fmt.Sprintf("vecengine: duplicate key in index %d", e.Index)
}

// DimError is a vector or a query of the wrong dimension.
type DimError struct{ Want, Got int }

func (e *DimError) Error() string {
	return fmt.Sprintf("vecengine: expected %d dimensions, not %d", e.Want, e.Got)
}

// CorruptError is damage found in a file: File, Offset and Reason.
type CorruptError = vfs.CorruptError

// IndeterminateError is a commit whose outcome is unknown because the sync failed; it is known after a restart.
type IndeterminateError struct{ Cause error }

func (e *IndeterminateError) Error() string {
	return "vecengine: commit outcome unknown: " + e.Cause.Error()
}
func (e *IndeterminateError) Unwrap() error { return e.Cause }
