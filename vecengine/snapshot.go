package vecengine

import (
	"slices"
	"sync"
	"sync/atomic"
)

// registry knows which snapshots are in use, so that versions which none of them can reach are retired.
//
// A snapshot gets an epoch when it is registered. A version that was replaced gets the then next epoch as its stamp, after the
// replacement can be found by every new snapshot; only snapshots of smaller epochs can still reach it. A snapshot sees a version only if
// its timestamp is at least the version's, which frees versions in the middle of a chain while one old snapshot stays open.
type registry struct {
	committed atomic.Uint64 // Timestamp: all commits up to it are durable and published

	mu      sync.Mutex
	epoch   uint64
	oldest  *snapshot
	newest  *snapshot
	retired []retiredVersion
	sweepAt int // length of retired at which the middle is looked at again
}

// snapshot is a moment that somebody reads at. The zero value is not registered.
type snapshot struct {
	ts         Timestamp
	epoch      uint64
	prev, next *snapshot
	registered bool
}

type retiredVersion struct {
	v     *tableVersion
	stamp uint64
	// sameTime: the successor has the same timestamp (a merge), so any snapshot from v.ts on may hold v.
	until    Timestamp
	sameTime bool
}

func (g *registry) now() Timestamp { return Timestamp(g.committed.Load()) }

// open registers s at the newest commit.
func (g *registry) open(s *snapshot) {
	g.mu.Lock()
	s.ts = g.now()
	s.epoch = g.epoch
	g.epoch++
	s.registered = true
	s.prev, s.next = g.newest, nil
	if g.newest != nil {
		g.newest.next = s
	} else {
		g.oldest = s
	}
	g.newest = s
	g.mu.Unlock()
}

// share registers s at the moment of from, which is registered.
func (g *registry) share(s, from *snapshot) {
	g.mu.Lock()
	s.ts, s.epoch, s.registered = from.ts, from.epoch, true
	s.prev, s.next = from, from.next
	from.next = s
	if s.next != nil {
		s.next.prev = s
	} else {
		g.newest = s
	}
	g.mu.Unlock()
}

// close gives s up; closing twice is harmless.
func (g *registry) close(s *snapshot) {
	g.mu.Lock()
	if !s.registered {
		g.mu.Unlock()
		return
	}
	s.registered = false
	if s.prev != nil {
		s.prev.next = s.next
	} else {
		g.oldest = s.next
	}
	if s.next != nil {
		s.next.prev = s.prev
	} else {
		g.newest = s.prev
	}
	s.prev, s.next = nil, nil
	free := g.reap()
	g.mu.Unlock()
	release(free)
}

// retire takes versions whose successors every new snapshot finds.
func (g *registry) retire(versions ...*tableVersion) {
	g.mu.Lock()
	for _, v := range versions {
		if v != nil {
			g.retired = append(g.retired, retiredVersion{v, g.epoch, v.next.ts, v.next.ts == v.ts})
		}
	}
	free := g.reap()
	g.mu.Unlock()
	release(free)
}

// oldestNeeded is the moment before which no reader looks.
func (g *registry) oldestNeeded() Timestamp {
	g.mu.Lock()
	defer g.mu.Unlock()
	ts := g.now()
	for s := g.oldest; s != nil; s = s.next {
		ts = min(ts, s.ts)
	}
	return ts
}

func release(versions []*tableVersion) {
	for _, v := range versions {
		v.dropParts()
		if v.next.dropped {
			v.table.unread()
		}
	}
}

// reap unlinks the versions that no snapshot can reach. The caller holds the lock and releases their parts after it.
func (g *registry) reap() []*tableVersion {
	var free []*tableVersion
	i := 0
	for i < len(g.retired) && (g.oldest == nil || g.oldest.epoch >= g.retired[i].stamp) {
		free = append(free, g.unlink(g.retired[i].v))
		i++
	}
	g.retired = slices.Delete(g.retired, 0, i)
	if len(g.retired) <= max(g.sweepAt, 32) {
		return free
	}
	kept := g.retired[:0]
	for _, r := range g.retired {
		if g.reachable(r) {
			kept = append(kept, r)
		} else {
			free = append(free, g.unlink(r.v))
		}
	}
	clear(g.retired[len(kept):])
	g.retired = kept
	g.sweepAt = 2 * len(kept)
	return free
}

func (g *registry) reachable(r retiredVersion) bool {
	for s := g.oldest; s != nil && s.epoch < r.stamp; s = s.next {
		if s.ts >= r.v.ts && (r.sameTime || s.ts < r.until) {
			return true
		}
	}
	return false
}

// unlink takes a version out of its table's chain. Readers that are passing over it still find the older ones.
func (g *registry) unlink(v *tableVersion) *tableVersion {
	prev := v.prev.Load()
	v.next.prev.Store(prev)
	if prev != nil {
		prev.next = v.next
	}
	return v
}

// idle tells whether nobody reads.
func (g *registry) idle() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.oldest == nil
}
