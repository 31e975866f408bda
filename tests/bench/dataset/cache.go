package dataset

import (
	"fmt"
	"os"
	"path/filepath"
	"unsafe"

	"vecgres/vecengine/distance"
)

// Cache is the folder that files are kept in.
type Cache struct{ Dir string }

// Path is where a file of the cache is.
func (c Cache) Path(name string) string { return filepath.Join(c.Dir, name) }

// Make gives the path of a file, which write makes if it is not there. write gets a temporary name.
func (c Cache) Make(name string, write func(path string) error) (string, error) {
	path := c.Path(name)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return "", err
	}
	temporary := fmt.Sprintf("%s.%d", path, os.Getpid())
	defer os.RemoveAll(temporary)
	if err := write(temporary); err != nil {
		return "", err
	}
	return path, os.Rename(temporary, path)
}

// writeFloats writes numbers as they lie in memory, which is little-endian on every machine the benchmarks run on.
func writeFloats(path string, v []float32) error {
	return os.WriteFile(path, unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), 4*len(v)), 0o644)
}

// readFloats reads the first rows of a file; all of them for a negative number.
func readFloats(path string, dim, rows int) (distance.Slab, error) {
	f, err := os.Open(path)
	if err != nil {
		return distance.Slab{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return distance.Slab{}, err
	}
	have := int(info.Size()) / (4 * dim)
	if rows < 0 {
		rows = have
	}
	if rows > have {
		return distance.Slab{}, fmt.Errorf("%s has %d rows, not %d", path, have, rows)
	}
	data := make([]float32, rows*dim)
	b := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(data))), 4*len(data))
	for at := 0; at < len(b); {
		n, err := f.Read(b[at:])
		if err != nil {
			return distance.Slab{}, fmt.Errorf("%s: %w", path, err)
		}
		at += n
	}
	return distance.Slab{Data: data, Dim: dim}, nil
}
