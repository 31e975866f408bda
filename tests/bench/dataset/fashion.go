package dataset

import (
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"vecgres/vecengine/distance"
)

// FashionDir is where Debian's package puts the images.
const FashionDir = "/usr/share/datasets/fashion-mnist"

// Fashion is Fashion-MNIST: at most rows of the 60,000 training images, at most queries of the 10,000 test images.
func (c Cache) Fashion(rows, queries int) (*Set, error) {
	const dim = 784
	train, err := c.Make("fashion-train.f32", func(path string) error { return convertImages("train", path, dim) })
	if err != nil {
		return nil, err
	}
	test, err := c.Make("fashion-test.f32", func(path string) error { return convertImages("t10k", path, dim) })
	if err != nil {
		return nil, err
	}
	return c.open("fashion", distance.L2, dim, train, test, min(rows, 60_000), min(queries, 10_000))
}

// convertImages turns an IDX file of images (16 bytes of header, then a byte a pixel) into floats.
func convertImages(name, path string, dim int) error {
	f, err := os.Open(filepath.Join(FashionDir, name+"-images-idx3-ubyte.gz"))
	if err != nil {
		return fmt.Errorf("%w (Debian's package dataset-fashion-mnist has it: make deps-dataset)", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		return err
	}
	const header = 16
	if len(raw) < header || (len(raw)-header)%dim != 0 {
		return fmt.Errorf("%s: %d bytes are no images of %d pixels", f.Name(), len(raw), dim)
	}
	v := make([]float32, len(raw)-header)
	for i, b := range raw[header:] {
		v[i] = float32(b)
	}
	return writeFloats(path, v)
}
