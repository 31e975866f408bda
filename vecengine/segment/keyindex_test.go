package segment

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"pgregory.net/rapid"

	"vecgres/vecengine/column"
	"vecgres/vecengine/vfs"
)

// keyModel is what a key index must behave like.
type keyModel struct {
	keys []string // sorted
	ords map[string][]uint32
	n    int // rows
}

func modelOf(rows []string, null func(i int) bool) *keyModel {
	m := &keyModel{ords: map[string][]uint32{}, n: len(rows)}
	for i, k := range rows {
		if !null(i) {
			m.ords[k] = append(m.ords[k], uint32(i))
		}
	}
	m.keys = slices.Sorted(maps.Keys(m.ords))
	return m
}

func buildIndex(t testing.TB, rows []string, null func(i int) bool, opts KeyIndexOptions) (*KeyIndex, []byte) {
	t.Helper()
	b := column.NewBuilder(column.Bytes, 0, len(rows))
	for i, k := range rows {
		if null(i) {
			b.AppendNull()
		} else {
			b.AppendString(k)
		}
	}
	c := b.Finish()
	var buf bytes.Buffer
	if _, err := BuildKeyIndexFromColumn(&buf, Header{Segment: 9, Index: 4}, opts, &c); err != nil {
		t.Fatal(err)
	}
	k, err := OpenKeyIndex("key", vfs.BytesMapping(buf.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return k, buf.Bytes()
}

type fataler interface {
	Helper()
	Fatalf(string, ...any)
}

// check compares an index with its model: look-ups, both directions, ranges.
func (m *keyModel) check(t fataler, k *KeyIndex, probes []string) {
	t.Helper()
	entries := 0
	for _, o := range m.ords {
		entries += len(o)
	}
	if int(k.Distinct()) != len(m.keys) || int(k.Len()) != entries {
		t.Fatalf("%d keys, %d ordinals; want %d, %d", k.Distinct(), k.Len(), len(m.keys), entries)
	}
	c := k.Cursor()
	i := 0
	for ok := c.First(); ok; ok = c.Next() {
		m.checkEntry(t, c, i)
		i++
	}
	if i != len(m.keys) || c.Err() != nil {
		t.Fatalf("%d keys forward, want %d; %v", i, len(m.keys), c.Err())
	}
	for ok := c.Last(); ok; ok = c.Prev() {
		i--
		m.checkEntry(t, c, i)
	}
	if i != 0 || c.Err() != nil {
		t.Fatalf("%d keys missing backward; %v", i, c.Err())
	}
	for _, p := range probes {
		m.checkProbe(t, k, c, p)
	}
	for j := 0; j+1 < len(probes); j++ {
		m.checkRange(t, k, probes[j], probes[j+1])
	}
}

func (m *keyModel) checkEntry(t fataler, c *Cursor, i int) {
	t.Helper()
	if string(c.Key()) != m.keys[i] || c.Rank() != uint64(i) {
		t.Fatalf("key %q at rank %d, want %q at %d", c.Key(), c.Rank(), m.keys[i], i)
	}
	p, err := c.Posting()
	if err != nil {
		t.Fatalf("%v", err)
	}
	m.checkPosting(t, m.keys[i], p)
}

func (m *keyModel) checkPosting(t fataler, key string, p Posting) {
	t.Helper()
	want := m.ords[key]
	if got := slices.Collect(p.All()); !slices.Equal(got, want) || p.Len() != len(want) || p.First() != want[0] {
		t.Fatalf("key %q: ordinals %v, want %v", key, got, want)
	}
	if !p.Contains(want[len(want)-1]) || p.Contains(want[len(want)-1]+1) {
		t.Fatalf("key %q: Contains", key)
	}
	if b := p.Bitmap(); !slices.Equal(b.ToArray(), want) {
		t.Fatalf("key %q: bitmap %v", key, b)
	}
}

func (m *keyModel) checkProbe(t fataler, k *KeyIndex, c *Cursor, probe string) {
	t.Helper()
	p, ok, err := k.Lookup([]byte(probe))
	if err != nil || ok != (m.ords[probe] != nil) {
		t.Fatalf("Lookup(%q): %v, %v", probe, ok, err)
	}
	if ok {
		m.checkPosting(t, probe, p)
	}
	if may, err := k.MayContain([]byte(probe)); err != nil || !may && ok {
		t.Fatalf("MayContain(%q): %v, %v", probe, may, err)
	}
	at := sort.SearchStrings(m.keys, probe)
	if got := c.SeekGE([]byte(probe)); got != (at < len(m.keys)) || c.Valid() != got {
		t.Fatalf("SeekGE(%q): %v", probe, got)
	} else if got {
		m.checkEntry(t, c, at)
		if c.Prev() != (at > 0) {
			t.Fatalf("Prev after SeekGE(%q)", probe)
		}
	}
	if got := c.SeekLT([]byte(probe)); got != (at > 0) {
		t.Fatalf("SeekLT(%q): %v", probe, got)
	} else if got {
		m.checkEntry(t, c, at-1)
		if c.Next() != (at < len(m.keys)) {
			t.Fatalf("Next after SeekLT(%q)", probe)
		}
	}
}

func (m *keyModel) checkRange(t fataler, k *KeyIndex, a, b string) {
	t.Helper()
	for mode := range 16 {
		r := Range{Lo: []byte(a), Hi: []byte(b), LoInc: mode&1 != 0, HiInc: mode&2 != 0}
		if mode&4 != 0 {
			r.Lo = nil
		}
		if mode&8 != 0 {
			r.Hi = nil
		}
		want := roaring.New()
		keys := uint64(0)
		for _, key := range m.keys {
			lo := r.Lo == nil || key > a || r.LoInc && key == a
			hi := r.Hi == nil || key < b || r.HiInc && key == b
			if lo && hi {
				want.AddMany(m.ords[key])
				keys++
			}
		}
		got, err := k.Bitmap(r)
		if err != nil || !got.Equals(want) {
			t.Fatalf("Bitmap(%q, %q, mode %d): %d ordinals, want %d, %v", a, b, mode, got.GetCardinality(), want.GetCardinality(), err)
		}
		if n, d, err := k.CountRange(r); err != nil || n != want.GetCardinality() || d != keys {
			t.Fatalf("CountRange(%q, %q, mode %d): %d, %d, want %d, %d, %v", a, b, mode, n, d, want.GetCardinality(), keys, err)
		}
	}
}

func noNull(int) bool { return false }

func TestKeyIndexShapes(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	shapes := map[string]func(i int) string{
		"unique":   func(i int) string { return fmt.Sprintf("key-%08d", i*7919%20000) },
		"few":      func(i int) string { return fmt.Sprint("v", rng.IntN(3)) },
		"one":      func(i int) string { return "same" },
		"empty":    func(i int) string { return "" },
		"binary":   func(i int) string { return string(binary.BigEndian.AppendUint32(nil, rng.Uint32()>>16)) },
		"prefixes": func(i int) string { return string(bytes.Repeat([]byte{'a'}, rng.IntN(300))) },
		"skewed":   func(i int) string { return fmt.Sprint(rng.IntN(1 + rng.IntN(3000))) },
		"long":     func(i int) string { return string(bytes.Repeat([]byte{byte(i)}, 2000+i%3)) },
	}
	for name, key := range shapes {
		for _, n := range []int{0, 1, 33, 6000} {
			rows := make([]string, n)
			for i := range rows {
				rows[i] = key(i)
			}
			null := func(i int) bool { return i%11 == 3 }
			m := modelOf(rows, null)
			k, _ := buildIndex(t, rows, null, KeyIndexOptions{NoBloom: name == "one"})
			probes := []string{"", "a", "key-00000700", "v1", "v9", "\xff\xff\xff\xff\xff"}
			for range 3 {
				if n > 0 {
					probes = append(probes, rows[rng.IntN(n)], rows[rng.IntN(n)]+"x")
				}
			}
			slices.Sort(probes)
			m.check(t, k, probes)
			if err := k.Verify(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestKeyIndexModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		key := rapid.OneOf(
			rapid.StringN(0, 6, 8),
			rapid.SampledFrom([]string{"", "a", "aa", "aaa", "b", "\x00", "\xff\xff"}),
			rapid.Custom(func(rt *rapid.T) string {
				return "common/prefix/" + rapid.StringMatching(`[ab]{1,9}`).Draw(rt, "suffix")
			}),
		)
		rows := rapid.SliceOfN(key, 0, 400).Draw(rt, "rows")
		nulls := rapid.IntRange(2, 20).Draw(rt, "nulls")
		null := func(i int) bool { return i%nulls == 1 }
		k, _ := buildIndex(t, rows, null, KeyIndexOptions{Align: 64})
		probes := append(rapid.SliceOfN(key, 2, 6).Draw(rt, "probes"), rows[:min(3, len(rows))]...)
		modelOf(rows, null).check(rt, k, probes)
	})
}

func TestMergeKeyIndexes(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 2))
		var sources []Source
		merged := map[uint32]string{}
		next := uint32(0)
		total := 0
		var all [][]string
		for range 1 + rng.IntN(4) {
			rows := make([]string, rng.IntN(1500))
			for i := range rows {
				rows[i] = fmt.Sprint(rng.IntN(400))
			}
			all = append(all, rows)
			total += len(rows)
		}
		order := rng.Perm(total) // rows of different segments interleave
		for _, rows := range all {
			k, _ := buildIndex(t, rows, noNull, KeyIndexOptions{})
			remap := make([]uint32, len(rows))
			for i, key := range rows {
				remap[i] = Dropped
				if rng.IntN(4) > 0 {
					remap[i] = uint32(order[next])
					merged[remap[i]] = key
				}
				next++
			}
			sources = append(sources, Source{k, remap})
		}
		rows := make([]string, total)
		for o, key := range merged {
			rows[o] = key
		}
		null := func(i int) bool { _, ok := merged[uint32(i)]; return !ok }
		var buf bytes.Buffer
		meta, err := MergeKeyIndexes(&buf, Header{Segment: 1}, KeyIndexOptions{}, sources)
		if err != nil {
			t.Fatal(err)
		}
		k, err := OpenKeyIndex("merged", vfs.BytesMapping(buf.Bytes()))
		if err != nil || meta.Distinct != k.Distinct() {
			t.Fatalf("seed %d: %+v, %v", seed, meta, err)
		}
		modelOf(rows, null).check(t, k, []string{"", "1", "200", "39", "5", "9999"})
	}
	k, _ := buildIndex(t, []string{"a", "b"}, noNull, KeyIndexOptions{})
	if _, err := MergeKeyIndexes(&bytes.Buffer{}, Header{}, KeyIndexOptions{}, []Source{{k, []uint32{1}}}); err == nil {
		t.Fatal("a remap that is too short")
	}
	same, _ := buildIndex(t, []string{"a", "a"}, noNull, KeyIndexOptions{})
	if _, err := MergeKeyIndexes(&bytes.Buffer{}, Header{}, KeyIndexOptions{}, []Source{{same, []uint32{1, 1}}}); err == nil {
		t.Fatal("a remap that makes two ordinals one")
	}
}

