package segment

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

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
	KindVectors     FileKind = 4
)

// Header identifies a container.
type Header struct {
	Kind      FileKind
	Namespace uint64
	Table     uint64
	Segment   uint64
	Index     uint64 // of a sidecar; 0 in a data file
}

// Layout of a container; docs/format/segment.md draws it.
const (
	containerMagic   = "VGCONTNR"
	tailMagic        = "VGCONEND"
	containerVersion = 1
	headerBytes      = 64
	tailBytes        = 32
	blockBytes       = 256 << 10
	alignMax         = 4096
	alignMin         = 64
	sectionsMax      = 1 << 16
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func encodeHeader(h Header, align int) []byte {
	b := make([]byte, headerBytes)
	copy(b, containerMagic)
	le := binary.LittleEndian
	le.PutUint32(b[8:], containerVersion)
	le.PutUint32(b[12:], uint32(h.Kind))
	le.PutUint64(b[16:], h.Namespace)
	le.PutUint64(b[24:], h.Table)
	le.PutUint64(b[32:], h.Segment)
	le.PutUint64(b[40:], h.Index)
	le.PutUint32(b[48:], uint32(align))
	le.PutUint32(b[60:], crc32.Checksum(b[:60], castagnoli))
	return b
}

// decodeHeader checks the first 64 bytes. Magic, version and checksum have the same place in every version.
func decodeHeader(name string, data []byte) (Header, error) {
	if len(data) < headerBytes {
		return Header{}, vfs.Corruptf(name, 0, "%d bytes are too few for a container", len(data))
	}
	b := data[:headerBytes]
	le := binary.LittleEndian
	if string(b[:8]) != containerMagic {
		return Header{}, vfs.Corruptf(name, 0, "no container's magic")
	}
	if crc32.Checksum(b[:60], castagnoli) != le.Uint32(b[60:]) {
		return Header{}, vfs.Corruptf(name, 60, "wrong checksum of the header")
	}
	if v := le.Uint32(b[8:]); v > containerVersion {
		return Header{}, fmt.Errorf("%w: %s has container version %d, this release reads up to %d", ErrNewerFormat, name, v, containerVersion)
	} else if v == 0 {
		return Header{}, vfs.Corruptf(name, 8, "version 0")
	}
	return Header{
		Kind: FileKind(le.Uint32(b[12:])), Namespace: le.Uint64(b[16:]), Table: le.Uint64(b[24:]),
		Segment: le.Uint64(b[32:]), Index: le.Uint64(b[40:]),
	}, nil
}
