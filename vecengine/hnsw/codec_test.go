package hnsw

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"testing"

	"vecgres/vecengine/distance"
)

func encode(t testing.TB, g *Graph) []byte {
	t.Helper()
	var buf bytes.Buffer
	n, err := g.WriteTo(&buf)
	if err != nil || n != g.EncodedSize() || n != int64(buf.Len()) {
		t.Fatalf("wrote %d of %d bytes: %v", n, g.EncodedSize(), err)
	}
	return buf.Bytes()
}

func TestCodecRoundTrip(t *testing.T) {
	r := newRand(t)
	for _, n := range []int{0, 1, 5, 1000} {
		v := newWorld(r, 4, 3).draw(n)
		x := buildIndex(t, v, Params{Metric: distance.L1, M: 6, EfConstruction: 30, Seed: 3}, false, nil)
		b := encode(t, x.Graph)
		g, err := Open(b)
		if err != nil {
			t.Fatal(err)
		}
		if err := g.Check(n); err != nil {
			t.Fatal(err)
		}
		if g.Metric() != distance.L1 || g.M() != 6 || g.EfConstruction() != 30 || g.Nodes() != n || !bytes.Equal(encode(t, g), b) {
			t.Errorf("n %d: the graph is another after a round trip", n)
		}
		unaligned := append(make([]byte, 1), b...)[1:]
		if g, err = Open(unaligned); err != nil || g.Check(n) != nil {
			t.Errorf("n %d: unaligned bytes: %v", n, err)
		}
		for _, cut := range []int{0, 10, 63, len(b) - 1} {
			if _, err := Open(b[:cut]); !errors.Is(err, ErrCorrupt) {
				t.Errorf("n %d: %d bytes open: %v", n, cut, err)
			}
		}
	}
}

// damaged opens changed bytes and, if they open, searches in all ways: errors are fine, anything else is not.
func damaged(t *testing.T, b []byte, v distance.Slab) {
	g, err := Open(b)
	if err != nil {
		if !errors.Is(err, ErrCorrupt) {
			t.Fatalf("unexpected error %v", err)
		}
		return
	}
	g.Check(v.Len())
	if g.Len() != v.Len() {
		return
	}
	x, err := NewIndex(g, v, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	query := make([]float32, v.Dim)
	for _, opt := range []Options{{K: 5}, {K: v.Len(), Ef: v.Len()}, {K: 5, Accept: func(o uint32) bool { return o%2 == 0 }}} {
		if _, _, err := x.Search(ctx, distance.Floats(query), opt, nil); err != nil && !errors.Is(err, ErrCorrupt) {
			t.Fatalf("unexpected error %v", err)
		}
	}
	s, err := x.NewSearcher(ctx, distance.Floats(query), Options{Ef: 10})
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if _, err := s.Next(nil); err != nil {
			break
		}
	}
	s.Close()
}

func TestDamagedGraphs(t *testing.T) {
	r := newRand(t)
	v := newWorld(r, 4, 3).draw(300)
	x := buildIndex(t, v, Params{Metric: distance.L2, M: 4, EfConstruction: 20}, false, nil)
	good := encode(t, x.Graph)
	for range 2000 {
		b := bytes.Clone(good)
		for range 1 + r.IntN(4) {
			at := r.IntN(len(b) / 4)
			if r.IntN(3) == 0 {
				at = r.IntN(24) // the header
			}
			values := []uint32{r.Uint32(), uint32(r.IntN(400)), none, 0}
			binary.LittleEndian.PutUint32(b[4*at:], values[r.IntN(len(values))])
		}
		damaged(t, b, v)
	}
}

func TestCheckFindsDamage(t *testing.T) {
	r := newRand(t)
	v := newWorld(r, 4, 3).draw(300)
	x := buildIndex(t, v, Params{Metric: distance.L2, M: 4, EfConstruction: 20}, false, nil)
	g := x.Graph
	if g.Check(299) == nil {
		t.Error("a wrong number of rows passes")
	}
	for name, change := range map[string]func(g *Graph){
		"out of range": func(g *Graph) { g.links[0] = 300 },
		"itself":       func(g *Graph) { g.links[8*7] = 7 },
		"twice":        func(g *Graph) { g.links[0], g.links[1] = 5, 5 },
		"cut off": func(g *Graph) {
			for i, s := range g.links {
				if s == 9 {
					g.links[i] = uint32(i/8+1) % 300
					if g.links[i] == 9 {
						g.links[i] = 11
					}
				}
			}
		},
		"order": func(g *Graph) { g.upper[0].nodes[0] = 299 },
	} {
		h, err := Open(bytes.Clone(encode(t, g)))
		if err != nil {
			t.Fatal(err)
		}
		change(h)
		if err := h.Check(300); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 2))
	v := newWorld(r, 2, 3).draw(40)
	for _, n := range []int{0, 1, 40} {
		g, err := Build(ctx, Vectors{Slab: v.Slice(0, n)}, Params{Metric: distance.L2, M: 2, EfConstruction: 10}, 1, nil)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(encode(f, g))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		damaged(t, b, v)
	})
}
