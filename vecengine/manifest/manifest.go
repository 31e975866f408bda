// Package manifest is the file that names everything a namespace consists of: its tables, their segments, and the engine's own extras.
//
//	flush, merge, DDL ──► Encode ──► blob.Store.PutIfMatch ──► Decode ──► the namespace, opened
//
// A manifest is replaced as a whole and never edited in place: the old one or the new one is there after a crash, and of two writers
// one fails. A small namespace is one file: its segments' bytes are inlined.
//
// Invariants: everything that a manifest names is durable before the manifest is; Sequence grows by one with each replacement;
// equal manifests encode to equal bytes. The layout is in docs/format/manifest.md.
package manifest

import (
	"errors"

	"vecgres/vecengine/vfs"
)

var (
	// ErrCorrupt is vfs.ErrCorrupt; the error is a *vfs.CorruptError.
	ErrCorrupt = vfs.ErrCorrupt
	// ErrNewerFormat: the manifest was written by a newer release; the error names file and version.
	ErrNewerFormat = errors.New("manifest has a newer format")
)

// Manifest is all that is needed to open one namespace.
type Manifest struct {
	Namespace uint64
	Sequence  uint64 // grows by one with each replacement
	Tables    []Table
	Extras    map[string][]byte // the engine's own
}

// Table is one table of the namespace.
type Table struct {
	ID         uint64
	Schema     []byte // opaque: the engine encodes it
	NextRow    uint64 // the next row id
	FlushedTS  uint64 // commits up to this timestamp are in the segments
	FlushedLSN uint64 // log records before this place need no replay for this table
	Segments   []Segment
}

// Segment is one segment of a table. Its data are in File, or in Inline when File is empty.
type Segment struct {
	ID         uint64
	Rows       uint64
	File       string // key in the store
	Bytes      uint64 // of File
	Inline     []byte // the data file itself, for a small segment
	Ends       string // key of the ends file; empty: see EndsInline
	EndsInline []byte // the encoded ends; when both are empty no row was ended
	Indexes    []IndexFile
}

// IndexFile is a sidecar of a segment.
type IndexFile struct {
	Index  uint64 // index id
	Kind   uint32 // the engine's: which code reads it
	File   string // key in the store; empty: Inline
	Bytes  uint64
	Inline []byte
}

// Table finds a table by id.
func (m *Manifest) Table(id uint64) (*Table, bool) {
	for i := range m.Tables {
		if m.Tables[i].ID == id {
			return &m.Tables[i], true
		}
	}
	return nil, false
}

// Files yields the key of every file that the manifest names.
func (m *Manifest) Files(yield func(key string) bool) {
	for _, t := range m.Tables {
		for _, s := range t.Segments {
			keys := []string{s.File, s.Ends}
			for _, x := range s.Indexes {
				keys = append(keys, x.File)
			}
			for _, key := range keys {
				if key != "" && !yield(key) {
					return
				}
			}
		}
	}
}
