package vecengine

import (
	"context"
	"fmt"
	"io"
	"path"
	"slices"
	"sync"

	"vecgres/vecengine/log"
	"vecgres/vecengine/vfs"
)

// recovery holds what the log has for namespaces that were not opened since the start.
type recovery struct {
	mu      sync.Mutex
	reader  *log.Reader
	records map[NamespaceID][]log.LSN
	dropped map[NamespaceID]log.LSN
}

func (r *recovery) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.reader != nil {
		r.reader.Close()
		r.reader = nil
	}
}

// recover makes one pass over the log: it checks every record, finds the highest timestamp and id, and lists records by namespace.
func (e *Engine) recover() error {
	dir := path.Join(e.opts.Dir, logDir)
	reader, err := log.OpenReader(e.fs, dir, 0)
	if err != nil {
		return err
	}
	e.recovery.reader = reader
	e.recovery.records = map[NamespaceID][]log.LSN{}
	e.recovery.dropped = map[NamespaceID]log.LSN{}
	e.ids.next = firstID
	for {
		lsn, payload, err := reader.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if err := e.noteRecord(lsn, payload); err != nil {
			return fmt.Errorf("%w: %w", vfs.Corruptf(dir, int64(lsn), "bad record in the commit log"), err)
		}
	}
	e.ids.limit = e.ids.next
	e.registry.committed.Store(uint64(e.lastTS))
	e.log, err = log.OpenWriter(log.Options{FS: e.fs, Dir: dir, FileBytes: e.logFileBytes()}, reader.End())
	if err != nil {
		return err
	}
	e.forgetDropped()
	return nil
}

// firstID leaves small numbers to what always exists.
const firstID = 1000

// logFileBytes keeps the log's files small against its limit, so that cutting it gives space back.
func (e *Engine) logFileBytes() int64 {
	return max(1<<16, min(64<<20, e.opts.LogBytes/8))
}

func (e *Engine) noteRecord(lsn log.LSN, payload []byte) error {
	r := &e.recovery
	ts, err := decodeRecord(payload, func(op recordOp) error {
		if op.kind == opFloor {
			d := decoder{b: op.payload}
			ts, next := d.uvarint(), d.uvarint()
			e.lastTS = max(e.lastTS, Timestamp(ts))
			e.ids.next = max(e.ids.next, next)
			return d.err
		}
		if list := r.records[op.ns]; len(list) == 0 || list[len(list)-1] != lsn {
			r.records[op.ns] = append(list, lsn)
		}
		if op.kind == opDropSpace {
			r.dropped[op.ns] = lsn
		}
		return nil
	})
	e.lastTS = max(e.lastTS, ts)
	return err
}

// forgetDropped starts the deletion of what was dropped before the restart.
func (e *Engine) forgetDropped() {
	for id, lsn := range e.recovery.dropped {
		ns := newNamespace(e, id)
		e.spaces.Store(id, ns)
		delete(e.recovery.records, id)
		ns.drop(lsn)
	}
}

// take gives the places of the records that a namespace still has to replay.
func (r *recovery) take(id NamespaceID) []log.LSN {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.records[id]
}

// done forgets a namespace's records: from now on its tables say what the log must keep.
func (r *recovery) done(id NamespaceID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.records, id)
	if len(r.records) == 0 && r.reader != nil {
		r.reader.Close()
		r.reader = nil
	}
}

// oldest is the place of the first record that some namespace has still to replay, 0 when there is none; and the namespaces.
func (r *recovery) oldest() (log.LSN, []NamespaceID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	first := log.LSN(0)
	var spaces []NamespaceID
	for id, list := range r.records {
		spaces = append(spaces, id)
		if first == 0 || list[0] < first {
			first = list[0]
		}
	}
	slices.Sort(spaces)
	return first, spaces
}

// logFloor notes that all timestamps so far and all ids below next are taken, durably.
func (e *Engine) logFloor(next uint64) (log.LSN, error) {
	e.commitMu.Lock()
	rec := newRecord(32)
	ts := e.lastTS
	rec.op(opFloor, 0, func(dst []byte) []byte {
		return appendUvarints(dst, uint64(ts), next)
	})
	lsn, err := e.log.Append(rec.b)
	e.commitMu.Unlock()
	if err != nil {
		return 0, e.logError(err)
	}
	if err := e.log.Sync(context.Background(), lsn); err != nil {
		e.stop(err)
		return 0, e.logError(err)
	}
	return lsn, nil
}
