package segment

import (
	"context"
	"errors"
	"io"
	"iter"

	"github.com/RoaringBitmap/roaring/v2"

	"vecgres/vecengine/blob"
	"vecgres/vecengine/column"
	"vecgres/vecengine/vfs"
)

var (
	// ErrCorrupt is vfs.ErrCorrupt; the error is a *vfs.CorruptError.
	ErrCorrupt = vfs.ErrCorrupt
	// ErrNewerFormat: the file was written by a newer release; the error names file and version.
	ErrNewerFormat = errors.New("file has a newer format")
	// ErrNoSection: the container has no section of that name.
	ErrNoSection = errors.New("no such section")
)

// CorruptError says which bytes are damaged.
type CorruptError = vfs.CorruptError

// FileKind tells what a container holds.
type FileKind uint32

// The kinds of container. Their numbers are part of the format.
const (
	KindData        FileKind = 1
	KindKeyIndex    FileKind = 2
	KindVectorIndex FileKind = 3
)

// RowsMax is the most rows of a segment: ordinals are below 1<<31.
const RowsMax = 1<<31 - 1

// Header identifies a container.
type Header struct {
	Kind      FileKind
	Namespace uint64
	Table     uint64
	Segment   uint64
	Index     uint64 // of a sidecar; 0 in a data file
}

// ContainerWriter writes a container from front to back; for one goroutine.
type ContainerWriter struct{}

// NewContainerWriter writes the header. align is the alignment of sections: a power of two from 64 to 4096; 0 means 4096.
func NewContainerWriter(dst io.Writer, h Header, align int) (*ContainerWriter, error) {
	return &ContainerWriter{}, nil
}

// Begin starts a section; the one before ends.
func (w *ContainerWriter) Begin(name string) error { return nil }

// Write appends to the current section.
func (w *ContainerWriter) Write(p []byte) (int, error) { return len(p), nil }

// Finish writes the footer. It neither syncs nor closes dst.
func (w *ContainerWriter) Finish() error { return nil }

// Size is the bytes written so far.
func (w *ContainerWriter) Size() int64 { return 0 }

// Container is an open container. Safe for concurrent use; Close must not race with readers of its bytes.
type Container struct{}

// OpenContainer opens the bytes of m, of which it becomes the owner (also when it fails). name is for errors.
func OpenContainer(name string, m vfs.Mapping, kind FileKind) (*Container, error) {
	return &Container{}, nil
}

// Header is the container's identity.
func (c *Container) Header() Header { return Header{} }

// Name is the name given to OpenContainer.
func (c *Container) Name() string { return "" }

// Sections are the names of the sections in file order.
func (c *Container) Sections() []string { return nil }

// SectionLen is the length of a section, and whether it exists.
func (c *Container) SectionLen(name string) (int64, bool) { return 0, false }

// Section verifies a whole section at its first use and gives its bytes.
func (c *Container) Section(name string) ([]byte, error) { return nil, nil }

// SectionRange verifies the blocks that hold n bytes at off of a section, and gives those bytes.
func (c *Container) SectionRange(name string, off, n int64) ([]byte, error) { return nil, nil }

// Verify checks every block of the file.
func (c *Container) Verify() error { return nil }

// Close gives the mapping back.
func (c *Container) Close() error { return nil }

// ColumnMeta describes a stored column.
type ColumnMeta struct {
	ID   uint32 // unique in the table, never reused
	Name string // for readers of the Arrow file
	Kind column.Kind
	Dim  int // Vector only
	// ExtensionName and ExtensionMetadata go into the Arrow field as ARROW:extension:name and :metadata; empty means none.
	ExtensionName     string
	ExtensionMetadata string
}

// Meta describes a segment.
type Meta struct {
	Namespace, Table, Segment uint64
	Rows                      int
	MinRow, MaxRow            uint64 // row ids
	MinBegin, MaxBegin        uint64 // commit timestamps
	Columns                   []ColumnMeta
}

// WriterOptions tune a Writer.
type WriterOptions struct {
	Align int // of sections, see NewContainerWriter; use 64 for a segment that will be inlined in a manifest
	// Spool, when given, makes scratch files into which columns that outgrow SpoolBytes (0: 64 MiB) are collected before the Arrow
	// part is written; the writer closes them, the caller removes them.
	Spool      func() (vfs.File, error)
	SpoolBytes int64
}

