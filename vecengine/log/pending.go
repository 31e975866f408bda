package log

import (
	"context"

	"vecgres/vecengine/vfs"
)

// Writer appends records. Safe for concurrent use.
type Writer struct{}

// OpenWriter goes on after the last record that a Reader found: end is Reader.End after Next gave io.EOF. It starts a new file.
func OpenWriter(opts Options, end LSN) (*Writer, error) { return &Writer{}, nil }

// Append adds a record in memory and gives its place. It is durable after Sync of that place.
func (w *Writer) Append(payload []byte) (LSN, error) { return 0, nil }

// Sync waits until the record at lsn is durable.
func (w *Writer) Sync(ctx context.Context, lsn LSN) error { return nil }

// End is the place that the next record will have.
func (w *Writer) End() LSN { return 0 }

// Synced is the place before which everything is durable.
func (w *Writer) Synced() LSN { return 0 }

// Rotate makes everything durable and starts a new file; it gives the new file's first LSN.
func (w *Writer) Rotate() (LSN, error) { return 0, nil }

// TruncateBefore unlinks the files whose records all lie before lsn, but never the current one.
func (w *Writer) TruncateBefore(lsn LSN) error { return nil }

// Size is the bytes on disk of all files.
func (w *Writer) Size() int64 { return 0 }

// Start is the place of the oldest record kept.
func (w *Writer) Start() LSN { return 0 }

// Err is the failure that poisoned the writer, or nil.
func (w *Writer) Err() error { return nil }

// Close syncs and closes.
func (w *Writer) Close() error { return nil }

// Reader iterates over the records. For one goroutine, but for ReadRecord.
type Reader struct{}

// OpenReader reads from the first record at or after from. A missing or empty directory is an empty log.
func OpenReader(fsys vfs.FS, dir string, from LSN) (*Reader, error) { return &Reader{}, nil }

// Next gives the next record; io.EOF after the last. The payload aliases the mapped file and is valid until Close.
func (r *Reader) Next() (LSN, []byte, error) { return 0, nil, nil }

// ReadRecord reads the record at a place that Next gave before, verifying it again. Safe for concurrent use, also after
// the file was unlinked by TruncateBefore.
func (r *Reader) ReadRecord(lsn LSN) ([]byte, error) { return nil, nil }

// Start is the place of the oldest record kept.
func (r *Reader) Start() LSN { return 0 }

// End is the place after the last record; known once Next gave io.EOF.
func (r *Reader) End() LSN { return 0 }

// Close unmaps all files.
func (r *Reader) Close() error { return nil }
