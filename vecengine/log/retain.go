package log

import (
	"context"
	"errors"
)

// End is the place that the next record will have.
func (w *Writer) End() LSN {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.next
}

// Synced is the place before which everything is durable.
func (w *Writer) Synced() LSN {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.synced
}

// Start is the place of the oldest record kept.
func (w *Writer) Start() LSN {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.files[0].first
}

// Size is the bytes on disk of all files, preallocated space included.
func (w *Writer) Size() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	total := int64(0)
	for _, f := range w.files {
		total += f.size
	}
	return total
}

// Err is the failure that poisoned the writer (ErrClosed after Close), or nil.
func (w *Writer) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// flush makes everything appended so far durable, headers of new files too.
func (w *Writer) flush() error {
	w.mu.Lock()
	end := w.next
	for {
		switch {
		case w.err != nil:
			defer w.mu.Unlock()
			return w.err
		case w.synced >= end && len(w.pending) == 0:
			w.mu.Unlock()
			return nil
		case !w.leading:
			if err := w.lead(true); err != nil {
				return err
			}
		default:
			_ = w.await(context.Background()) // the leader's failure is seen above
		}
		w.mu.Lock()
	}
}

// Rotate makes everything durable and lets the next record begin a new file, unless the present one is empty; it gives the place
// where the present file begins, so that TruncateBefore of it unlinks all records made before the call.
func (w *Writer) Rotate() (LSN, error) {
	w.mu.Lock()
	if w.err != nil {
		defer w.mu.Unlock()
		return 0, w.err
	}
	first := w.files[len(w.files)-1].first
	if first != w.next {
		first = w.next
		if err := w.addFile(fileHeaderBytes); err != nil {
			w.mu.Unlock()
			return 0, err
		}
	}
	w.mu.Unlock()
	return first, w.flush()
}

// TruncateBefore unlinks the files whose records all lie before lsn, but never the present one. A failure leaves the rest for a
// later call and does not poison the writer.
func (w *Writer) TruncateBefore(lsn LSN) error {
	w.mu.Lock()
	defer w.mu.Unlock() // appends wait for a few unlinks; the order of unlinks must be kept
	for len(w.files) > 1 && w.files[1].headed && w.files[1].first <= lsn && w.files[0].f == nil {
		if err := w.remove(w.files[0].name); err != nil {
			return err
		}
		w.files = append([]*writeFile(nil), w.files[1:]...)
	}
	return nil
}

// Close makes everything durable, marks the end as such, so that later damage to the tail is noticed, and closes the files.
// After a failure it only closes, and gives the failure.
func (w *Writer) Close() error {
	w.mu.Lock()
	if errors.Is(w.err, ErrClosed) {
		w.mu.Unlock()
		return nil
	}
	w.mu.Unlock()
	err := w.flush()
	if err == nil {
		err = w.seal()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.leading { // a leader that began before the flush above ended in failure
		w.mu.Unlock()
		_ = w.flush()
		w.mu.Lock()
	}
	if w.err == nil {
		w.err = ErrClosed
	}
	return errors.Join(err, w.closeFiles())
}

// seal appends the closing record; its synced LSN covers all records before.
func (w *Writer) seal() error {
	w.mu.Lock()
	cur := w.files[len(w.files)-1]
	if cur.first == w.next || cur.offset(w.next)+recordBytes(0) > cur.size {
		w.mu.Unlock() // no record to protect, or no room, and a whole file for a seal is too much
		return nil
	}
	_, err := w.append(nil, kindSeal)
	w.mu.Unlock()
	if err != nil {
		return err
	}
	return w.flush()
}

// closeFiles cuts the last file to its records and closes it; the caller holds mu or is alone.
func (w *Writer) closeFiles() error {
	var errs []error
	for _, f := range w.files {
		if f.f == nil {
			continue
		}
		if w.err == nil || errors.Is(w.err, ErrClosed) {
			f.size = f.offset(w.next)
			errs = append(errs, f.f.Truncate(f.size), f.f.Sync())
		}
		errs = append(errs, f.f.Close())
		f.f = nil
	}
	return errors.Join(errs...)
}
