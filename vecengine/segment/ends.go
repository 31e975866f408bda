package segment

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/RoaringBitmap/roaring/v2"

	"vecgres/vecengine/vfs"
)

// End says that the version at Ordinal was ended by the commit at Timestamp.
type End struct {
	Ordinal   uint32
	Timestamp uint64
}

// Ends are the durable ends of one segment.
type Ends struct {
	Segment uint64
	List    []End           // by ordinal
	Bitmap  *roaring.Bitmap // their ordinals; owned by the caller
}

const (
	endsMagic   = "VGENDS\r\n"
	endsVersion = 1
	endsHeader  = 40
	endBytes    = 12
)

// EncodeEnds encodes the ends of one segment, sorted by ordinal, each ordinal at most once.
func EncodeEnds(segment uint64, ends []End) ([]byte, error) {
	bitmap := roaring.New()
	for i, e := range ends {
		if i > 0 && e.Ordinal <= ends[i-1].Ordinal || e.Ordinal > RowsMax {
			return nil, fmt.Errorf("segment: end %d of ordinal %d is out of order", i, e.Ordinal)
		}
		bitmap.Add(e.Ordinal)
	}
	bitmap.RunOptimize()
	bits, err := bitmap.ToBytes()
	if err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	b := make([]byte, 0, endsHeader+endBytes*len(ends)+len(bits)+4)
	b = append(b, endsMagic...)
	b = le.AppendUint32(b, endsVersion)
	b = le.AppendUint32(b, uint32(len(ends)))
	b = le.AppendUint64(b, segment)
	b = le.AppendUint64(b, uint64(len(bits)))
	b = le.AppendUint64(b, 0)
	for _, e := range ends {
		b = le.AppendUint32(b, e.Ordinal)
		b = le.AppendUint64(b, e.Timestamp)
	}
	b = append(b, bits...)
	return le.AppendUint32(b, crc32.Checksum(b, castagnoli)), nil
}

// DecodeEnds decodes and checks; name is for errors. Nothing in the result aliases data.
func DecodeEnds(name string, data []byte) (*Ends, error) {
	le := binary.LittleEndian
	if len(data) < endsHeader+4 || string(data[:8]) != endsMagic {
		return nil, vfs.Corruptf(name, 0, "no file of ends")
	}
	body := data[:len(data)-4]
	if crc32.Checksum(body, castagnoli) != le.Uint32(data[len(body):]) {
		return nil, vfs.Corruptf(name, int64(len(body)), "wrong checksum")
	}
	if v := le.Uint32(data[8:]); v > endsVersion {
		return nil, fmt.Errorf("%w: %s has version %d of the ends format, this release reads up to %d", ErrNewerFormat, name, v, endsVersion)
	} else if v == 0 {
		return nil, vfs.Corruptf(name, 8, "version 0")
	}
	n, bits := uint64(le.Uint32(data[12:])), le.Uint64(data[24:])
	if rest := uint64(len(body) - endsHeader); n > rest/endBytes || bits != rest-n*endBytes {
		return nil, vfs.Corruptf(name, 12, "%d ends and a bitmap of %d bytes do not fit", n, bits)
	}
	e := &Ends{Segment: le.Uint64(data[16:]), List: make([]End, n), Bitmap: roaring.New()}
	at := endsHeader
	for i := range e.List {
		e.List[i] = End{Ordinal: le.Uint32(data[at:]), Timestamp: le.Uint64(data[at+4:])}
		at += endBytes
	}
	if err := parseBitmap(e.Bitmap, body[at:]); err != nil {
		return nil, vfs.Corruptf(name, int64(at), "bitmap: %v", err)
	}
	if !sameOrdinals(e.Bitmap, e.List) {
		return nil, vfs.Corruptf(name, int64(at), "bitmap and list of ends differ")
	}
	return e, nil
}

// parseBitmap reads a serialised bitmap into b, copying, and checks it.
func parseBitmap(b *roaring.Bitmap, data []byte) (err error) {
	defer func() { // the library has panicked on damaged bytes before
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	n, err := b.FromUnsafeBytes(append([]byte(nil), data...))
	if err == nil && n != int64(len(data)) {
		err = fmt.Errorf("%d of %d bytes", n, len(data))
	}
	if err == nil {
		err = b.Validate()
	}
	return err
}

// sameOrdinals compares a bitmap with a sorted list.
func sameOrdinals(b *roaring.Bitmap, list []End) bool {
	if b.GetCardinality() != uint64(len(list)) {
		return false
	}
	it := b.Iterator()
	for _, e := range list {
		if !it.HasNext() || it.Next() != e.Ordinal {
			return false
		}
	}
	return true
}
