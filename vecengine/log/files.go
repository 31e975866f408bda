package log

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"vecgres/vecengine/vfs"
)

// storedFile is a file of the log as found in the directory.
type storedFile struct {
	seq   uint64
	name  string // path
	first LSN
	size  int64
	m     vfs.Mapping
}

func fileName(dir string, seq uint64) string {
	return path.Join(dir, fmt.Sprintf("%016x.log", seq))
}

// parseFileName gives a file's sequence number; false for names that are not the log's.
func parseFileName(name string) (uint64, bool) {
	hex, ok := strings.CutSuffix(name, ".log")
	if !ok || len(hex) != 16 {
		return 0, false
	}
	seq, err := strconv.ParseUint(hex, 16, 64)
	return seq, err == nil && fmt.Sprintf("%016x", seq) == hex
}

// findFiles maps the log's files, oldest first. torn are files whose creation a crash cut off: they hold no record. On error everything is closed.
func findFiles(fsys vfs.FS, dir string) (files, torn []*storedFile, err error) {
	names, err := fsys.List(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			closeFiles(files)
			files = nil
		}
		closeFiles(torn)
	}()
	for _, name := range names {
		seq, ok := parseFileName(name)
		if !ok {
			continue
		}
		f := &storedFile{seq: seq, name: path.Join(dir, name)}
		if f.m, err = vfs.MapFile(fsys, f.name); err != nil {
			return files, torn, err
		}
		whole, err := f.open()
		if err != nil {
			f.m.Close()
			return files, torn, err
		}
		if whole {
			files = append(files, f)
		} else {
			torn = append(torn, f)
		}
	}
	for i := 1; i < len(files); i++ {
		if files[i].first < files[i-1].first {
			return files, torn, vfs.Corruptf(files[i].name, 24, "first LSN %d is below that of the file before", files[i].first)
		}
	}
	return files, torn, nil
}

func closeFiles(files []*storedFile) {
	for _, f := range files {
		f.m.Close()
	}
}

// open reads the header; false when the file holds neither a header nor any record.
func (f *storedFile) open() (whole bool, err error) {
	data := f.m.Bytes()
	f.size = int64(len(data))
	err = vfs.GuardFault(f.name, data, func() error {
		version, seq, first, ok := parseFileHeader(data)
		switch {
		case ok && version > formatVersion:
			return fmt.Errorf("%w: %s has version %d, this release reads up to %d", ErrNewerFormat, f.name, version, formatVersion)
		case ok && (seq != f.seq || version == 0 || first < FirstLSN || first%recordAlign != 0):
			return vfs.Corruptf(f.name, 8, "the header is of file %d, version %d, first LSN %d", seq, version, first)
		case ok:
			f.first, whole = first, true
			return nil
		}
		// Records are written only after the header is durable, so a record without a header means damage.
		if off, ok := f.anyRecord(data); ok {
			return vfs.Corruptf(f.name, 0, "the file header is damaged, but there is a record at byte %d", off)
		}
		return nil
	})
	return whole, err
}

// anyRecord looks for a record of this file without knowing its first LSN.
func (f *storedFile) anyRecord(data []byte) (int64, bool) {
	for off := int64(fileHeaderBytes); off+recordHeaderBytes <= int64(len(data)); off += recordAlign {
		h := data[off:]
		lsn := LSN(binary.LittleEndian.Uint64(h[8:]))
		if binary.LittleEndian.Uint32(h[24:]) != uint32(f.seq) || lsn < FirstLSN+LSN(off-fileHeaderBytes) {
			continue
		}
		if _, ok := parseRecord(data, off, lsn-LSN(off-fileHeaderBytes), f.seq); ok {
			return off, true
		}
	}
	return 0, false
}

// provesSynced looks behind off for a record that was made when the place at off was durable already.
func (f *storedFile) provesSynced(off int64) (int64, bool) {
	data := f.m.Bytes()
	place := f.first + LSN(off-fileHeaderBytes)
	for q := off + recordAlign; q+recordHeaderBytes <= int64(len(data)); q += recordAlign {
		if r, ok := parseRecord(data, q, f.first, f.seq); ok && r.synced > place {
			return q, true
		}
	}
	return 0, false
}
