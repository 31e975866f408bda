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
	vector   []float32
}

type dataset struct {
	train, test []item
	tenants     [2]tenant
}

// tenant is a namespace and the training images that are its own.
type tenant struct {
	schema string
	items  []item
	sums   []int32 // pixel sums, ascending
}

// owner tells which tenant an image belongs to.
func owner(id int64) int { return int(id % 2) }

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
	for _, it := range d.train {
		t := &d.tenants[owner(it.id)]
		t.items, t.sums = append(t.items, it), append(t.sums, it.pixelSum)
	}
	for i := range d.tenants {
		slices.Sort(d.tenants[i].sums)
	}
	return &d, nil
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
		v := make([]float32, pixels)
		sum := int32(0)
		for j, p := range images[imageHeader+i*pixels:][:pixels] {
			v[j] = float32(p)
			sum += int32(p)
		}
		items[i] = item{int64(i), int32(labels[labelHeader+i]), sum, v}
	}
	return items, nil
}

func readGzip(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w (it is in Debian's package dataset-fashion-mnist)", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return io.ReadAll(z)
}
