package vecengine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"path"
	"strings"
	"sync"
	"sync/atomic"

	"vecgres/vecengine/blob"
	"vecgres/vecengine/log"
	"vecgres/vecengine/vfs"
)

// Engine is an open data directory. All methods are safe for concurrent use.
type Engine struct{ engineState }

type engineState struct {
	opts   Options
	fs     vfs.FS
	logger *slog.Logger
	lock   io.Closer
	store  blob.Store
	log    *log.Writer

	registry registry
	locks    *lockManager
	memory   Memory
	filters  *filterCache

	spaces   sync.Map // NamespaceID to *namespace
	tables   sync.Map // TableID to *table
	recovery recovery

	txnIDs   atomic.Uint64
	contents atomic.Uint64
	headIDs  atomic.Uint64
	pressure atomic.Bool  // writers wait for memory
	shortAt  atomic.Int64 // when the lack of memory for a merge was last told, unix seconds

	// commitMu guards what puts a record into the log: the timestamp order and the queue of what waits for publication.
	commitMu  sync.Mutex
	lastTS    Timestamp
	pending   []pendingCommit
	publishMu sync.Mutex // taken before commitMu

	ids     idAllocator
	stopped atomic.Pointer[error]
	closed  atomic.Bool

	background backgroundState
	complaints sync.Map        // place, a string, to complaint
	checks     chan *recallJob // to the checker, which takes one when it is idle; nil: none is running
	recalls    sync.Map        // recallKey to *recallRecord

	alwaysWalk bool    // for tests: graphs are used whatever they cost
	lateNs     float64 // lateNs, but in tests
}

// The files of a data directory.
const (
	formatFile = "VECGRES"
	lockFile   = "LOCK"
	logDir     = "log"
	storeDir   = "ns"
)

// directoryFormat is the version in formatFile. A newer one is refused.
const directoryFormat = 1

// formatText is what formatFile holds.
const formatText = "vecgres data directory, format %d\n"

// Open opens or creates a data directory and recovers it: one pass over the log checks it and notes which namespaces it is about; each is
// replayed when it is first opened. Errors: ErrLocked (another process has it), ErrNewerFormat, ErrForeign, *CorruptError, those of the
// file system.
func Open(o Options) (*Engine, error) {
	o = o.withDefaults()
	e := &Engine{engineState{opts: o, fs: o.FS, logger: o.Logger, locks: newLockManager(), lateNs: lateNs}}
	e.memory.limit = o.MemoryLimit
	e.filters = newFilterCache(o.MemoryLimit / 16)
	if err := e.open(); err != nil {
		e.release()
		return nil, err
	}
	if !o.NoBackground {
		e.startBackground()
	}
	return e, nil
}

func (e *Engine) open() error {
	dir := e.opts.Dir
	if err := vfs.MkdirAllSync(e.fs, dir); err != nil {
		return fmt.Errorf("vecengine: data directory %s: %w", dir, err)
	}
	lock, err := e.fs.Lock(path.Join(dir, lockFile))
	if errors.Is(err, vfs.ErrLocked) {
		return fmt.Errorf("%w: %s", ErrLocked, dir)
	}
	if err != nil {
		return fmt.Errorf("vecengine: data directory %s: %w", dir, err)
	}
	e.lock = lock
	if err := checkFormat(e.fs, dir); err != nil {
		return err
	}
	store, err := blob.NewFileStore(e.fs, path.Join(dir, storeDir))
	if err != nil {
		return err
	}
	e.store = store
	if err := e.recover(); err != nil {
		return err
	}
	return e.OpenNamespace(context.Background(), SystemNamespace)
}

