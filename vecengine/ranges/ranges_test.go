package ranges

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestKeep(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	was, washalf := wide, half
	defer func() { wide, half = was, washalf }()
	for _, level := range []struct{ wide, half bool }{{was, washalf}, {false, was || washalf}, {}} {
		wide, half = level.wide, level.half
		for range 300 {
			check(t, r, int64(math.MinInt16), math.MaxInt16, func(v int64) int16 { return int16(v) })
			check(t, r, int64(math.MinInt32), math.MaxInt32, func(v int64) int32 { return int32(v) })
			check(t, r, int64(math.MinInt64), math.MaxInt64, func(v int64) int64 { return v })
		}
	}
}

// check compares Keep with the definition, over values near each other, near the limits, and anywhere.
func check[T Integer](t *testing.T, r *rand.Rand, least, most int64, cast func(int64) T) {
	t.Helper()
	value := func() T {
		switch r.IntN(4) {
		case 0:
			return cast(least + int64(r.IntN(3)))
		case 1:
			return cast(most - int64(r.IntN(3)))
		case 2:
			return cast(int64(r.Uint64()))
		}
		return cast(int64(r.IntN(9)) - 4)
	}
	vals := make([]T, r.IntN(400))
	for i := range vals {
		vals[i] = value()
	}
	words := make([]uint64, (len(vals)+63)/64)
	for i := range words {
		words[i] = r.Uint64() | r.Uint64()
	}
	before := append([]uint64(nil), words...)
	lo, hi := value(), value()
	if lo > hi {
		lo, hi = hi, lo
	}
	Keep(vals, lo, hi, words)
	for i, v := range vals {
		want := before[i>>6]>>(i&63)&1 != 0 && lo <= v && v <= hi
		if got := words[i>>6]>>(i&63)&1 != 0; got != want {
			t.Fatalf("%d values, [%d, %d]: %d at %d is kept: %v", len(vals), lo, hi, v, i, got)
		}
	}
}

func BenchmarkKeep(b *testing.B) {
	vals := make([]int32, 200_000)
	for i := range vals {
		vals[i] = rand.Int32()
	}
	words := make([]uint64, (len(vals)+63)/64)
	b.SetBytes(int64(4 * len(vals)))
	for b.Loop() {
		for i := range words {
			words[i] = ^uint64(0)
		}
		Keep(vals, -1<<29, 1<<29, words)
	}
}
