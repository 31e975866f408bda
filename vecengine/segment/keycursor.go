package segment

// Cursor walks the keys in order, both ways. For one goroutine. Every move tells whether the cursor stands on a key afterwards;
// after an error it stands nowhere, and Err tells.
type Cursor struct {
	k     *KeyIndex
	block int // loaded; -1 for none
	first uint32
	n     int
	arena []byte
	ends  []int
	place int // in the block
	on    bool
	err   error
}

// Cursor starts a cursor that stands nowhere.
func (k *KeyIndex) Cursor() *Cursor { return &Cursor{k: k, block: -1} }

// Valid tells whether the cursor stands on a key.
func (c *Cursor) Valid() bool { return c.on }

// Err is what stopped the cursor, or nil.
func (c *Cursor) Err() error { return c.err }

// Key is the key under the cursor, valid until it moves to another block; copy what must last.
func (c *Cursor) Key() []byte {
	return c.arena[c.ends[c.place]:c.ends[c.place+1]:c.ends[c.place+1]]
}

// Rank is the number of keys before the one under the cursor.
func (c *Cursor) Rank() uint64 { return uint64(c.first) + uint64(c.place) }

// Posting is the ordinals under the cursor.
func (c *Cursor) Posting() (Posting, error) { return c.k.postingAt(c.first + uint32(c.place)) }

// load decodes a block.
func (c *Cursor) load(i int) bool {
	if c.block == i {
		return true
	}
	top, err := c.k.c.Section(sectionTop)
	if err != nil {
		return c.fail(err)
	}
	b, first, n, err := c.k.block(top, i)
	if err != nil {
		return c.fail(err)
	}
	ok := false
	if c.arena, c.ends, ok = b.all(n, c.arena, c.ends); !ok {
		off, _, _ := topEntry(top, i)
		return c.fail(c.k.corrupt(c.k.keys, off, "malformed key block"))
	}
	c.block, c.first, c.n = i, first, n
	return true
}

func (c *Cursor) fail(err error) bool {
	c.err, c.on, c.block = err, false, -1
	return false
}

func (c *Cursor) stand(block, place int) bool {
	c.on = false
	if !c.load(block) {
		return false
	}
	c.place, c.on = place, true
	return true
}

// First moves to the first key.
func (c *Cursor) First() bool {
	c.on = false
	return c.k.blocks > 0 && c.stand(0, 0)
}

// Last moves to the last key.
func (c *Cursor) Last() bool {
	c.on = false
	if c.k.blocks == 0 || !c.load(c.k.blocks-1) {
		return false
	}
	return c.stand(c.k.blocks-1, c.n-1)
}

// Next moves to the following key, or to the first when the cursor stands nowhere.
func (c *Cursor) Next() bool {
	switch {
	case !c.on:
		return c.err == nil && c.First()
	case c.place+1 < c.n:
		c.place++
		return true
	case c.block+1 < c.k.blocks:
		return c.stand(c.block+1, 0)
	}
	c.on = false
	return false
}

// Prev moves to the key before, or to the last when the cursor stands nowhere.
func (c *Cursor) Prev() bool {
	switch {
	case !c.on:
		return c.err == nil && c.Last()
	case c.place > 0:
		c.place--
		return true
	case c.block > 0:
		if !c.load(c.block - 1) {
			return false
		}
		return c.stand(c.block, c.n-1)
	}
	c.on = false
	return false
}

// SeekGE moves to the first key at or after key.
func (c *Cursor) SeekGE(key []byte) bool {
	rank, _, err := c.k.rank(key)
	if err != nil {
		return c.fail(err)
	}
	return c.toRank(rank)
}

// SeekLT moves to the last key before key.
func (c *Cursor) SeekLT(key []byte) bool {
	rank, _, err := c.k.rank(key)
	if err != nil {
		return c.fail(err)
	}
	if rank == 0 {
		c.on = false
		return false
	}
	return c.toRank(rank - 1)
}

// toRank moves to a key by its number.
func (c *Cursor) toRank(rank uint32) bool {
	c.on = false
	if uint64(rank) >= c.k.meta.Distinct {
		return false
	}
	if c.block >= 0 && rank >= c.first && rank-c.first < uint32(c.n) {
		return c.stand(c.block, int(rank-c.first))
	}
	top, err := c.k.c.Section(sectionTop)
	if err != nil {
		return c.fail(err)
	}
	lo, hi := 0, c.k.blocks // the block is in [lo, hi)
	for hi-lo > 1 {
		mid := (lo + hi) / 2
		if _, first, _ := topEntry(top, mid); first <= rank {
			lo = mid
		} else {
			hi = mid
		}
	}
	if !c.load(lo) {
		return false
	}
	if rank < c.first || rank-c.first >= uint32(c.n) {
		return c.fail(c.k.corrupt(c.k.top, 0, "no block holds key %d", rank))
	}
	return c.stand(lo, int(rank-c.first))
}
