package quant

import (
	"context"
	"fmt"

	"vecgres/vecengine/bitmap"
	"vecgres/vecengine/distance"
)

// Kind is a choice of codes for an index. The numbers are part of file formats and never change.
type Kind uint8

// The kinds.
const (
	Auto   Kind = 0 // what Choose finds worth it, where the segment's own measured recall allows it
	None   Kind = 1 // walks compare the vectors themselves
	Int8   Kind = 2 // a byte a dimension
	Half   Kind = 3 // two bytes a dimension
	Binary Kind = 4 // a bit a dimension
)

// String is the kind's name in WITH (quantization = …).
func (k Kind) String() string {
	switch k {
	case Auto:
		return "auto"
	case None:
		return "none"
	case Int8:
		return "int8"
	case Half:
		return "half"
	case Binary:
		return "binary"
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// ParseKind is the kind of a name.
func ParseKind(name string) (k Kind, ok bool) {
	for k = Auto; k <= Binary; k++ {
		if k.String() == name {
			return k, true
		}
	}
	return 0, false
}

// Supports tells whether vectors of an element have codes of a kind for a metric at a dimension. Auto and None always are.
func (k Kind) Supports(m distance.Metric, e distance.Element, dim int) bool {
	switch k {
	case Auto, None:
		return true
	case Int8, Binary:
		return (e == distance.Float32 || e == distance.Half) && (m == distance.L2 || m == distance.InnerProduct || m == distance.Cosine) &&
			dim > 0 && dim <= dimMax
	case Half:
		return e == distance.Float32 && m.On(e) && dim > 0 && dim <= dimMax
	}
	return false
}

// RowBytes is the size of a row of codes; 0 for Auto and None.
func (k Kind) RowBytes(dim int) int {
	switch k {
	case Int8:
		return Stride(dim)
	case Half:
		return 2 * dim
	case Binary:
		return binaryStride(dim)
	}
	return 0
}

// autoDimMin is the dimension from which on reading a quarter of a vector saves time.
const autoDimMin = 64

// Choose is the kind that k comes to: Auto is Int8 where there are such codes and rows are long enough to gain by them, else None.
func (k Kind) Choose(m distance.Metric, e distance.Element, dim int) Kind {
	if k != Auto {
		return k
	}
	if dim >= autoDimMin && Int8.Supports(m, e, dim) {
		return Int8
	}
	return None
}

// ForIndex makes the codes of an index: those that its graph is best built by, and those that walks go by; either may be nil, for the
// vectors themselves. A graph is never built by binary codes, which tell a node's nearest too badly, but by int8 ones that are let go
// afterwards. Codes that are not faithful are left out. Errors: ErrMetric where there are none of the kind, or ctx's.
func ForIndex(ctx context.Context, k Kind, m distance.Metric, vectors distance.Slab, skip *bitmap.Flat, workers int) (build, walk *Codes, err error) {
	k = k.Choose(m, vectors.Element, vectors.Dim)
	if k == None {
		return nil, nil, nil
	}
	if walk, err = faithful(ctx, k, m, vectors, skip, workers); err != nil || k != Binary {
		return walk, walk, err
	}
	build, err = faithful(ctx, Auto.Choose(m, vectors.Element, vectors.Dim), m, vectors, skip, workers)
	return build, walk, err
}

// IndexRowBytes is how much memory ForIndex takes for each row.
func IndexRowBytes(k Kind, m distance.Metric, e distance.Element, dim int) int {
	bytes := k.Choose(m, e, dim).RowBytes(dim)
	if k == Binary {
		bytes += Auto.Choose(m, e, dim).RowBytes(dim)
	}
	return bytes
}

// faithful makes codes, or none if they are not faithful or k is None.
func faithful(ctx context.Context, k Kind, m distance.Metric, vectors distance.Slab, skip *bitmap.Flat, workers int) (*Codes, error) {
	if k == None {
		return nil, nil
	}
	c, err := Build(ctx, k, m, vectors, skip, workers)
	if err != nil || !c.Faithful(vectors, skip) {
		return nil, err
	}
	return c, nil
}
