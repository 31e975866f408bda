package hnsw

import (
	"encoding/binary"
	"fmt"
	"math"
	"sort"
)

// Table is what a segment has learnt about itself: recall@k by ef. Immutable.
type Table struct {
	Ks  []int // ascending
	Efs []int // ascending
	// Recall[i][j] is the mean recall@Ks[i] of a walk with Efs[j], as the default walk of the index would be led.
	Recall [][]float32
	// Queries is the size of the sample.
	Queries int
	// UseCodes tells that walks on codes keep the recall of walks on vectors, or were asked for and reach what is aimed for. False without codes.
	UseCodes bool
}

// DefaultTargetRecall is what is aimed for when nothing is set.
const DefaultTargetRecall = 0.98

// EfFor is the smallest ef at which recall@k reaches target with a margin for the size of the sample, read off
// between measured points. Beyond the table's reach it is twice the largest ef measured. For a k that was not
// measured it lies between those of its neighbours, whose walks had at least their own k for ef: recall@100 may be
// high at any ef because it was measured with 100, and says little about recall@15 with 15. Beyond the largest k
// it is stretched.
func (t *Table) EfFor(k int, target float64) int {
	if t == nil || len(t.Ks) == 0 || len(t.Efs) == 0 {
		return max(4*DefaultEfSearch, 2*k)
	}
	i := sort.SearchInts(t.Ks, k)
	stretch := 1.0
	if i == len(t.Ks) {
		i--
		stretch = float64(k) / float64(t.Ks[i])
	}
	ef := t.efInRow(t.Recall[i], t.withMargin(target, t.Ks[i]))
	if i > 0 && k < t.Ks[i] {
		low := max(t.efInRow(t.Recall[i-1], t.withMargin(target, t.Ks[i-1])), t.Ks[i-1])
		high := max(ef, t.Ks[i], low)
		ef = max(ef, low+((high-low)*(k-t.Ks[i-1])+t.Ks[i]-t.Ks[i-1]-1)/(t.Ks[i]-t.Ks[i-1]))
	}
	return max(int(math.Ceil(float64(ef)*stretch)), k)
}

// withMargin raises a target by a standard error of the measured mean. Hits of one query
// stand or fall together, so a query counts as three trials, however large k is. Above a target the
// distance to 1 is cut by at most two thirds, so that a target of 0.999 stays within reach.
func (t *Table) withMargin(target float64, k int) float64 {
	if target >= 1 {
		return 1
	}
	trials := float64(max(t.Queries, 1) * min(k, 3))
	margin := math.Sqrt(target * (1 - target) / trials)
	return target + min(margin, (1-target)*2/3)
}

func (t *Table) efInRow(recall []float32, target float64) int {
	best := float64(0)
	for j, r := range recall {
		if float64(r) >= target {
			if j == 0 || best >= float64(r) {
				return t.Efs[j]
			}
			low, high := float64(t.Efs[j-1]), float64(t.Efs[j])
			return int(math.Ceil(low + (high-low)*(target-best)/(float64(r)-best)))
		}
		best = float64(r)
	}
	return 2 * t.Efs[len(t.Efs)-1]
}

// RecallAt is the recall expected of a walk with ef for k hits: the measured value at the next smaller ef.
func (t *Table) RecallAt(k, ef int) float64 {
	if t == nil || len(t.Ks) == 0 || len(t.Efs) == 0 {
		return math.NaN()
	}
	i := min(sort.SearchInts(t.Ks, k), len(t.Ks)-1)
	j := sort.SearchInts(t.Efs, ef+1) - 1
	if j < 0 {
		return float64(t.Recall[i][0]) * float64(ef) / float64(t.Efs[0])
	}
	return float64(t.Recall[i][j])
}

// tableMagic starts an encoded table; then, little endian: uint8 use codes, uint32 queries, uint16 number of
// ks, uint16 number of efs, the ks and efs as uint32, and the recalls as float32, row by row.
const tableMagic = "VGTUNE\x00\x01"

// AppendEncoded appends the table's bytes.
func (t *Table) AppendEncoded(dst []byte) []byte {
	le := binary.LittleEndian
	dst = append(dst, tableMagic...)
	useCodes := byte(0)
	if t.UseCodes {
		useCodes = 1
	}
	dst = append(dst, useCodes)
	dst = le.AppendUint32(dst, uint32(t.Queries))
	dst = le.AppendUint16(dst, uint16(len(t.Ks)))
	dst = le.AppendUint16(dst, uint16(len(t.Efs)))
	for _, k := range t.Ks {
		dst = le.AppendUint32(dst, uint32(k))
	}
	for _, ef := range t.Efs {
		dst = le.AppendUint32(dst, uint32(ef))
	}
	for _, row := range t.Recall {
		for _, r := range row {
			dst = le.AppendUint32(dst, math.Float32bits(r))
		}
	}
	return dst
}

// DecodeTable reads what AppendEncoded wrote; bad bytes give an error wrapping ErrCorrupt.
func DecodeTable(b []byte) (*Table, error) {
	const head = len(tableMagic) + 9
	le := binary.LittleEndian
	if len(b) < head || string(b[:len(tableMagic)]) != tableMagic {
		return nil, fmt.Errorf("%w: no table of version 1", ErrCorrupt)
	}
	t := &Table{UseCodes: b[8] == 1, Queries: int(le.Uint32(b[9:]))}
	ks, efs := int(le.Uint16(b[13:])), int(le.Uint16(b[15:]))
	if len(b) != head+4*(ks+efs+ks*efs) || b[8] > 1 {
		return nil, fmt.Errorf("%w: table of %d bytes for %d by %d", ErrCorrupt, len(b), ks, efs)
	}
	b = b[head:]
	next := func() uint32 {
		x := le.Uint32(b)
		b = b[4:]
		return x
	}
	for range ks {
		t.Ks = append(t.Ks, int(next()))
	}
	for range efs {
		t.Efs = append(t.Efs, int(next()))
	}
	for range ks {
		row := make([]float32, efs)
		for j := range row {
			row[j] = math.Float32frombits(next())
			if !(row[j] >= 0 && row[j] <= 1) {
				return nil, fmt.Errorf("%w: recall %v", ErrCorrupt, row[j])
			}
		}
		t.Recall = append(t.Recall, row)
	}
	if !ascending(t.Ks) || !ascending(t.Efs) {
		return nil, fmt.Errorf("%w: table out of order", ErrCorrupt)
	}
	return t, nil
}

func ascending(xs []int) bool {
	for i, x := range xs {
		if x < 1 || x > math.MaxInt32 || i > 0 && x <= xs[i-1] {
			return false
		}
	}
	return true
}
