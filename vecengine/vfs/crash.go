package vfs

import (
	"maps"
	"math/rand/v2"
	"slices"
)

// sectorBytes is what a disk writes whole or not at all.
const sectorBytes = 512

// CrashClone gives the file system as it could be found after the power was cut now. Everything synced is there. Of what
// was not synced, each name operation and each sector of each file is kept or lost by chance: a sector holds what some
// prefix of the writes to it left, and sectors and the file's size choose their prefixes independently, so writes appear
// torn and out of order. One call in four keeps nothing unsynced, one in four all of it. Locks and open files are gone.
// The clone shares nothing with m, which goes on unchanged.
func (m *MemFS) CrashClone(rng *rand.Rand) *MemFS {
	m.mu.RLock()
	defer m.mu.RUnlock()
	c := &crash{rng: rng, nodes: map[*memNode]*memNode{}, names: map[*memNode]map[string]*memNode{}}
	switch rng.IntN(4) {
	case 0:
		c.keep = func() bool { return false }
	case 1:
		c.keep = func() bool { return true }
	default:
		share := rng.Float64()
		c.keep = func() bool { return rng.Float64() < share }
	}
	for _, op := range m.edits {
		if c.keep() {
			for _, e := range op.edits {
				c.set(e)
			}
		}
	}
	clone := NewMem()
	clone.root = c.clone(m.root)
	return clone
}

// crash is one decision on what survives.
type crash struct {
	rng   *rand.Rand
	keep  func() bool
	nodes map[*memNode]*memNode            // original to clone, so that hard links stay links
	names map[*memNode]map[string]*memNode // surviving names of directories with kept edits
}

func (c *crash) set(e nameEdit) {
	names := c.names[e.dir]
	if names == nil {
		names = maps.Clone(e.dir.durable)
		c.names[e.dir] = names
	}
	if e.node == nil {
		delete(names, e.name)
	} else {
		names[e.name] = e.node
	}
}

func (c *crash) clone(n *memNode) *memNode {
	if done := c.nodes[n]; done != nil {
		return done
	}
	out := &memNode{dir: n.dir, mtime: n.mtime}
	c.nodes[n] = out
	if !n.dir {
		out.file.data = c.content(&n.file)
		out.file.durable = slices.Clone(out.file.data)
		return out
	}
	names, ok := c.names[n]
	if !ok {
		names = n.durable
	}
	out.names = map[string]*memNode{}
	for _, name := range slices.Sorted(maps.Keys(names)) { // sorted: a seed must repeat
		out.names[name] = c.clone(names[name])
	}
	out.durable = maps.Clone(out.names)
	return out
}

// prefix chooses how many of n operations survive.
func (c *crash) prefix(n int) int {
	k := 0
	for k < n && c.keep() {
		k++
	}
	if k < n && c.keep() { // otherwise a long list would nearly always lose its end
		k += c.rng.IntN(n - k + 1)
	}
	return k
}

// content chooses what a file holds.
func (c *crash) content(d *memData) []byte {
	size := int64(len(d.durable))
	for _, op := range d.pending[:c.prefix(len(d.pending))] {
		if op.bytes == nil {
			size = op.off
		} else {
			size = max(size, op.off+int64(len(op.bytes)))
		}
	}
	out := make([]byte, size)
	copy(out, d.durable)
	touched := map[int64][]dataOp{}
	for _, op := range d.pending {
		if op.bytes == nil {
			for s := range touched { // a cut also reaches sectors written before it
				touched[s] = append(touched[s], op)
			}
			for s := op.off / sectorBytes; s*sectorBytes < int64(len(d.durable)); s++ {
				if touched[s] == nil {
					touched[s] = []dataOp{op}
				}
			}
			continue
		}
		last := (op.off + int64(len(op.bytes)) - 1) / sectorBytes
		for s := op.off / sectorBytes; s <= last; s++ {
			touched[s] = append(touched[s], op)
		}
	}
	for _, s := range slices.Sorted(maps.Keys(touched)) {
		ops := touched[s]
		c.sector(d, s, ops[:c.prefix(len(ops))], out)
	}
	return out
}

// sector writes into out what sector s holds after ops.
func (c *crash) sector(d *memData, s int64, ops []dataOp, out []byte) {
	var buf [sectorBytes]byte
	start := s * sectorBytes
	if start < int64(len(d.durable)) {
		copy(buf[:], d.durable[start:])
	}
	for _, op := range ops {
		if op.bytes == nil {
			if op.off < start+sectorBytes {
				clear(buf[max(0, op.off-start):])
			}
			continue
		}
		from := max(op.off, start)
		copy(buf[from-start:], op.bytes[from-op.off:])
	}
	if start < int64(len(out)) {
		copy(out[start:], buf[:])
	}
}
