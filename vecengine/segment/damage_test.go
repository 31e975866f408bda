package segment

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"vecgres/vecengine/column"
	"vecgres/vecengine/vfs"
)

// mutate changes a few bytes and makes the checksums right again: what a faulty writer might leave.
func mutate(rng *rand.Rand, data []byte) []byte {
	bad := bytes.Clone(data)
	for range 1 + rng.IntN(4) {
		i := rng.IntN(len(bad))
		switch rng.IntN(4) {
		case 0:
			bad[i] = byte(rng.Uint32())
		case 1:
			bad[i] = 0xff
		case 2:
			bad[i]++
		case 3:
			for j := i; j < min(i+8, len(bad)); j++ {
				bad[j] = byte(rng.Uint32())
			}
		}
	}
	return repair(bad)
}

// TestFaultyWriterNeverPanics reads files whose content is wrong though every checksum is right: errors and wrong values may come, a
// panic or a read outside the file may not.
func TestFaultyWriterNeverPanics(t *testing.T) {
	var rows []string
	for i := range 700 {
		rows = append(rows, fmt.Sprint("key ", i*i%260), "many")
	}
	_, index := buildIndex(t, rows, noNull, KeyIndexOptions{Align: 64})
	seg := buildSegment(t, 1, 40, WriterOptions{Align: 64}).data
	opened := 0
	for seed := range uint64(6000) {
		rng := rand.New(rand.NewPCG(seed, 1))
		func() {
			defer func() {
				if r := recover(); r != nil {
					panic(fmt.Sprintf("seed %d: %v", seed, r))
				}
			}()
			if k, err := OpenKeyIndex("key", vfs.BytesMapping(mutate(rng, index))); err == nil {
				opened++
				_ = readIndex(k)
			}
			if r, err := Open("seg", vfs.BytesMapping(mutate(rng, seg))); err == nil {
				opened++
				touchAll(r)
			}
		}()
	}
	if opened < 6000 {
		t.Fatalf("only %d files could be opened", opened)
	}
}

// touchAll reads every value.
func touchAll(r *Reader) {
	_ = readSegment(r)
	_, _, _ = r.FindRow(9)
	for _, m := range r.Meta().Columns {
		c, _, err := r.Column(m.ID)
		if err != nil {
			continue
		}
		for i := range c.Len {
			switch {
			case c.IsNull(i):
			case c.Kind == column.Bool:
				_ = c.BoolAt(i)
			case c.Kind == column.Bytes:
				_ = c.BytesAt(i)
			default:
				_ = c.Data[i*c.Kind.Width(c.Dim) : (i+1)*c.Kind.Width(c.Dim)]
			}
		}
	}
}