func TestBuildKeyIndexRefusesDisorder(t *testing.T) {
	for _, entries := range [][]string{{"b", "a"}, {"a", "b", "a"}} {
		_, err := BuildKeyIndex(&bytes.Buffer{}, Header{}, KeyIndexOptions{}, func(yield func([]byte, uint32) bool) {
			for i, k := range entries {
				if !yield([]byte(k), uint32(i)) {
					return
				}
			}
		})
		if err == nil {
			t.Errorf("%q", entries)
		}
	}
}

func TestKeyIndexMeta(t *testing.T) {
	k, _ := buildIndex(t, []string{"m", "a", "z", "a"}, noNull, KeyIndexOptions{})
	if m := k.Meta(); m.Distinct != 3 || m.Entries != 4 || string(m.MinKey) != "a" || string(m.MaxKey) != "z" {
		t.Fatalf("%+v", m)
	}
	if h := k.Container().Header(); h.Kind != KindKeyIndex || h.Segment != 9 || h.Index != 4 {
		t.Fatalf("%+v", h)
	}
}

// TestBloom: no key is ever refused, and few strangers pass.
func TestBloom(t *testing.T) {
	rows := make([]string, 20000)
	for i := range rows {
		rows[i] = fmt.Sprint("member ", i)
	}
	k, _ := buildIndex(t, rows, noNull, KeyIndexOptions{})
	pass := 0
	for i := range rows {
		if ok, err := k.MayContain([]byte(rows[i])); !ok || err != nil {
			t.Fatalf("%q is refused, %v", rows[i], err)
		}
		if ok, _ := k.MayContain(fmt.Append(nil, "stranger ", i)); ok {
			pass++
		}
	}
	if share := float64(pass) / float64(len(rows)); share > 0.02 {
		t.Fatalf("%.3f of strangers pass", share)
	}
}

