package types

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/jackc/pgerrcode"

	"vecgres/sql/pgerr"
)

// TestVectorBinary decodes vectors of all small sizes, with a number that is not finite at each place or at none, into new memory and over old.
func TestVectorBinary(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 1))
	odd := []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), math.Float32frombits(0xff800001)}
	fine := []float32{0, -1, 1.5, math.MaxFloat32, -math.MaxFloat32, math.SmallestNonzeroFloat32, float32(math.Copysign(0, -1))}
	for dims := 1; dims < 20; dims++ {
		old := VectorOf(make([]float32, dims))
		for at := -1; at < dims; at++ {
			want := make([]float32, dims)
			for i := range want {
				want[i] = fine[random.IntN(len(fine))]
			}
			if at >= 0 {
				want[at] = odd[random.IntN(len(odd))]
			}
			b := binary.BigEndian.AppendUint32(nil, uint32(dims)<<16)
			for _, x := range want {
				b = binary.BigEndian.AppendUint32(b, math.Float32bits(x))
			}
			fresh, err := DecodeBinary(nil, T(VectorOID), b)
			over, overErr := DecodeBinaryOver(nil, T(VectorOID), b, old)
			if at >= 0 {
				if pgerr.Code(err) != pgerrcode.DataException || pgerr.Code(overErr) != pgerrcode.DataException {
					t.Fatalf("seed %d: %v: %v, %v", seed, want, err, overErr)
				}
				continue
			}
			if err != nil || overErr != nil || !slices.Equal(fresh.Vector(), want) || !slices.Equal(over.Vector(), want) {
				t.Fatalf("seed %d: %v is read as %v, %v and %v, %v", seed, want, fresh, err, over, overErr)
			}
			if &over.Vector()[0] != &old.Vector()[0] || &fresh.Vector()[0] == &old.Vector()[0] {
				t.Fatal("the old memory is used where it should not be, or not where it should")
			}
		}
	}
}

// TestDecodeOverAllocates counts what decoding a vector over an old one allocates: nothing.
func TestDecodeOverAllocates(t *testing.T) {
	b := binary.BigEndian.AppendUint32(nil, 784<<16)
	b = append(b, make([]byte, 4*784)...)
	old := VectorOf(make([]float32, 784))
	if n := testing.AllocsPerRun(100, func() {
		if _, err := DecodeBinaryOver(nil, T(VectorOID), b, old); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
