package log

import (
	"encoding/binary"
	"hash/crc32"
	"path"

	"vecgres/vecengine/vfs"
)

// chroot runs the tests' relative names below a directory of the real file system.
type chroot struct {
	vfs.FS
	dir string
}

func (c chroot) at(name string) string {
	if path.IsAbs(name) {
		return name
	}
	return path.Join(c.dir, name)
}

func (c chroot) Create(n string) (vfs.File, error)        { return c.FS.Create(c.at(n)) }
func (c chroot) Open(n string) (vfs.File, error)          { return c.FS.Open(c.at(n)) }
func (c chroot) OpenReadWrite(n string) (vfs.File, error) { return c.FS.OpenReadWrite(c.at(n)) }
func (c chroot) Remove(n string) error                    { return c.FS.Remove(c.at(n)) }
func (c chroot) MkdirAll(n string) error                  { return c.FS.MkdirAll(c.at(n)) }
func (c chroot) List(n string) ([]string, error)          { return c.FS.List(c.at(n)) }
func (c chroot) Stat(n string) (vfs.FileInfo, error)      { return c.FS.Stat(c.at(n)) }
func (c chroot) SyncDir(n string) error                   { return c.FS.SyncDir(c.at(n)) }

func putHeaderSum(h []byte) {
	binary.LittleEndian.PutUint32(h[fileHeaderBytes-4:], crc32.Checksum(h[:fileHeaderBytes-4], castagnoli))
}
