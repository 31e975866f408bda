package log

import (
	"encoding/binary"
	"hash/crc32"
)

const (
	fileHeaderBytes   = 512
	recordHeaderBytes = 32
	recordAlign       = 8
	formatVersion     = 1
	fileMagic         = "VGCOMLOG"
)

// Kinds of record.
const (
	kindData = 0
	kindSeal = 1
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// recordBytes is the space of a record with n bytes of payload.
func recordBytes(n int) int64 {
	return (int64(recordHeaderBytes+n) + recordAlign - 1) &^ (recordAlign - 1)
}

// appendRecord encodes one record.
func appendRecord(buf, payload []byte, lsn, synced LSN, fileSeq uint64, kind uint32) []byte {
	start := len(buf)
	buf = append(buf, 0, 0, 0, 0)
	buf = binary.LittleEndian.AppendUint32(buf, uint32(len(payload)))
	buf = binary.LittleEndian.AppendUint64(buf, uint64(lsn))
	buf = binary.LittleEndian.AppendUint64(buf, uint64(synced))
	buf = binary.LittleEndian.AppendUint32(buf, uint32(fileSeq))
	buf = binary.LittleEndian.AppendUint32(buf, kind)
	buf = append(buf, payload...)
	binary.LittleEndian.PutUint32(buf[start:], crc32.Checksum(buf[start+4:], castagnoli))
	var zeros [recordAlign]byte
	return append(buf, zeros[:recordBytes(len(payload))-int64(len(buf)-start)]...)
}

// record is one decoded record; payload aliases the file.
type record struct {
	payload []byte
	synced  LSN
	kind    uint32
	next    int64 // offset after it
}

// parseRecord decodes the record at off of a file; false when there is none that belongs there.
func parseRecord(file []byte, off int64, firstLSN LSN, fileSeq uint64) (record, bool) {
	if off < fileHeaderBytes || off+recordHeaderBytes > int64(len(file)) {
		return record{}, false
	}
	lsn := firstLSN + LSN(off-fileHeaderBytes)
	h := file[off : off+recordHeaderBytes]
	if binary.LittleEndian.Uint64(h[8:]) != uint64(lsn) || binary.LittleEndian.Uint32(h[24:]) != uint32(fileSeq) {
		return record{}, false
	}
	n := int64(binary.LittleEndian.Uint32(h[4:]))
	r := record{synced: LSN(binary.LittleEndian.Uint64(h[16:])), kind: binary.LittleEndian.Uint32(h[28:])}
	// The padding may be cut off where a file was truncated; the payload may not.
	if n > RecordBytesMax || off+recordHeaderBytes+n > int64(len(file)) || r.synced > lsn || r.kind > kindSeal {
		return record{}, false
	}
	body := file[off : off+recordHeaderBytes+n]
	if crc32.Checksum(body[4:], castagnoli) != binary.LittleEndian.Uint32(h) {
		return record{}, false
	}
	r.payload = body[recordHeaderBytes:len(body):len(body)]
	r.next = off + recordBytes(int(n))
	return r, true
}

// encodeFileHeader gives a file's first sector.
func encodeFileHeader(fileSeq uint64, firstLSN LSN) []byte {
	h := make([]byte, fileHeaderBytes)
	copy(h, fileMagic)
	binary.LittleEndian.PutUint32(h[8:], formatVersion)
	binary.LittleEndian.PutUint32(h[12:], fileHeaderBytes)
	binary.LittleEndian.PutUint64(h[16:], fileSeq)
	binary.LittleEndian.PutUint64(h[24:], uint64(firstLSN))
	binary.LittleEndian.PutUint32(h[fileHeaderBytes-4:], crc32.Checksum(h[:fileHeaderBytes-4], castagnoli))
	return h
}

// parseFileHeader decodes a header; ok is false when it is damaged or was never written whole. The places of magic, version and
// checksum are the same in every version.
func parseFileHeader(file []byte) (version uint32, fileSeq uint64, firstLSN LSN, ok bool) {
	if len(file) < fileHeaderBytes || string(file[:8]) != fileMagic {
		return 0, 0, 0, false
	}
	h := file[:fileHeaderBytes]
	if crc32.Checksum(h[:fileHeaderBytes-4], castagnoli) != binary.LittleEndian.Uint32(h[fileHeaderBytes-4:]) {
		return 0, 0, 0, false
	}
	return binary.LittleEndian.Uint32(h[8:]), binary.LittleEndian.Uint64(h[16:]), LSN(binary.LittleEndian.Uint64(h[24:])), true
}
