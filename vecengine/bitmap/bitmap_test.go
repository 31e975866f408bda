package bitmap

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
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

func TestFlatEqualsRoaring(t *testing.T) {
	r := newRand(t)
	for _, n := range []uint32{1, 63, 64, 65, 1000, 70000, 200001} {
		a, b := randomSet(r, n), randomSet(r, n)
		ra, rb := Of(a...), Of(b...)
		fa, fb := FromRoaring(ra, n), FromRoaring(rb, n)
		if fa.Count() != len(a) || fa.Len() != n {
			t.Fatalf("n %d: count %d of %d", n, fa.Count(), len(a))
		}
		for i := uint32(0); i < n+130; i++ {
			if fa.Contains(i) != ra.Contains(i) {
				t.Fatalf("n %d: Contains(%d) is %v", n, i, fa.Contains(i))
			}
		}
		check := func(name string, f *Flat, want *Bitmap) {
			if !Equal(f.ToRoaring(), want) || f.Count() != want.Count() {
				t.Fatalf("n %d: %s differs", n, name)
			}
		}
		check("round trip", fa, ra)
		check("And", fa.Clone().And(fb), And(ra, rb))
		check("AndNot", fa.Clone().AndNot(fb), AndNot(ra, rb))
		check("Or", fa.Clone().Or(fb), Or(ra, rb))
		check("complement", FullFlat(n).AndNot(fa), Not(ra, n))
		if AndCount(ra, rb) != And(ra, rb).Count() {
			t.Fatalf("n %d: AndCount differs", n)
		}
	}
}

func TestFromRoaringCutsAtLen(t *testing.T) {
	f := FromRoaring(Of(1, 99, 100, 5000), 100)
	if got := f.ToRoaring().AppendTo(nil); !slices.Equal(got, []uint32{1, 99}) || f.Count() != 2 {
		t.Errorf("got %v", got)
	}
}

func TestFlatIteration(t *testing.T) {
	r := newRand(t)
	for range 50 {
		n := uint32(1 + r.IntN(5000))
		set := randomSet(r, n)
		f := FromRoaring(Of(set...), n)
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

func TestCloneIsIndependent(t *testing.T) {
	a := Of(1, 2, 3)
	b := a.Clone()
	b.Add(9)
	a.Remove(1)
	if a.Contains(9) || !b.Contains(1) {
		t.Error("a clone shares members with its source")
	}
}

func TestEncodeRoundTrip(t *testing.T) {
	r := newRand(t)
	for range 20 {
		a := Of(randomSet(r, 200000)...)
		a.Optimize()
		enc, err := a.AppendEncoded([]byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		b, err := Decode(enc[1:])
		if err != nil || !Equal(a, b) {
			t.Fatalf("round trip: %v", err)
		}
		if _, err := Decode(enc[1 : len(enc)-1]); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("a cut bitmap decodes: %v", err)
		}
		if _, err := Decode(append(enc[1:], 0)); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("a longer bitmap decodes: %v", err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, b := range []*Bitmap{New(), Of(1, 2, 70000), FromRange(0, 100000)} {
		b.Optimize()
		enc, _ := b.AppendEncoded(nil)
		f.Add(enc)
	}
	f.Add([]byte("no bitmap at all"))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := Decode(data)
		if err != nil {
			return
		}
		count := 0
		b.Each(func(uint32) bool { count++; return count < 1<<20 })
		enc, err := b.AppendEncoded(nil)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Decode(enc)
		if err != nil || !Equal(again, b) {
			t.Fatalf("decoded set does not survive: %v %v", err, bytes.Equal(enc, data))
		}
		FromRoaring(b, 1<<17)
	})
}
