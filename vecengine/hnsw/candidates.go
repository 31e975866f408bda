package hnsw

import "vecgres/vecengine/distance"

// A key is a candidate in one word: distance.OrderBits above, then the slot in 31 bits, then a bit that tells
// that its links have been followed. Keys sort by distance, then slot.
type key = uint64

const followed key = 1

func makeKey(dist float32, slot uint32) key {
	return uint64(distance.OrderBits(dist))<<32 | uint64(slot)<<1
}

func keySlot(k key) uint32 { return uint32(k) >> 1 }

func keyDist(k key) float32 { return distance.FromOrderBits(uint32(k >> 32)) }

// keyIsNaN tells that a candidate has no distance.
func keyIsNaN(k key) bool { return distance.Key(k).IsNaN() }

// pool is the narrow walk's candidates and results at once: the ef nearest seen, sorted. Below a few hundred
// keys moving the tail of a sorted array is faster than keeping two heaps.
type pool struct {
	keys []key
	ef   int
	next int // keys before it have been followed
	// coming are keys that merge will take in.
	coming []key
	rest   []key // what fell out or never came in, kept only if keep is set
	keep   bool
	worst  float32 // distance of the last key once full, else +Inf
}

func (p *pool) reset(ef int, keep bool) {
	if room := ef + stepNodes*rowMax; cap(p.keys) < room {
		p.keys = make([]key, 0, room+ef/2)
	}
	p.coming = p.coming[:0]
	p.keys, p.ef, p.next, p.keep, p.rest, p.worst = p.keys[:0], ef, 0, keep, p.rest[:0], inf
}

// insert puts one key in its place.
func (p *pool) insert(k key) {
	p.coming = append(p.coming[:0], k)
	p.merge()
}

// merge puts p.coming, in any order, in place and cuts the pool to ef. It goes from the back, so that each
// key moves once however many come.
func (p *pool) merge() {
	coming := p.coming
	if len(coming) == 0 {
		return
	}
	sortFew(coming)
	n := len(p.keys)
	keys := p.keys[:n+len(coming)]
	end := n
	for j := len(coming) - 1; j >= 0; j-- {
		at := place(keys[:end], coming[j])
		copy(keys[at+j+1:end+j+1], keys[at:end])
		keys[at+j] = coming[j]
		end = at
	}
	p.next = min(p.next, end)
	if len(keys) >= p.ef {
		if p.keep {
			p.rest = append(p.rest, keys[p.ef:]...)
		}
		keys = keys[:p.ef]
		p.worst = keyDist(keys[p.ef-1])
	}
	p.keys, p.coming = keys, coming[:0]
}

// place is the number of sorted keys below k.
func place(keys []key, k key) int {
	low, high := 0, len(keys)
	for low < high {
		mid := int(uint(low+high) >> 1)
		if keys[mid] < k {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}

// sortFew is an insertion sort: a step brings a handful of keys.
func sortFew(keys []key) {
	for i := 1; i < len(keys); i++ {
		k := keys[i]
		j := i
		for j > 0 && keys[j-1] > k {
			keys[j] = keys[j-1]
			j--
		}
		keys[j] = k
	}
}

func (p *pool) drop(k key) {
	if p.keep {
		p.rest = append(p.rest, k)
	}
}

// follow takes the nearest key whose links have not been followed, and marks it so.
func (p *pool) follow() (slot uint32, ok bool) {
	for p.next < len(p.keys) {
		k := p.keys[p.next]
		if k&followed == 0 {
			p.keys[p.next] = k | followed
			p.next++
			return keySlot(k), true
		}
		p.next++
	}
	return 0, false
}

// minHeap is a binary heap of keys, the smallest first. A heap with the largest first holds complements.
type minHeap []key

func (h *minHeap) push(k key) {
	s := append(*h, k)
	i := len(s) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if s[parent] <= k {
			break
		}
		s[i] = s[parent]
		i = parent
	}
	s[i] = k
	*h = s
}

func (h *minHeap) pop() key {
	s := *h
	top := s[0]
	last := s[len(s)-1]
	s = s[:len(s)-1]
	*h = s
	if len(s) > 0 {
		s.sink(0, last)
	}
	return top
}

// replaceTop is a pop and a push in one.
func (h *minHeap) replaceTop(k key) { (*h).sink(0, k) }

func (h minHeap) sink(i int, k key) {
	for {
		child := 2*i + 1
		if child >= len(h) {
			break
		}
		if child+1 < len(h) && h[child+1] < h[child] {
			child++
		}
		if h[child] >= k {
			break
		}
		h[i] = h[child]
		i = child
	}
	h[i] = k
}

// order makes a heap of keys in any order.
func (h minHeap) order() {
	for i := len(h)/2 - 1; i >= 0; i-- {
		h.sink(i, h[i])
	}
}
