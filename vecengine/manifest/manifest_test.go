package manifest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"unsafe"
)

func sample(rng *rand.Rand) *Manifest {
	blob := func(max int) []byte {
		if n := rng.IntN(max); n > 0 {
			return bytes.Repeat([]byte{byte(rng.IntN(256))}, n)
		}
		return nil
	}
	m := &Manifest{Namespace: rng.Uint64(), Sequence: rng.Uint64N(1000)}
	for range rng.IntN(3) {
		t := Table{ID: rng.Uint64N(99), Schema: blob(40), NextRow: rng.Uint64(), FlushedTS: rng.Uint64(), FlushedLSN: rng.Uint64N(1 << 40)}
		for range rng.IntN(4) {
			s := Segment{ID: rng.Uint64N(99), Rows: rng.Uint64N(1e9), Inline: blob(100), EndsInline: blob(30)}
			if rng.IntN(2) == 0 {
				s.File, s.Bytes, s.Ends = fmt.Sprintf("s/%d", s.ID), 77, "e"
			}
			for range rng.IntN(3) {
				s.Indexes = append(s.Indexes, IndexFile{Index: rng.Uint64N(9), Kind: rng.Uint32(), File: "x", Bytes: 1, Inline: blob(50)})
			}
			t.Segments = append(t.Segments, s)
		}
		m.Tables = append(m.Tables, t)
	}
	for i := range rng.IntN(3) {
		if m.Extras == nil {
			m.Extras = map[string][]byte{}
		}
		m.Extras[fmt.Sprint("extra", i)] = blob(20)
	}
	return m
}

func TestRoundTrip(t *testing.T) {
	for seed := range uint64(200) {
		m := sample(rand.New(rand.NewPCG(seed, 1)))
		data := m.Encode()
		got, err := Decode("m", data)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if !reflect.DeepEqual(m, got) {
			t.Fatalf("seed %d: %+v became %+v", seed, m, got)
		}
		if !bytes.Equal(got.Encode(), data) {
			t.Fatalf("seed %d: another encoding", seed)
		}
		for _, tab := range got.Tables {
			for _, s := range tab.Segments {
				if p := uintptr(unsafe.Pointer(unsafe.SliceData(s.Inline))) - uintptr(unsafe.Pointer(&data[0])); s.Inline != nil && p%8 != 0 {
					t.Fatalf("seed %d: inlined bytes at %d", seed, p)
				}
			}
		}
	}
}

func TestEveryFlippedBitIsReported(t *testing.T) {
	data := sample(rand.New(rand.NewPCG(19, 1))).Encode()
	for i := range data {
		for bit := range 8 {
			bad := bytes.Clone(data)
			bad[i] ^= 1 << bit
			if _, err := Decode("m", bad); !errors.Is(err, ErrCorrupt) {
				t.Fatalf("byte %d bit %d: %v", i, bit, err)
			}
		}
		if _, err := Decode("m", data[:i]); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("cut at %d: %v", i, err)
		}
	}
}

func TestNewerVersionIsRefusedByName(t *testing.T) {
	data := (&Manifest{}).Encode()
	binary.LittleEndian.PutUint32(data[8:], version+1)
	binary.LittleEndian.PutUint32(data[12:], checksum(data))
	_, err := Decode("ns/1/manifest", data)
	if !errors.Is(err, ErrNewerFormat) || !bytes.Contains([]byte(err.Error()), []byte("ns/1/manifest has version 2")) {
		t.Fatal(err)
	}
}

func TestFilesAndTable(t *testing.T) {
	m := &Manifest{Tables: []Table{{ID: 4, Segments: []Segment{
		{File: "a", Ends: "b", Indexes: []IndexFile{{File: "c"}, {Inline: []byte("x")}}}, {Inline: []byte("y")}}}}}
	var got []string
	for key := range m.Files {
		got = append(got, key)
	}
	if !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Fatal(got)
	}
	if tab, ok := m.Table(4); !ok || tab.ID != 4 {
		t.Fatal(tab, ok)
	}
	if _, ok := m.Table(5); ok {
		t.Fatal("found a table that is not there")
	}
}

// FuzzManifestDecode repairs the checksum, so that the fuzzer reaches the decoder behind it.
func FuzzManifestDecode(f *testing.F) {
	for seed := range uint64(5) {
		f.Add(sample(rand.New(rand.NewPCG(seed, 1))).Encode())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		data = bytes.Clone(data)
		if len(data) >= headerBytes {
			copy(data, magic)
			binary.LittleEndian.PutUint32(data[8:], version)
			binary.LittleEndian.PutUint32(data[12:], checksum(data))
		}
		m, err := Decode("m", data)
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Fatal(err)
			}
			return
		}
		again, err := Decode("m", m.Encode())
		if err != nil || !reflect.DeepEqual(m, again) {
			t.Fatalf("%+v became %+v, %v", m, again, err)
		}
	})
}