// Writer writes the data file of one segment: SetRows, then AddColumn for each column, then Finish. For one goroutine.
type Writer struct{}

// NewWriter starts a data file.
func NewWriter(dst io.Writer, namespace, table, segment uint64, opts WriterOptions) (*Writer, error) {
	return &Writer{}, nil
}

// SetRows gives row ids and begin timestamps, equally long; rows are sorted by (row id, begin), both strictly ascending as a pair.
func (w *Writer) SetRows(rowIDs, begins []uint64) error { return nil }

// AddColumn writes one column, given in chunks which together have as many rows as SetRows had.
func (w *Writer) AddColumn(m ColumnMeta, chunks iter.Seq2[*column.Column, error]) error { return nil }

// Chunks makes the chunks of AddColumn from columns in memory.
func Chunks(cols ...*column.Column) iter.Seq2[*column.Column, error] {
	return func(yield func(*column.Column, error) bool) {}
}

// Finish writes what is left and gives the description. It neither syncs nor closes dst.
func (w *Writer) Finish() (Meta, error) { return Meta{}, nil }

// Reader reads a data file. Safe for concurrent use; Close must not race with readers of its columns.
type Reader struct{}

// Open opens a data file's bytes, of which it becomes the owner (also when it fails).
func Open(name string, m vfs.Mapping) (*Reader, error) { return &Reader{}, nil }

// OpenObject opens a data file of a store.
func OpenObject(ctx context.Context, store blob.Store, key string) (*Reader, error) { return nil, nil }

// Meta describes the segment.
func (r *Reader) Meta() *Meta { return nil }

// N is the number of rows.
func (r *Reader) N() int { return 0 }

// RowIDs are the row ids by ordinal, ascending; an id repeats when several versions of a row are here.
func (r *Reader) RowIDs() ([]uint64, error) { return nil, nil }

// Begins are the commit timestamps by ordinal.
func (r *Reader) Begins() ([]uint64, error) { return nil, nil }

// FindRow gives the ordinals [lo, hi) of a row id's versions, oldest first; lo == hi when it is not here.
func (r *Reader) FindRow(rowID uint64) (lo, hi int, err error) { return 0, 0, nil }

// Column gives a column that aliases the file; false when the segment has none of that id (it was added later). Vector columns too.
func (r *Reader) Column(id uint32) (column.Column, bool, error) { return column.Column{}, false, nil }

// Vectors gives a vector column as one slab of n*dim floats; false when the segment has none of that id.
func (r *Reader) Vectors(id uint32) (slab []float32, dim int, ok bool, err error) {
	return nil, 0, false, nil
}

// Container gives access to sections, names and checks.
func (r *Reader) Container() *Container { return nil }

// Verify checks every block.
func (r *Reader) Verify() error { return nil }

// Close gives the mapping back.
func (r *Reader) Close() error { return nil }

// KeyIndexMeta describes a key index.
type KeyIndexMeta struct {
	Distinct uint64 // keys
	Entries  uint64 // ordinals: rows whose key is not NULL
	MinKey   []byte
	MaxKey   []byte
}

// KeyIndexOptions tune the build of a key index.
type KeyIndexOptions struct {
	Align   int  // see NewContainerWriter
	NoBloom bool // for indexes that are never looked up by equality
}

// BuildKeyIndex writes a key index from (key, ordinal) pairs sorted by key, then ordinal. The keys' bytes are copied.
func BuildKeyIndex(dst io.Writer, h Header, opts KeyIndexOptions, entries iter.Seq2[[]byte, uint32]) (KeyIndexMeta, error) {
	return KeyIndexMeta{}, nil
}

// BuildKeyIndexFromColumn sorts a Bytes column of keys in ordinal order and writes the key index. NULLs are left out.
func BuildKeyIndexFromColumn(dst io.Writer, h Header, opts KeyIndexOptions, keys *column.Column) (KeyIndexMeta, error) {
	return KeyIndexMeta{}, nil
}

// Source is one input of MergeKeyIndexes: ordinal o of Index becomes Remap[o]; Dropped leaves it out.
type Source struct {
	Index *KeyIndex
	Remap []uint32
}

// Dropped in Source.Remap marks an ordinal that is not in the merged segment.
const Dropped = ^uint32(0)

