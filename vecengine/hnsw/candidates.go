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
	keys  []key
	ef    int
	next  int   // keys before it have been followed
	rest  []key // what fell out or never came in, kept only if keep is set
	keep  bool
	worst float32 // distance of the last key once full, else +Inf
}

func (p *pool) reset(ef int, keep bool) {
	if cap(p.keys) < ef+1 {
		p.keys = make([]key, 0, ef+1+ef/2)
	}
	p.keys, p.ef, p.next, p.keep, p.rest, p.worst = p.keys[:0], ef, 0, keep, p.rest[:0], inf
}

// insert puts a key in its place, dropping the last one if there are ef already.
func (p *pool) insert(k key) {
	n := len(p.keys)
	if n == p.ef {
		last := p.keys[n-1]
		if k >= last {
			p.drop(k)
			return
		}
		p.drop(last)
		n--
	}
	low, high := 0, n
	for low < high {
		mid := int(uint(low+high) >> 1)
		if p.keys[mid] < k {
			low = mid + 1
		} else {
			high = mid
		}
	}
	keys := p.keys[:n+1]
	copy(keys[low+1:], keys[low:n])
	keys[low] = k
	p.keys = keys
	if low < p.next {
		p.next = low
	}
	if n+1 == p.ef {
		p.worst = keyDist(keys[n])
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

// peek is the slot that follow would return, if any.
func (p *pool) peek() (slot uint32, ok bool) {
	for i := p.next; i < len(p.keys); i++ {
		if p.keys[i]&followed == 0 {
			return keySlot(p.keys[i]), true
		}
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
