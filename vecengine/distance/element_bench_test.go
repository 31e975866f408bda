package distance

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// benchSlab is rows of an element that take about so many bytes. Sparse rows have 120 values.
func benchSlab(r *rand.Rand, e Element, dim, bytes int) Slab {
	size := e.RowBytes(dim)
	if e == Sparse {
		const nnz = 120
		rows := bytes / (8 * nnz)
		b := NewSlabBuilder(e, dim, rows, bytes)
		for range rows {
			v := Vector{Element: e, Dim: dim}
			for i := range nnz {
				v.Indices = append(v.Indices, int32(dim/nnz*i+r.IntN(dim/nnz)))
				v.Floats = append(v.Floats, r.Float32())
			}
			if err := b.Append(v.AppendRow(nil)); err != nil {
				panic(err)
			}
		}
		return b.Slab()
	}
	raw := make([]byte, bytes/size*size)
	for i := range raw {
		raw[i] = byte(i) & 0x3f // no half of it is infinite
	}
	s, err := View(e, dim, raw, nil)
	if err != nil {
		panic(err)
	}
	return s
}

// BenchmarkElements is BenchmarkGather for the elements beside float32, and their exact scan.
func BenchmarkElements(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		e    Element
		dims []int
	}{{Float32, []int{768}}, {Half, []int{100, 768}}, {Bit, []int{768, 3072}}, {Sparse, []int{30000}}} {
		for _, dim := range c.dims {
			for _, where := range []struct {
				name  string
				bytes int
			}{{"cache", 512 << 10}, {"memory", 96 << 20}} {
				slab := benchSlab(r, c.e, dim, where.bytes)
				n := slab.Len()
				ids := make([]uint32, 1<<15)
				for i := range ids {
					ids[i] = uint32(r.IntN(n))
				}
				out := make([]float32, 256)
				for i, m := range metricsOn(c.e) {
					if i > 0 && where.name == "memory" {
						break // the metrics differ in computing alone
					}
					s := NewScorer(m, slab.Vector(0), slab)
					name := fmt.Sprintf("%s/%s/%d/%s", c.e, m, dim, where.name)
					b.Run("gather/"+name, func(b *testing.B) {
						at := 0
						for range b.N {
							s.Gather(ids[at:at+32], out)
							at = (at + 32) & (len(ids) - 1)
						}
						b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*32), "ns/row")
					})
					if where.name == "cache" {
						continue
					}
					b.Run("scan/"+name, func(b *testing.B) {
						b.SetBytes(slab.Size())
						for range b.N {
							for at := 0; at+256 <= n; at += 256 {
								s.Contiguous(at, 256, out)
							}
						}
						b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/row")
					})
				}
			}
		}
	}
}

// BenchmarkResetRow is what binding a row as the query costs, as a graph's build does for every candidate.
func BenchmarkResetRow(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	for e, dim := range map[Element]int{Float32: 768, Half: 768, Bit: 768, Sparse: 30000} {
		slab := benchSlab(r, e, dim, 512<<10)
		m := metricsOn(e)[0]
		var s Scorer
		b.Run(e.String(), func(b *testing.B) {
			for i := range b.N {
				s.ResetRow(m, &slab, uint32(i%slab.Len()))
			}
		})
	}
}