// MergeKeyIndexes writes the union of key indexes.
func MergeKeyIndexes(dst io.Writer, h Header, opts KeyIndexOptions, sources []Source) (KeyIndexMeta, error) {
	return KeyIndexMeta{}, nil
}

// KeyIndex maps key bytes to ordinals in one segment. Safe for concurrent use; Close must not race with readers.
type KeyIndex struct{}

// OpenKeyIndex opens a key index's bytes, of which it becomes the owner (also when it fails).
func OpenKeyIndex(name string, m vfs.Mapping) (*KeyIndex, error) { return &KeyIndex{}, nil }

// Meta describes the index.
func (k *KeyIndex) Meta() KeyIndexMeta { return KeyIndexMeta{} }

// Distinct is the number of keys.
func (k *KeyIndex) Distinct() uint64 { return 0 }

// Len is the number of ordinals.
func (k *KeyIndex) Len() uint64 { return 0 }

// MayContain asks the bloom filter alone: false means that the key is not here.
func (k *KeyIndex) MayContain(key []byte) (bool, error) { return true, nil }

// Lookup finds one key.
func (k *KeyIndex) Lookup(key []byte) (Posting, bool, error) { return Posting{}, false, nil }

// Range is an interval of keys; a nil bound is open.
type Range struct {
	Lo, Hi       []byte
	LoInc, HiInc bool
}

// Bitmap gives the ordinals of all keys in a range. The caller owns it.
func (k *KeyIndex) Bitmap(r Range) (*roaring.Bitmap, error) { return nil, nil }

// CountRange counts the ordinals and the keys in a range, exactly and without reading them.
func (k *KeyIndex) CountRange(r Range) (ordinals, keys uint64, err error) { return 0, 0, nil }

// Cursor starts a cursor that stands nowhere.
func (k *KeyIndex) Cursor() *Cursor { return &Cursor{} }

// Verify checks every block.
func (k *KeyIndex) Verify() error { return nil }

// Close gives the mapping back.
func (k *KeyIndex) Close() error { return nil }

// Cursor walks the keys in order, both ways. For one goroutine.
type Cursor struct{}

// SeekGE moves to the first key at or after key.
func (c *Cursor) SeekGE(key []byte) bool { return false }

// SeekLT moves to the last key before key.
func (c *Cursor) SeekLT(key []byte) bool { return false }

// First and Last move to the ends.
func (c *Cursor) First() bool { return false }

// Last moves to the last key.
func (c *Cursor) Last() bool { return false }

// Next moves to the following key, or to the first when the cursor stands nowhere.
func (c *Cursor) Next() bool { return false }

// Prev moves to the key before, or to the last when the cursor stands nowhere.
func (c *Cursor) Prev() bool { return false }

// Key is the key under the cursor, valid until it moves.
func (c *Cursor) Key() []byte { return nil }

// Posting is the ordinals under the cursor.
func (c *Cursor) Posting() (Posting, error) { return Posting{}, nil }

// Err is what stopped the cursor, or nil.
func (c *Cursor) Err() error { return nil }

// Posting is the ordinals of one key, ascending, at least one. It aliases the index.
type Posting struct{}

// Len is the number of ordinals.
func (p Posting) Len() int { return 0 }

// First is the least ordinal.
func (p Posting) First() uint32 { return 0 }

// All iterates over the ordinals.
func (p Posting) All() iter.Seq[uint32] { return func(func(uint32) bool) {} }

// Contains tells whether an ordinal is in it.
func (p Posting) Contains(ord uint32) bool { return false }

// AddTo adds the ordinals to a bitmap.
func (p Posting) AddTo(b *roaring.Bitmap) {}

// Bitmap gives a bitmap of its own.
func (p Posting) Bitmap() *roaring.Bitmap { return roaring.New() }

// End says that the version at Ordinal was ended by the commit at Timestamp.
type End struct {
	Ordinal   uint32
	Timestamp uint64
}

// EncodeEnds encodes the ends of one segment, sorted by ordinal, each ordinal at most once.
func EncodeEnds(segment uint64, ends []End) ([]byte, error) { return nil, nil }

// Ends are the durable ends of one segment.
type Ends struct {
	Segment uint64
	List    []End           // by ordinal
	Bitmap  *roaring.Bitmap // their ordinals
}

// DecodeEnds decodes and checks; name is for errors.
func DecodeEnds(name string, data []byte) (*Ends, error) { return nil, nil }
