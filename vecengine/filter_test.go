package vecengine

import (
	"math/rand/v2"
	"testing"
)

func TestCutAndPasteWords(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		n := uint32(1 + rng.IntN(400))
		words := make([]uint64, (n+63)/64)
		for i := range words {
			words[i] = rng.Uint64()
		}
		lo := uint32(rng.IntN(int(n)))
		hi := lo + 1 + uint32(rng.IntN(int(n-lo)))
		part := cutWords(words, lo, hi)
		bit := func(w []uint64, i uint32) bool { return w[i>>6]>>(i&63)&1 != 0 }
		for i := lo; i < hi; i++ {
			if bit(part, i-lo) != bit(words, i) {
				t.Fatalf("bit %d of [%d, %d)", i, lo, hi)
			}
		}
		before := append([]uint64(nil), words...)
		for i := range part {
			part[i] &= rng.Uint64()
		}
		pasteWords(words, lo, hi, part)
		for i := range n {
			want := bit(before, i)
			if i >= lo && i < hi {
				want = bit(part, i-lo)
			}
			if bit(words, i) != want {
				t.Fatalf("after pasting [%d, %d): bit %d", lo, hi, i)
			}
		}
	}
}
