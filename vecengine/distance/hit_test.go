package distance

import (
	"math"
	"slices"
	"testing"
)

func TestKeyOrder(t *testing.T) {
	inf := float32(math.Inf(1))
	ascending := []float32{-inf, -math.MaxFloat32, -1, -1e-45, 0, 1e-45, 1, math.MaxFloat32, inf}
	for i, a := range ascending {
		if got := MakeKey(a, 7).Dist(); got != a {
			t.Errorf("distance %v comes back as %v", a, got)
		}
		for j, b := range ascending {
			if got, want := MakeKey(a, 9) < MakeKey(b, 9), i < j; got != want {
				t.Errorf("key(%v) < key(%v) is %v", a, b, got)
			}
		}
	}
	if MakeKey(1, 2) >= MakeKey(1, 3) {
		t.Error("equal distances are not ordered by ordinal")
	}
}

func TestKeyOfNaNSortsLast(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, bits := range []uint32{0x7fc00000, 0xffc00000, 0x7f800001, 0xff800001} {
		k := MakeKey(math.Float32frombits(bits), 0)
		if !k.IsNaN() || k <= MakeKey(inf, math.MaxUint32) || k >= KeyMax {
			t.Errorf("NaN %08x makes key %x", bits, uint64(k))
		}
	}
	if MakeKey(inf, 0).IsNaN() {
		t.Error("infinity is taken for NaN")
	}
}

func TestZerosMakeEqualKeys(t *testing.T) {
	if MakeKey(float32(math.Copysign(0, -1)), 5) != MakeKey(0, 5) {
		t.Error("-0 and +0 make different keys")
	}
}

func TestMetricNumbersAreFixed(t *testing.T) {
	want := []Metric{1, 2, 3, 4, 5, 6}
	if got := []Metric{L2, InnerProduct, Cosine, L1, Hamming, Jaccard}; !slices.Equal(got, want) {
		t.Errorf("metric numbers are %v", got)
	}
	for _, m := range want {
		if !m.Valid() || m.On(Float32) != (m <= L1) || m.On(Sparse) != (m <= L1) || m.On(Half) != (m <= L1) || m.On(Bit) != (m > L1) {
			t.Errorf("metric %d", m)
		}
	}
	if Metric(0).Valid() || Metric(0).On(Float32) || L2.On(4) || Metric(7).Valid() || Metric(9).String() != "metric(9)" {
		t.Error("an unknown metric passes")
	}
}
