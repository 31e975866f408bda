package bitmap

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
)

func newRand(t testing.TB) *rand.Rand {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

// randomSet draws sorted distinct ordinals below n, in runs and alone, so that all container kinds occur.
func randomSet(r *rand.Rand, n uint32) []uint32 {
	var set []uint32
	for at := uint32(0); at < n; {
		at += uint32(r.IntN(40))
		run := uint32(1)
		if r.IntN(10) == 0 {
			run = uint32(r.IntN(300))
		}
		for i := uint32(0); i < run && at < n; i++ {
			set = append(set, at)
			at++
		}
		at++
	}
	return set
}

// members are the ordinals of f.
func members(f *Flat) []uint32 {
	var all []uint32
	f.Each(func(o uint32) bool { all = append(all, o); return true })
	return all
}

func TestFlatEqualsRoaring(t *testing.T) {
	r := newRand(t)
	for _, n := range []uint32{1, 63, 64, 65, 1000, 70000, 200001} {
		a, b := randomSet(r, n), randomSet(r, n)
		ra, rb := roaring.BitmapOf(a...), roaring.BitmapOf(b...)
		fa, fb := FromRoaring(ra, n), FromRoaring(rb, n)
		if fa.Count() != len(a) || fa.Len() != n {
			t.Fatalf("n %d: count %d of %d", n, fa.Count(), len(a))
		}
		for i := uint32(0); i < n+130; i++ {
			if fa.Contains(i) != ra.Contains(i) {
				t.Fatalf("n %d: Contains(%d) is %v", n, i, fa.Contains(i))
			}
		}
		check := func(name string, f *Flat, want *roaring.Bitmap) {
			if !slices.Equal(members(f), want.ToArray()) || f.Count() != int(want.GetCardinality()) {
				t.Fatalf("n %d: %s differs", n, name)
			}
		}
		check("round trip", fa, ra)
		check("And", fa.Clone().And(fb), roaring.And(ra, rb))
		check("AndNot", fa.Clone().AndNot(fb), roaring.AndNot(ra, rb))
		check("Or", fa.Clone().Or(fb), roaring.Or(ra, rb))
		check("complement", FullFlat(n).AndNot(fa), roaring.Flip(ra, 0, uint64(n)))
	}
}

func TestFromRoaringCutsAtLen(t *testing.T) {
	f := FromRoaring(roaring.BitmapOf(1, 99, 100, 5000), 100)
	if got := members(f); !slices.Equal(got, []uint32{1, 99}) || f.Count() != 2 {
		t.Errorf("got %v", got)
	}
}

func TestFlatIteration(t *testing.T) {
	r := newRand(t)
	for range 50 {
		n := uint32(1 + r.IntN(5000))
		set := randomSet(r, n)
		f := FromRoaring(roaring.BitmapOf(set...), n)
		var each, next, fill []uint32
		f.Each(func(o uint32) bool { each = append(each, o); return true })
		for o, ok := f.Next(0); ok; o, ok = f.Next(o + 1) {
			next = append(next, o)
		}
		buf := make([]uint32, 1+r.IntN(70))
		for from := uint32(0); from < n; {
			var k int
			k, from = f.Fill(buf, from)
			fill = append(fill, buf[:k]...)
		}
		if !slices.Equal(each, set) || !slices.Equal(next, set) || !slices.Equal(fill, set) {
			t.Fatalf("n %d: %d members, Each %d, Next %d, Fill %d", n, len(set), len(each), len(next), len(fill))
		}
	}
}

func TestFlatAddRemove(t *testing.T) {
	f := NewFlat(100)
	f.Add(3)
	f.Add(3)
	f.Add(100)
	f.Add(99)
	f.Remove(4)
	f.Remove(3)
	if f.Count() != 1 || !f.Contains(99) || f.Contains(3) || f.Contains(100) {
		t.Errorf("count %d", f.Count())
	}
}

func TestFromWordsClearsBitsPastLen(t *testing.T) {
	f := FromWords([]uint64{^uint64(0), ^uint64(0), 7}, 70)
	if f.Count() != 70 || f.Contains(70) {
		t.Errorf("count %d", f.Count())
	}
}
