package log

import (
	"fmt"
	"io"
	"sort"

	"vecgres/vecengine/vfs"
)

// Reader iterates over the records. For one goroutine, but for ReadRecord. A failure of Next stays.
type Reader struct {
	files []*storedFile // oldest first
	from  LSN
	at    int   // index of the file being read
	off   int64 // offset in it
	end   LSN
	err   error
}

// OpenReader reads from the first record at or after from (0: from the oldest). A missing or empty directory is an empty log.
// Errors: ErrTruncated when from was unlinked, ErrNewerFormat, a *CorruptError.
func OpenReader(fsys vfs.FS, dir string, from LSN) (*Reader, error) {
	files, _, err := findFiles(fsys, dir)
	if err != nil {
		return nil, err
	}
	r := &Reader{files: files, from: from, off: fileHeaderBytes, end: max(from, FirstLSN)}
	if len(files) == 0 {
		return r, nil
	}
	if from != 0 && from < files[0].first {
		closeFiles(files)
		return nil, fmt.Errorf("%w: %d is asked for, %d is the oldest", ErrTruncated, from, files[0].first)
	}
	r.at = max(0, sort.Search(len(files), func(i int) bool { return files[i].first > from })-1)
	r.end = files[r.at].first
	return r, nil
}

// Start is the place of the oldest record kept.
func (r *Reader) Start() LSN {
	if len(r.files) == 0 {
		return r.end
	}
	return r.files[0].first
}

// End is the place after the last record that Next gave; after io.EOF it is the end of the log.
func (r *Reader) End() LSN { return r.end }

// Next gives the next record; io.EOF after the last. The payload aliases the mapped file and is valid until Close.
// A *CorruptError means that acknowledged records are damaged; none behind the damage is given.
func (r *Reader) Next() (LSN, []byte, error) {
	for r.err == nil {
		if r.at >= len(r.files) {
			r.fail(io.EOF)
			break
		}
		f := r.files[r.at]
		lsn := f.first + LSN(r.off-fileHeaderBytes)
		var rec record
		var ok bool
		err := vfs.GuardFault(f.name, f.m.Bytes(), func() error {
			if r.at+1 == len(r.files) || lsn < r.files[r.at+1].first { // what lies behind the next file's start was cut
				rec, ok = parseRecord(f.m.Bytes(), r.off, f.first, f.seq)
			}
			return nil
		})
		if err != nil {
			r.fail(err)
			break
		}
		r.end = lsn
		if !ok {
			r.fail(r.endOfFile(f, lsn))
			continue
		}
		r.off = rec.next
		r.end = f.first + LSN(r.off-fileHeaderBytes)
		if rec.kind == kindData && lsn >= r.from {
			return lsn, rec.payload, nil
		}
	}
	return 0, nil, r.err
}

func (r *Reader) fail(err error) { r.err = err }

// endOfFile decides what it means that no record is at the present place; nil means that the next file goes on.
func (r *Reader) endOfFile(f *storedFile, lsn LSN) error {
	if r.at+1 < len(r.files) {
		next := r.files[r.at+1]
		if next.first != lsn {
			return vfs.Corruptf(f.name, r.off, "no record at %d, but the next file begins at %d", lsn, next.first)
		}
		r.at, r.off = r.at+1, fileHeaderBytes
		return nil
	}
	err := vfs.GuardFault(f.name, f.m.Bytes(), func() error {
		if q, ok := f.provesSynced(r.off); ok {
			return vfs.Corruptf(f.name, r.off, "no record at %d, which was durable when the record at byte %d was made", lsn, q)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if r.from > lsn {
		return vfs.Corruptf(f.name, r.off, "the log ends at %d, before %d", lsn, r.from)
	}
	return io.EOF
}

// ReadRecord reads the record at a place that Next gave before, verifying it again. Safe for concurrent use, also after
// the file was unlinked by TruncateBefore. The payload is valid until Close.
func (r *Reader) ReadRecord(lsn LSN) ([]byte, error) {
	i := sort.Search(len(r.files), func(i int) bool { return r.files[i].first > lsn }) - 1
	if i < 0 {
		return nil, fmt.Errorf("%w: %d", ErrTruncated, lsn)
	}
	f := r.files[i]
	off := fileHeaderBytes + int64(lsn-f.first)
	var rec record
	err := vfs.GuardFault(f.name, f.m.Bytes(), func() error {
		var ok bool
		if rec, ok = parseRecord(f.m.Bytes(), off, f.first, f.seq); !ok || rec.kind != kindData {
			return vfs.Corruptf(f.name, off, "no record at %d", lsn)
		}
		return nil
	})
	return rec.payload, err
}

// Close unmaps all files. Payloads must not be touched after it.
func (r *Reader) Close() error {
	closeFiles(r.files)
	r.files, r.err = nil, ErrClosed
	return nil
}
