package segment

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"vecgres/vecengine/blob"
	"vecgres/vecengine/column"
	"vecgres/vecengine/vfs"
)

var allKinds = []column.Kind{column.Bool, column.Int16, column.Int32, column.Int64, column.Float32, column.Float64,
	column.Fixed16, column.Bytes, column.Vector}

// randomColumn makes n values; nulls is the share of NULLs.
func randomColumn(rng *rand.Rand, kind column.Kind, dim, n int, nulls float64) column.Column {
	b := column.NewBuilder(kind, dim, n)
	for range n {
		if rng.Float64() < nulls {
			b.AppendNull()
			continue
		}
		switch kind {
		case column.Bool:
			b.AppendBool(rng.IntN(2) == 0)
		case column.Int16, column.Int32, column.Int64:
			b.AppendInt(rng.Int64N(30000) - 15000)
		case column.Float32, column.Float64:
			b.AppendFloat(rng.NormFloat64())
		case column.Fixed16:
			var v [16]byte
			binary.LittleEndian.PutUint64(v[:], rng.Uint64())
			b.AppendFixed16(v)
		case column.Bytes:
			b.AppendString(strings.Repeat("ab", rng.IntN(20)))
		case column.Vector:
			v := make([]float32, dim)
			for i := range v {
				v[i] = float32(rng.NormFloat64())
			}
			b.AppendVector(v)
		}
	}
	return b.Finish()
}

// sameColumn compares values, NULLs included, of kinds that all compare bytewise.
func sameColumn(t testing.TB, what string, got, want *column.Column) {
	t.Helper()
	if got.Kind != want.Kind || got.Dim != want.Dim || got.Len != want.Len {
		t.Fatalf("%s: %s(%d) of %d, want %s(%d) of %d", what, got.Kind, got.Dim, got.Len, want.Kind, want.Dim, want.Len)
	}
	for i := range got.Len {
		if got.IsNull(i) != want.IsNull(i) {
			t.Fatalf("%s: value %d NULL: %v", what, i, got.IsNull(i))
		}
		if got.IsNull(i) {
			continue
		}
		equal := false
		switch w := got.Kind.Width(got.Dim); got.Kind {
		case column.Bool:
			equal = got.BoolAt(i) == want.BoolAt(i)
		case column.Bytes:
			equal = bytes.Equal(got.BytesAt(i), want.BytesAt(i))
		default:
			equal = bytes.Equal(got.Data[i*w:(i+1)*w], want.Data[i*w:(i+1)*w])
		}
		if !equal {
			t.Fatalf("%s: value %d differs", what, i)
		}
	}
}

// testSegment is a segment in memory and on disk.
type testSegment struct {
	rowIDs, begins []uint64
	metas          []ColumnMeta
	cols           []column.Column
	data           []byte
}

