package exec

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// TestIntOp checks sums, differences and products against big integers, at the edges and at random.
func TestIntOp(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	edges := []int64{0, 1, -1, 2, -2, math.MaxInt64, math.MinInt64, math.MaxInt64 - 1, math.MinInt64 + 1, 1 << 31, -1 << 31, 1 << 32, 3037000500}
	check := func(op byte, x, y int64) {
		want := new(big.Int)
		switch bx, by := big.NewInt(x), big.NewInt(y); op {
		case '+':
			want.Add(bx, by)
		case '-':
			want.Sub(bx, by)
		default:
			want.Mul(bx, by)
		}
		got, ok := intOp(op, x, y)
		if ok != want.IsInt64() || ok && got != want.Int64() {
			t.Fatalf("seed %d: %d %c %d = %d, %v; want %v", seed, x, op, y, got, ok, want)
		}
	}
	for _, op := range []byte("+-*") {
		for _, x := range edges {
			for _, y := range edges {
				check(op, x, y)
			}
		}
		for range 20000 {
			check(op, int64(r.Uint64())>>r.IntN(64), int64(r.Uint64())>>r.IntN(64))
		}
	}
}
