package main

import (
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// pixels of an image, each 0 to 255.
const pixels = 28 * 28

// item is an image: its number among the training images is its primary key.
type item struct {
	id       int64
	label    int32
	pixelSum int32
	image    []byte
	vector   []float32 // the same as floats
}

type dataset struct {
	train, test []item
	tenants     [2]tenant
}

// tenant is a namespace and the training images that are its own.
type tenant struct {
	schema string
	items  []item    // at i the image with id 2i or 2i+1
	slab   []float32 // their vectors, one after another
	sums   []int32   // pixel sums, ascending
}

// owner tells which tenant an image belongs to.
func owner(id int64) int { return int(id % 2) }

// item finds a tenant's image; nil when it is not the tenant's.
func (d *dataset) item(tenant int, id int64) *item {
	if id < 0 || id >= int64(len(d.train)) || owner(id) != tenant {
		return nil
	}
	return &d.train[id]
}

func readDataset(folder string) (*dataset, error) {
	var d dataset
	var err error
	if d.train, err = readItems(folder, "train"); err != nil {
		return nil, err
	}
	if d.test, err = readItems(folder, "t10k"); err != nil {
		return nil, err
	}
	d.tenants = [2]tenant{{schema: "shop$berlin"}, {schema: "shop$tokyo"}}
	for i := range d.tenants {
		t := &d.tenants[i]
		t.slab = make([]float32, 0, (len(d.train)/2+1)*pixels)
		for id := i; id < len(d.train); id += 2 {
			t.slab = appendFloats(t.slab, d.train[id].image)
			d.train[id].vector = t.slab[len(t.slab)-pixels:]
			t.items, t.sums = append(t.items, d.train[id]), append(t.sums, d.train[id].pixelSum)
		}
		slices.Sort(t.sums)
	}
	for i := range d.test {
		d.test[i].vector = appendFloats(nil, d.test[i].image)
	}
	return &d, nil
}

func appendFloats(dst []float32, image []byte) []float32 {
	for _, p := range image {
		dst = append(dst, float32(p))
	}
	return dst
}

// readItems reads a pair of IDX files: images and labels.
func readItems(folder, name string) ([]item, error) {
	images, err := readGzip(filepath.Join(folder, name+"-images-idx3-ubyte.gz"))
	if err != nil {
		return nil, err
	}
	labels, err := readGzip(filepath.Join(folder, name+"-labels-idx1-ubyte.gz"))
	if err != nil {
		return nil, err
	}
	const imageHeader, labelHeader = 16, 8
	if len(images) < imageHeader || len(labels) < labelHeader {
		return nil, fmt.Errorf("%s: too short", name)
	}
	n := int(binary.BigEndian.Uint32(images[4:]))
	if len(images) != imageHeader+n*pixels || len(labels) != labelHeader+n {
		return nil, fmt.Errorf("%s: not %d images of %d pixels", name, n, pixels)
	}
	items := make([]item, n)
	for i := range items {
		image := images[imageHeader+i*pixels:][:pixels:pixels]
		sum := int32(0)
		for _, p := range image {
			sum += int32(p)
		}
		items[i] = item{id: int64(i), label: int32(labels[labelHeader+i]), pixelSum: sum, image: image}
	}
	return items, nil
}

func readGzip(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w (it is in Debian's package dataset-fashion-mnist: make deps-demo)", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return io.ReadAll(z)
}