func buildSegment(t testing.TB, seed uint64, n int, opts WriterOptions) *testSegment {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	s := &testSegment{}
	id, begin := uint64(5), uint64(100)
	for range n {
		if rng.IntN(4) > 0 {
			id += 1 + rng.Uint64N(3)*rng.Uint64N(2)
			begin = 100 + rng.Uint64N(50)
		} else {
			begin++ // another version of the row
		}
		s.rowIDs, s.begins = append(s.rowIDs, id), append(s.begins, begin)
	}
	for i, kind := range append(allKinds, allKinds...) {
		nulls := []float64{0, 0.3, 1}[rng.IntN(3)]
		m := ColumnMeta{ID: uint32(10 + i), Name: fmt.Sprint("c", i), Kind: kind, ExtensionName: "vecgres.test", ExtensionMetadata: fmt.Sprint("type ", i)}
		if kind == column.Vector {
			m.Dim = 3
		}
		c := randomColumn(rng, kind, m.Dim, n, nulls)
		m.Nulls = c.NullCount()
		s.metas, s.cols = append(s.metas, m), append(s.cols, c)
	}
	var buf bytes.Buffer
	w, err := NewWriter(&buf, 1, 2, 3, opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.SetRows(s.rowIDs, s.begins); err != nil {
		t.Fatal(err)
	}
	for i := range s.cols {
		if err := w.AddColumn(s.metas[i], Chunks(cut(rng, &s.cols[i])...)); err != nil {
			t.Fatal(err)
		}
	}
	meta, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	if meta.Rows != n || len(meta.Columns) != len(s.cols) || w.Size() != int64(buf.Len()) {
		t.Fatalf("meta %+v, size %d of %d", meta, w.Size(), buf.Len())
	}
	s.data = buf.Bytes()
	return s
}

// cut makes chunks of random length.
func cut(rng *rand.Rand, c *column.Column) []*column.Column {
	var out []*column.Column
	for at := 0; at < c.Len; {
		n := min(1+rng.IntN(c.Len), c.Len-at)
		sel := make([]uint32, n)
		for i := range sel {
			sel[i] = uint32(at + i)
		}
		b := column.NewBuilder(c.Kind, c.Dim, n)
		b.AppendRows(c, sel)
		chunk := b.Finish()
		out = append(out, &chunk)
		at += n
	}
	return out
}

func (s *testSegment) check(t testing.TB, r *Reader) {
	t.Helper()
	if r.N() != len(s.rowIDs) || r.Meta().Namespace != 1 || r.Meta().Table != 2 || r.Meta().Segment != 3 {
		t.Fatalf("%+v", r.Meta())
	}
	ids, err := r.RowIDs()
	begins, err2 := r.Begins()
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	for i := range s.rowIDs {
		if ids[i] != s.rowIDs[i] || begins[i] != s.begins[i] {
			t.Fatalf("row %d: %d from %d", i, ids[i], begins[i])
		}
	}
	for i := range s.cols {
		c, ok, err := r.Column(s.metas[i].ID)
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		sameColumn(t, fmt.Sprintf("column %d (%s)", i, c.Kind), &c, &s.cols[i])
		if got := r.Meta().Columns[i]; got != s.metas[i] {
			t.Fatalf("meta %+v, want %+v", got, s.metas[i])
		}
	}
	if _, ok, err := r.Column(999); ok || err != nil {
		t.Fatal("a column that is not there", err)
	}
}

func TestSegmentRoundTrip(t *testing.T) {
	for _, n := range []int{0, 1, 7, 8, 100, 5000} {
		for seed := range uint64(4) {
			s := buildSegment(t, seed, n, WriterOptions{Align: []int{0, 64}[seed%2]})
			r, err := Open("seg", vfs.BytesMapping(s.data))
			if err != nil {
				t.Fatalf("n=%d seed %d: %v", n, seed, err)
			}
			s.check(t, r)
			if err := r.Verify(); err != nil {
				t.Fatal(err)
			}
			unaligned := append(make([]byte, 1, len(s.data)+1), s.data...)[1:] // as inlined in a manifest
			if r, err = Open("seg", vfs.BytesMapping(unaligned)); err != nil {
				t.Fatal(err)
			}
			s.check(t, r)
		}
	}
}

func TestSegmentThroughStoreAndSpool(t *testing.T) {
	dir := t.TempDir()
	store, err := blob.NewFileStore(vfs.OS, filepath.Join(dir, "store"))
	if err != nil {
		t.Fatal(err)
	}
	spools := 0
	s := buildSegment(t, 9, 3000, WriterOptions{SpoolBytes: 1000, Spool: func() (vfs.File, error) {
		spools++
		return vfs.OS.Create(filepath.Join(dir, fmt.Sprint("spool", spools)))
	}})
	if spools == 0 {
		t.Fatal("nothing was spooled")
	}
	if plain := buildSegment(t, 9, 3000, WriterOptions{}); !bytes.Equal(plain.data, s.data) {
		t.Fatal("spooling changes the file")
	}
	w, err := store.Create(context.Background(), "t/seg")
	if err != nil {
		t.Fatal(err)
	}
	if _, err = w.Write(s.data); err == nil {
		err = w.Commit()
	}
	if err != nil {
		t.Fatal(err)
	}
	r, err := OpenObject(context.Background(), store, "t/seg")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s.check(t, r)
	slab, dim, ok, err := r.Vectors(18)
	if err != nil || !ok || dim != 3 || len(slab) != 9000 {
		t.Fatal(len(slab), dim, ok, err)
	}
	if p := uintptr(unsafe.Pointer(&slab[0])); p%4096 != 0 {
		t.Fatalf("the slab begins at %x", p)
	}
	lazy, dim, ok := r.VectorsUnverified(18)
	if err := r.VerifyVectors(18, 10, 20); err != nil || !ok || dim != 3 || &lazy[0] != &slab[0] {
		t.Fatal(dim, ok, err)
	}
}

// TestArrowPart reads the section with the Arrow library: same values, types, extension names, and buffers aligned to 64.
func TestArrowPart(t *testing.T) {
	s := buildSegment(t, 3, 1000, WriterOptions{})
	r, err := Open("seg", vfs.BytesMapping(s.data))
	if err != nil {
		t.Fatal(err)
	}
	ar, err := r.ArrowReader()
	if err != nil {
		t.Fatal(err)
	}
	defer ar.Close()
	if ar.NumRecords() != 1 {
		t.Fatalf("%d record batches", ar.NumRecords())
	}
	rec, err := ar.RecordBatch(0)
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	order := []int{0, 1, 2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 14, 15, 7, 16} // fixed width first, no vectors
	for _, i := range order {
		m := s.metas[i]
		f := ar.Schema().Field(at)
		if name, _ := f.Metadata.GetValue("ARROW:extension:name"); name != "vecgres.test" || f.Name != m.Name || !arrow.TypeEqual(f.Type, arrowType(m.Kind)) {
			t.Fatalf("field %v", f)
		}
		if meta, _ := f.Metadata.GetValue("ARROW:extension:metadata"); meta != m.ExtensionMetadata {
			t.Fatalf("field %v", f)
		}
		checkArrow(t, rec.Column(at), &s.cols[i])
		c, _, err := r.Column(m.ID)
		if err != nil {
			t.Fatal(err)
		}
		b, align := c.Data, uintptr(64)
		if m.Kind == column.Bytes {
			b, align = column.BytesOf(c.Offsets), 8
		}
		if off := uintptr(unsafe.Pointer(&b[0])) - uintptr(unsafe.Pointer(&r.c.data[0])); off%align != 0 {
			t.Fatalf("a buffer of column %d (%s) at %d", m.ID, m.Kind, off)
		}
		at++
	}
}

func checkArrow(t *testing.T, a arrow.Array, want *column.Column) {
	t.Helper()
	for i := range want.Len {
		if a.IsNull(i) != want.IsNull(i) {
			t.Fatalf("%s value %d: NULL %v", want.Kind, i, a.IsNull(i))
		}
		if a.IsNull(i) {
			continue
		}
		ok := false
		switch a := a.(type) {
		case *array.Boolean:
			ok = a.Value(i) == want.BoolAt(i)
		case *array.Int16:
			ok = a.Value(i) == column.Values[int16](want)[i]
		case *array.Int32:
			ok = a.Value(i) == column.Values[int32](want)[i]
		case *array.Int64:
			ok = a.Value(i) == column.Values[int64](want)[i]
		case *array.Float32:
			ok = a.Value(i) == column.Values[float32](want)[i]
		case *array.Float64:
			ok = a.Value(i) == column.Values[float64](want)[i]
		case *array.FixedSizeBinary:
			v := want.Fixed16At(i)
			ok = bytes.Equal(a.Value(i), v[:])
		case *array.LargeBinary:
			ok = bytes.Equal(a.Value(i), want.BytesAt(i))
		}
		if !ok {
			t.Fatalf("%s value %d differs", want.Kind, i)
		}
	}
}

func TestFindRow(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, gap := range []uint64{1, 2, 1 << 40} {
		var ids, begins []uint64
		id := uint64(7)
		for range 3000 {
			id += 1 + rng.Uint64N(gap)
			for v := range 1 + rng.Uint64N(3)*rng.Uint64N(2) {
				ids, begins = append(ids, id), append(begins, v)
			}
		}
		ids, begins = append(ids, 1<<63, ^uint64(0)), append(begins, 1, 1) // outliers spoil interpolation
		var buf bytes.Buffer
		w, _ := NewWriter(&buf, 1, 1, 1, WriterOptions{})
		if err := w.SetRows(ids, begins); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Finish(); err != nil {
			t.Fatal(err)
		}
		r, err := Open("seg", vfs.BytesMapping(buf.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(ids); {
			hi := i
			for hi < len(ids) && ids[hi] == ids[i] {
				hi++
			}
			if a, b, err := r.FindRow(ids[i]); a != i || b != hi || err != nil {
				t.Fatalf("row %d: [%d, %d), want [%d, %d), %v", ids[i], a, b, i, hi, err)
			}
			if miss := ids[i] + 1; hi < len(ids) && ids[hi] != miss {
				if a, b, _ := r.FindRow(miss); a != b || a != hi {
					t.Fatalf("absent row %d: [%d, %d)", miss, a, b)
				}
			}
			i = hi
		}
		if a, b, _ := r.FindRow(0); a != 0 || b != 0 {
			t.Fatalf("row 0: [%d, %d)", a, b)
		}
	}
}

func TestWriterRefuses(t *testing.T) {
	w, err := NewWriter(&bytes.Buffer{}, 1, 1, 1, WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ints := randomColumn(rand.New(rand.NewPCG(1, 1)), column.Int32, 0, 2, 0)
	if err := w.AddColumn(ColumnMeta{ID: 1, Kind: column.Int32}, Chunks(&ints)); err == nil {
		t.Error("a column before the rows")
	}
	for _, bad := range [][2][]uint64{{{2, 1}, {1, 1}}, {{1, 1}, {2, 2}}, {{1}, {}}} {
		if err := w.SetRows(bad[0], bad[1]); err == nil {
			t.Errorf("rows %v", bad)
		}
	}
	if err := w.SetRows([]uint64{1, 2, 3}, []uint64{1, 1, 1}); err != nil {
		t.Fatal(err)
	}
	if err := w.AddColumn(ColumnMeta{ID: 1, Kind: column.Int32}, Chunks(&ints)); err == nil {
		t.Error("a column that is too short")
	}
	if err := w.AddColumn(ColumnMeta{ID: 1, Kind: column.Int64}, Chunks(&ints)); err == nil {
		t.Error("a chunk of another kind")
	}
	short := column.Column{Kind: column.Bytes, Len: 3, Offsets: []int64{0, 5, 4, 9}, Data: make([]byte, 9)}
	if err := w.AddColumn(ColumnMeta{ID: 1, Kind: column.Bytes}, Chunks(&short)); err == nil {
		t.Error("offsets out of order")
	}
	for _, align := range []int{3, 32, 8192} {
		if _, err := NewContainerWriter(&bytes.Buffer{}, Header{}, align); err == nil {
			t.Errorf("alignment %d", align)
		}
	}
}

// TestDamageIsNeverData flips bits all over a data file: opening or reading reports it, or what is read is right.
func TestDamageIsNeverData(t *testing.T) {
	s := buildSegment(t, 5, 60, WriterOptions{Align: 64})
	reported := 0
	for i := range s.data {
		bad := bytes.Clone(s.data)
		bad[i] ^= 1 << (i % 8)
		r, err := Open("seg", vfs.BytesMapping(bad))
		if err == nil {
			err = readSegment(r)
			if err == nil {
				s.check(t, r)
				t.Fatalf("byte %d: damage in a verified block was not seen", i)
			}
		}
		var ce *CorruptError
		if !errors.As(err, &ce) || ce.File != "seg" {
			t.Fatalf("byte %d: %v", i, err)
		}
		reported++
	}
	for i := range s.data {
		if _, err := Open("seg", vfs.BytesMapping(s.data[:i])); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("cut at %d: %v", i, err)
		}
	}
	t.Logf("%d flips, all reported", reported)
}

func readSegment(r *Reader) error {
	if _, err := r.RowIDs(); err != nil {
		return err
	}
	if _, err := r.Begins(); err != nil {
		return err
	}
	for _, m := range r.Meta().Columns {
		if _, _, err := r.Column(m.ID); err != nil {
			return err
		}
	}
	return nil
}

// TestDamageElsewhereDoesNotMatter: a bad block is an error for what lies in it and for nothing else.
func TestDamageElsewhereDoesNotMatter(t *testing.T) {
	s := buildSegment(t, 6, 200000, WriterOptions{})
	good, err := Open("seg", vfs.BytesMapping(bytes.Clone(s.data)))
	if err != nil {
		t.Fatal(err)
	}
	slab := good.c.sections["vec.18"]
	if slab == nil {
		t.Fatal(good.c.Sections())
	}
	bad := bytes.Clone(s.data)
	at := slab.off + slab.len/2
	bad[at] ^= 4
	r, err := Open("seg", vfs.BytesMapping(bad))
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := r.Column(13)
	if err != nil {
		t.Fatal(err)
	}
	sameColumn(t, "int64", &c, &s.cols[3])
	_, _, _, err = r.Vectors(18)
	var ce *CorruptError
	if !errors.As(err, &ce) || ce.Offset != at/blockBytes*blockBytes {
		t.Fatalf("damage at %d: %v", at, err)
	}
	if err := r.VerifyVectors(18, 0, 10); err != nil {
		t.Fatal(err)
	}
	if err := r.Verify(); !errors.Is(err, ErrCorrupt) {
		t.Fatal(err)
	}
}

// TestCutMappedFile: a mapped file that loses its end under us is an error, not a crash.
func TestCutMappedFile(t *testing.T) {
	s := buildSegment(t, 7, 100000, WriterOptions{})
	name := filepath.Join(t.TempDir(), "seg")
	if err := vfs.WriteFile(vfs.OS, name, s.data); err != nil {
		t.Fatal(err)
	}
	m, err := vfs.MapFile(vfs.OS, name)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Open("seg", m)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := os.Truncate(name, 8192); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := r.Vectors(18); !errors.Is(err, ErrCorrupt) {
		t.Fatal(err)
	}
}

func TestNewerContainerIsRefusedByName(t *testing.T) {
	data := bytes.Clone(buildSegment(t, 1, 3, WriterOptions{Align: 64}).data)
	binary.LittleEndian.PutUint32(data[8:], containerVersion+1)
	binary.LittleEndian.PutUint32(data[60:], crc32.Checksum(data[:60], castagnoli))
	if _, err := Open("the-file", vfs.BytesMapping(data)); !errors.Is(err, ErrNewerFormat) || !strings.Contains(err.Error(), "the-file has container version 2") {
		t.Fatal(err)
	}
	if _, err := OpenContainer("seg", vfs.BytesMapping(buildSegment(t, 1, 3, WriterOptions{}).data), KindVectorIndex); !errors.Is(err, ErrCorrupt) {
		t.Fatal(err)
	}
}

func TestEnds(t *testing.T) {
	for _, n := range []int{0, 1, 100, 70000} {
		var ends []End
		for i := range n {
			ends = append(ends, End{uint32(i * 3), uint64(i) * 1e12})
		}
		data, err := EncodeEnds(42, ends)
		if err != nil {
			t.Fatal(err)
		}
		got, err := DecodeEnds("ends", data)
		if err != nil || got.Segment != 42 || len(got.List) != n || got.Bitmap.GetCardinality() != uint64(n) {
			t.Fatal(got, err)
		}
		for i := range ends {
			if got.List[i] != ends[i] || !got.Bitmap.Contains(ends[i].Ordinal) {
				t.Fatalf("end %d", i)
			}
		}
	}
	if _, err := EncodeEnds(1, []End{{3, 1}, {3, 2}}); err == nil {
		t.Fatal("an ordinal ended twice")
	}
	data, _ := EncodeEnds(42, []End{{1, 10}, {5, 11}, {900000, 12}})
	for i := range data {
		bad := bytes.Clone(data)
		bad[i] ^= 1 << (i % 8)
		if _, err := DecodeEnds("ends", bad); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("byte %d: %v", i, err)
		}
		if _, err := DecodeEnds("ends", data[:i]); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("cut at %d: %v", i, err)
		}
	}
}

// repair makes the checksums of a container right, so that a fuzzer reaches what is behind them.
func repair(data []byte) []byte {
	data = bytes.Clone(data)
	if len(data) < headerBytes+tailBytes {
		return data
	}
	le := binary.LittleEndian
	copy(data, containerMagic)
	le.PutUint32(data[8:], containerVersion)
	le.PutUint32(data[60:], crc32.Checksum(data[:60], castagnoli))
	tail := data[len(data)-tailBytes:]
	copy(tail[24:], tailMagic)
	footerLen := int64(le.Uint32(tail[8:]))
	end := int64(len(data)) - tailBytes - footerLen
	if end < headerBytes {
		return data
	}
	blocks := (end + blockBytes - 1) / blockBytes
	le.PutUint64(tail, uint64(end))
	le.PutUint32(tail[12:], uint32(blocks))
	footer := data[end : int64(len(data))-tailBytes]
	for b := range blocks {
		if 4*b+4 <= int64(len(footer)) {
			le.PutUint32(footer[4*b:], crc32.Checksum(data[b*blockBytes:min((b+1)*blockBytes, end)], castagnoli))
		}
	}
	le.PutUint32(tail[20:], crc32.Update(crc32.Checksum(footer, castagnoli), castagnoli, tail[:20]))
	return data
}

func FuzzSegmentOpen(f *testing.F) {
	f.Add(buildSegment(f, 1, 5, WriterOptions{Align: 64}).data)
	f.Add(buildSegment(f, 2, 0, WriterOptions{Align: 64}).data)
	f.Add([]byte(containerMagic))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, d := range [][]byte{data, repair(data)} {
			r, err := Open("seg", vfs.BytesMapping(d))
			if err != nil {
				continue
			}
			_ = readSegment(r)
			for _, m := range r.Meta().Columns {
				c, _, err := r.Column(m.ID)
				if err != nil {
					continue
				}
				for i := range c.Len {
					if !c.IsNull(i) && c.Kind == column.Bytes {
						_ = c.BytesAt(i)
					}
				}
			}
			_, _, _ = r.FindRow(7)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	s := buildSegment(b, 1, 200000, WriterOptions{})
	r, err := Open("seg", vfs.BytesMapping(s.data))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(s.data)))
	for b.Loop() {
		if err := r.Verify(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenSmall(b *testing.B) {
	s := buildSegment(b, 1, 20, WriterOptions{Align: 64})
	b.ReportAllocs()
	for b.Loop() {
		r, err := Open("seg", vfs.BytesMapping(s.data))
		if err == nil {
			_, _, err = r.Column(13)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkColumn(b *testing.B) {
	r, err := Open("seg", vfs.BytesMapping(buildSegment(b, 1, 200000, WriterOptions{}).data))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, _, err := r.Column(17); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	const n = 100000
	rng := rand.New(rand.NewPCG(1, 1))
	ids := make([]uint64, n)
	for i := range ids {
		ids[i] = uint64(i)
	}
	text := randomColumn(rng, column.Bytes, 0, n, 0.1)
	vec := randomColumn(rng, column.Vector, 64, n, 0)
	b.SetBytes(int64(len(text.Data) + 8*n + len(vec.Data)))
	for b.Loop() {
		w, _ := NewWriter(io.Discard, 1, 1, 1, WriterOptions{})
		err := errors.Join(w.SetRows(ids, ids), w.AddColumn(ColumnMeta{ID: 1, Kind: column.Vector, Dim: 64}, Chunks(&vec)),
			w.AddColumn(ColumnMeta{ID: 2, Kind: column.Bytes}, Chunks(&text)))
		if _, ferr := w.Finish(); err != nil || ferr != nil {
			b.Fatal(err, ferr)
		}
	}
}
