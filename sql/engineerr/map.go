// Package engineerr turns the engine's errors into SQLSTATEs. It is the only place that does: codes are Postgres' where it has the
// same fault, and what is not known becomes XX000 with the cause kept for the log and hidden from the client.
package engineerr

import (
	"context"
	"errors"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
	"vecgres/vecengine"
)

var sentinels = []struct {
	err           error
	code, message string
}{
	{vecengine.ErrSerialization, pgerrcode.SerializationFailure, "could not serialize access due to concurrent update"},
	{vecengine.ErrDeadlock, pgerrcode.DeadlockDetected, "deadlock detected"},
	{vecengine.ErrLockTimeout, pgerrcode.LockNotAvailable, "canceling statement due to lock timeout"},
	{vecengine.ErrLockNotAvailable, pgerrcode.LockNotAvailable, "could not obtain lock"},
	{vecengine.ErrFull, pgerrcode.DiskFull, "could not extend storage: no space left on device"},
	{vecengine.ErrStopped, pgerrcode.IOError, "writes have stopped after a failed sync; restart the server"},
	{vecengine.ErrMemory, pgerrcode.OutOfMemory, "out of memory"},
	{vecengine.ErrClosed, pgerrcode.AdminShutdown, "the database is shutting down"},
	{vecengine.ErrNoTable, pgerrcode.UndefinedTable, "relation does not exist any more"},
	{vecengine.ErrNoNamespace, pgerrcode.InvalidSchemaName, "schema does not exist any more"},
	{context.Canceled, pgerrcode.QueryCanceled, "canceling statement due to user request"},
	{context.DeadlineExceeded, pgerrcode.QueryCanceled, "canceling statement due to statement timeout"},
}

// Map gives err its SQLSTATE. Nil stays nil, and an error that has a code already is returned as it is.
// A *vecengine.DuplicateKeyError is 23505 without constraint name or detail: who knows the index translates it before.
func Map(err error) error {
	if err == nil {
		return nil
	}
	var coded *pgerr.Error
	if errors.As(err, &coded) {
		return err
	}
	var memory *vecengine.MemoryError
	if errors.As(err, &memory) {
		return memoryError(err, memory)
	}
	for _, s := range sentinels {
		if errors.Is(err, s.err) {
			return withCause(err, s.code, s.message)
		}
	}
	return mapStruct(err)
}

// memoryError tells which budget does not suffice and what to do.
func memoryError(err error, m *vecengine.MemoryError) error {
	e := pgerr.New(pgerrcode.OutOfMemory, "out of memory")
	e.Cause = err
	if m.Rows > 0 {
		return e.WithDetail("Building a graph over %d rows takes about %d MB, and %d MB are allowed.", m.Rows, m.Wanted>>20, m.Limit>>20).
			WithHint("Increase maintenance_work_mem, and the server's --memory where that is less.")
	}
	return e.WithDetail("The server's memory limit is %d MB, of which %d MB are in use; %d MB more were wanted.", m.Limit>>20, m.Used>>20, (m.Wanted+1<<20-1)>>20).
		WithHint("Increase the server's --memory, or let fewer or smaller statements run at a time.")
}

func mapStruct(err error) error {
	var dim *vecengine.DimError
	var duplicate *vecengine.DuplicateKeyError
	var corrupt *vecengine.CorruptError
	var indeterminate *vecengine.IndeterminateError
	switch {
	case errors.As(err, &dim):
		return pgerr.New(pgerrcode.DataException, "expected %d dimensions, not %d", dim.Want, dim.Got)
	case errors.As(err, &duplicate):
		return withCause(err, pgerrcode.UniqueViolation, "duplicate key value violates unique constraint")
	case errors.As(err, &corrupt):
		return withCause(err, pgerrcode.DataCorrupted, corrupt.Error())
	case errors.As(err, &indeterminate):
		return withCause(err, pgerrcode.TransactionResolutionUnknown, "the outcome of the commit is unknown; it is known after a restart")
	}
	return withCause(err, pgerrcode.InternalError, "internal error")
}

func withCause(err error, code, message string) error {
	e := pgerr.New(code, "%s", message)
	e.Cause = err
	return e
}
