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

// Manifest is all that is needed to open one namespace. It is replaced as a whole (put-if-match) and never edited in place.
type Manifest struct {
	Namespace uint64
	Sequence  uint64 // grows by one with each replacement
	Tables    []Table
	Extras    map[string][]byte // the engine's own; keys in ascending order when encoded
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
	EndsInline []byte // the encoded ends; empty with an empty Ends: no row was ended
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

// Encode gives the manifest's bytes.
func (m *Manifest) Encode() []byte { return nil }

// Decode reads and checks a manifest; name is for errors. Slices in the result alias data.
func Decode(name string, data []byte) (*Manifest, error) { return nil, nil }
