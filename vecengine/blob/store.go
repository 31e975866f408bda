package blob

import (
	"context"
	"errors"
	"io"
	"iter"

	"vecgres/vecengine/vfs"
)

// Errors of a Store. Each is wrapped with the key; use errors.Is.
var (
	// ErrNotFound: no object has this key.
	ErrNotFound = errors.New("object not found")
	// ErrExists: PutIfAbsent or Copy found an object.
	ErrExists = errors.New("object exists already")
	// ErrConflict: PutIfMatch found no object, or one with another tag. Somebody else wrote; read again before another try.
	ErrConflict = errors.New("object was changed by another writer")
	// ErrBadKey: the key is empty, absolute, or has an element that is empty, ".", ".." or reserved.
	ErrBadKey = errors.New("bad object key")
)

// ETag names an object's content. Two contents with one tag are the same bytes.
type ETag string

// Info describes an object in a listing.
type Info struct {
	Key  string
	Size int64
}

// Store is a flat map from keys to immutable objects, small enough for any object store to give. A key is slash-separated
// elements. When a method that writes returns nil the object is durable and every later reader sees it; when it fails, the
// object is wholly the old or wholly the new one. Safe for concurrent use.
type Store interface {
	// Put writes an object, replacing one that is there.
	Put(ctx context.Context, key string, data []byte) (ETag, error)
	// PutIfAbsent writes a new object, or gives ErrExists. Of concurrent callers exactly one wins.
	PutIfAbsent(ctx context.Context, key string, data []byte) (ETag, error)
	// PutIfMatch replaces the object whose tag is match, or gives ErrConflict.
	PutIfMatch(ctx context.Context, key string, data []byte, match ETag) (ETag, error)
	// Get reads a whole object.
	Get(ctx context.Context, key string) ([]byte, ETag, error)
	// GetRange reads n bytes at off; fewer only where the object ends.
	GetRange(ctx context.Context, key string, off, n int64) ([]byte, error)
	// Stat gives an object's size without reading it.
	Stat(ctx context.Context, key string) (Info, error)
	// List gives the objects whose key starts with prefix, in ascending order of key. Objects written meanwhile may be missing.
	List(ctx context.Context, prefix string) iter.Seq2[Info, error]
	// Delete removes an object; a missing one is no error.
	Delete(ctx context.Context, key string) error
	// DeletePrefix removes every object below dir, which is whole elements of keys ("ns/07" is not above "ns/071").
	DeletePrefix(ctx context.Context, dir string) error
	// Copy gives the object src a second key without reading it where the store can (a hard link); ErrExists if dst is taken.
	Copy(ctx context.Context, src, dst string) error
	// Open opens an object for reading in place.
	Open(ctx context.Context, key string) (Object, error)
	// Create starts a new object that is visible only after Writer.Commit, which replaces one that is there.
	Create(ctx context.Context, key string) (Writer, error)
	// NewBatch collects many writes that are made durable together.
	NewBatch() Batch
}

// Object is an open object. Its bytes stay readable until Close, even when the key is deleted or replaced meanwhile.
// Safe for concurrent use, but for Close.
type Object interface {
	io.ReaderAt
	Size() int64
	// Map gives all bytes, mapped where the store can. The mapping is the caller's to close, and outlives the Object.
	Map() (vfs.Mapping, error)
	Close() error
}

// Writer writes one object from front to back; for one goroutine. After an error only Abort is of use.
type Writer interface {
	io.Writer
	// Commit makes the object durable and visible. In a Batch it only ends the writing.
	Commit() error
	// Abort gives the object up; after Commit it does nothing, so it can be deferred.
	Abort()
}

// Batch makes many objects durable with few syncs. Commit works in two steps, each durable before the next begins: first
// every plain object, then every conditional one; so a manifest put by PutIfMatch never names a segment that is not there.
// The batch is not atomic: each object is, and a failed conditional put leaves the other ones. For one goroutine.
type Batch interface {
	// Create starts a plain object; call its Commit before the batch's.
	Create(ctx context.Context, key string) (Writer, error)
	// Put adds a plain object.
	Put(key string, data []byte)
	// PutIfAbsent and PutIfMatch add a conditional one.
	PutIfAbsent(key string, data []byte)
	PutIfMatch(key string, data []byte, match ETag)
	// Commit writes all of it. The results tell, by key, the tag or the error of each conditional put; the error is that of everything else.
	Commit(ctx context.Context) (map[string]PutResult, error)
	// Abort gives the batch up; after Commit it does nothing.
	Abort()
}

// PutResult is the outcome of a conditional put in a Batch.
type PutResult struct {
	ETag ETag
	Err  error
}