// checkFormat reads the format file, or makes it in an empty directory.
func checkFormat(fsys vfs.FS, dir string) error {
	name := path.Join(dir, formatFile)
	text, err := vfs.ReadFile(fsys, name)
	if err == nil && len(text) > 0 {
		return parseFormat(dir, string(text))
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	names, err := fsys.List(dir)
	if err != nil {
		return err
	}
	for _, n := range names {
		if n != lockFile && n != "lost+found" && !strings.HasPrefix(n, formatFile) {
			return fmt.Errorf("%w: %s has %s", ErrForeign, dir, n)
		}
	}
	temp := name + ".new"
	if err := vfs.WriteFile(fsys, temp, fmt.Appendf(nil, formatText, directoryFormat)); err != nil {
		return err
	}
	if err := fsys.Rename(temp, name); err != nil {
		return err
	}
	return fsys.SyncDir(dir)
}

func parseFormat(dir, text string) error {
	var v int
	if n, _ := fmt.Sscanf(text, formatText, &v); n != 1 || text != fmt.Sprintf(formatText, v) || v < 1 {
		return vfs.Corruptf(path.Join(dir, formatFile), 0, "it does not say its format")
	}
	if v > directoryFormat {
		return fmt.Errorf("%w: %s has format %d, this release knows %d", ErrNewerFormat, dir, v, directoryFormat)
	}
	return nil
}

// Close checkpoints nothing: it stops background work, syncs the log and releases the directory. Transactions and Views must be over.
func (e *Engine) Close() error {
	if e.closed.Swap(true) {
		return nil
	}
	e.stopBackground()
	return e.release()
}

func (e *Engine) release() error {
	var errs []error
	if e.log != nil {
		errs = append(errs, e.log.Close())
	}
	e.recovery.close()
	if e.registry.idle() {
		e.giveBack()
	}
	if e.lock != nil {
		errs = append(errs, e.lock.Close())
	}
	if e.stopped.Load() != nil {
		return nil // the log's own failure is known already
	}
	return errors.Join(errs...)
}

// giveBack unmaps and frees everything, which nobody reads any more.
func (e *Engine) giveBack() {
	e.tables.Range(func(_, v any) bool {
		if v := v.(*table).newest.Load(); v != nil {
			v.dropParts()
		}
		return true
	})
	e.spaces.Range(func(_, v any) bool {
		for _, p := range v.(*namespace).parts {
			p.unref()
		}
		return true
	})
}

// Err is the error that stopped writes for good (a failed sync), nil while all is well.
func (e *Engine) Err() error {
	if e.closed.Load() {
		return ErrClosed
	}
	if p := e.stopped.Load(); p != nil {
		return fmt.Errorf("%w: %w", ErrStopped, *p)
	}
	return nil
}

// stop ends all writing. What is durable is known only after a restart.
func (e *Engine) stop(cause error) {
	if cause == nil {
		cause = errors.New("internal error")
	}
	if e.stopped.CompareAndSwap(nil, &cause) {
		e.logger.Error("writes have stopped", "cause", cause)
	}
}

// table finds a table of an opened namespace.
func (e *Engine) table(id TableID) *table {
	if t, ok := e.tables.Load(id); ok {
		return t.(*table)
	}
	return nil
}

// headIDBase keeps the ids of heads, which live in this process only, apart from those of segments.
const headIDBase = 1 << 63

func (e *Engine) newHeadID() SegmentID { return SegmentID(headIDBase | e.headIDs.Add(1)) }

// idBlock is how many ids one log record makes available.
const idBlock = 1000

// idAllocator gives ids in durable blocks: what was given before a crash is below the limit in the log, so it is never given again.
type idAllocator struct {
	mu          sync.Mutex
	next, limit uint64
	unnoted     atomic.Bool // ids from limit on were given, which the log does not know yet
}

// NextID gives an id that was never given before in this data directory, for namespaces, tables and indexes, and catalog objects. When the
// log cannot take the note that makes ids durable, ids are given all the same: commits and manifests make up for it first (noteIDs).
func (e *Engine) NextID() uint64 {
	a := &e.ids
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.next >= a.limit {
		if err := a.reserve(e); err != nil {
			a.unnoted.Store(true)
			e.logger.Warn("could not reserve ids", "error", err)
		}
	}
	id := a.next
	a.next++
	return id
}

// reserve notes another block. The caller holds the lock.
func (a *idAllocator) reserve(e *Engine) error {
	limit := max(a.next, a.limit) + idBlock
	if _, err := e.logFloor(limit); err != nil {
		return err
	}
	a.limit = limit
	a.unnoted.Store(false)
	return nil
}

// noteIDs makes ids durable that were given when the log could not take them: called before something that may use one becomes durable.
func (e *Engine) noteIDs() error {
	a := &e.ids
	if !a.unnoted.Load() {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.unnoted.Load() {
		return nil
	}
	return a.reserve(e)
}

// repeat notes the limit once more, so that the log before the note's place may go. Under the lock: a block that is noted meanwhile comes
// after it.
func (a *idAllocator) repeat(e *Engine) (log.LSN, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	limit := max(a.limit, a.next)
	lsn, err := e.logFloor(limit)
	if err == nil {
		a.limit = limit
		a.unnoted.Store(false)
	}
	return lsn, err
}