// TestXXH64 checks values published with the specification's reference implementation.
func TestXXH64(t *testing.T) {
	for in, want := range map[string]uint64{
		"":    0xef46db3751d8e999,
		"a":   0xd24ec4f1a98c6e5b,
		"abc": 0x44bc2cf5ad770999,
		"The quick brown fox jumps over the lazy dog": 0x0b242d361fda71bc,
	} {
		if got := xxh64([]byte(in)); got != want {
			t.Errorf("xxh64(%q) = %x, want %x", in, got, want)
		}
	}
}

// TestBitmapOutlivesIndex: what a caller owns shares nothing with the mapped file.
func TestBitmapOutlivesIndex(t *testing.T) {
	rows := make([]string, 200000)
	for i := range rows {
		rows[i] = fmt.Sprint(i % 3)
	}
	k, data := buildIndex(t, rows, noNull, KeyIndexOptions{})
	all, err := k.Bitmap(Range{})
	if err != nil {
		t.Fatal(err)
	}
	p, _, err := k.Lookup([]byte("1"))
	if err != nil {
		t.Fatal(err)
	}
	own := p.Bitmap()
	clear(data) // as if unmapped and used again
	if all.GetCardinality() != 200000 || !all.Contains(199999) {
		t.Fatal("the range's bitmap changed")
	}
	for i := range uint32(3000) {
		if own.Contains(i) != (i%3 == 1) {
			t.Fatalf("the posting's bitmap changed at %d", i)
		}
	}
}

