package log

import (
	"errors"

	"vecgres/vecengine/vfs"
)

// LSN is a record's place in the log: a byte position that grows over all files and never goes back. 0 lies before every record.
type LSN uint64

// FirstLSN is the place of the first record of a new log.
const FirstLSN LSN = 8

// RecordBytesMax is the largest payload.
const RecordBytesMax = 1 << 30

// Errors of this package; use errors.Is.
var (
	// ErrFailed: a write or sync failed, so the writer takes nothing more. The cause is wrapped. Reopen the log to go on.
	ErrFailed = errors.New("commit log failed")
	// ErrFull: there is no space for the record. From Append it means that nothing was written or lost and a later try may succeed.
	ErrFull = errors.New("commit log is out of disk space")
	// ErrTooLarge: the payload is larger than RecordBytesMax.
	ErrTooLarge = errors.New("commit log record too large")
	// ErrClosed: the writer or reader was closed.
	ErrClosed = errors.New("commit log is closed")
	// ErrTruncated: the LSN lies before the oldest record kept.
	ErrTruncated = errors.New("commit log position was truncated")
	// ErrNewerFormat: a file was written by a newer release; the error names file and version.
	ErrNewerFormat = errors.New("commit log has a newer format")
	// ErrCorrupt is vfs.ErrCorrupt: acknowledged bytes are damaged; the error is a *vfs.CorruptError.
	ErrCorrupt = vfs.ErrCorrupt
)

// CorruptError says which bytes are damaged.
type CorruptError = vfs.CorruptError

// Options of a Writer.
type Options struct {
	FS  vfs.FS
	Dir string // the directory of the log's files, made if missing
	// FileBytes is the preallocated size of a file; 0 means 64 MiB. A larger record gets a larger file.
	FileBytes int64
	// BufferBytes is how much Append holds in memory before it writes (without sync) by itself; 0 means 4 MiB.
	BufferBytes int
}