// TestKeyIndexDamage flips every byte: each flip is reported by opening or reading.
func TestKeyIndexDamage(t *testing.T) {
	rows := make([]string, 300)
	for i := range rows {
		rows[i] = fmt.Sprint(i * i % 120)
	}
	k, data := buildIndex(t, rows, noNull, KeyIndexOptions{Align: 64})
	if err := readIndex(k); err != nil {
		t.Fatal(err)
	}
	for i := range data {
		bad := bytes.Clone(data)
		bad[i] ^= 1 << (i % 8)
		k, err := OpenKeyIndex("key", vfs.BytesMapping(bad))
		if err == nil {
			err = readIndex(k)
		}
		if !errors.Is(err, ErrCorrupt) {
			t.Fatalf("byte %d: %v", i, err)
		}
	}
}

func readIndex(k *KeyIndex) error {
	c := k.Cursor()
	for ok := c.First(); ok; ok = c.Next() {
		p, err := c.Posting()
		if err != nil {
			return err
		}
		for range p.All() {
		}
		if _, _, err := k.Lookup(c.Key()); err != nil {
			return err
		}
	}
	if c.Err() != nil {
		return c.Err()
	}
	if _, _, err := k.CountRange(Range{Lo: []byte("2"), Hi: []byte("7")}); err != nil {
		return err
	}
	_, err := k.Bitmap(Range{})
	return err
}

func FuzzKeyIndexOpen(f *testing.F) {
	rows := []string{"a", "ab", "ab", "b", "c", "c", "c"}
	_, small := buildIndex(f, rows, noNull, KeyIndexOptions{Align: 64})
	f.Add(small)
	for range 100 {
		rows = append(rows, "many", fmt.Sprint(len(rows)))
	}
	_, larger := buildIndex(f, rows, noNull, KeyIndexOptions{Align: 64})
	f.Add(larger)
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, d := range [][]byte{data, repair(data)} {
			k, err := OpenKeyIndex("key", vfs.BytesMapping(d))
			if err != nil {
				continue
			}
			_ = readIndex(k)
			c := k.Cursor()
			for range 50 {
				if !c.Prev() {
					break
				}
			}
			c.SeekLT([]byte("ab"))
			c.SeekGE([]byte("many"))
		}
	})
}

func benchIndex(b *testing.B, n int) (*KeyIndex, [][]byte) {
	rows := make([]string, n)
	keys := make([][]byte, n)
	for i := range rows {
		rows[i] = fmt.Sprintf("customer-%010d", i*7919%n)
		keys[i] = []byte(rows[i])
	}
	k, data := buildIndex(b, rows, noNull, KeyIndexOptions{})
	b.Logf("%.1f bytes a key", float64(len(data))/float64(n))
	return k, keys
}

func BenchmarkKeyIndexLookup(b *testing.B) {
	k, keys := benchIndex(b, 200000)
	for i := 0; b.Loop(); i++ {
		if _, ok, err := k.Lookup(keys[i%len(keys)]); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}

func BenchmarkKeyIndexMiss(b *testing.B) {
	k, _ := benchIndex(b, 200000)
	for b.Loop() {
		if _, _, err := k.Lookup([]byte("customer-x")); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkKeyIndexBitmapHalf(b *testing.B) {
	k, _ := benchIndex(b, 200000)
	for b.Loop() {
		if _, err := k.Bitmap(Range{Lo: []byte("customer-0000050000"), Hi: []byte("customer-0000150000")}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkKeyIndexCountRange(b *testing.B) {
	k, _ := benchIndex(b, 200000)
	for b.Loop() {
		if _, _, err := k.CountRange(Range{Lo: []byte("customer-0000050000"), Hi: []byte("customer-0000150000")}); err != nil {
			b.Fatal(err)
		}
	}
}
