package quant

import (
	"slices"

	"vecgres/vecengine/distance"
)

// Rescore computes exact distances for candidates in ascending order of their approximate keys and leaves
// the k nearest in hits, sorted by (distance, ordinal). It stops as soon as no later candidate can be among
// them (see Scorer.LowerBound), so its cost follows the error of the codes rather than len(candidates).
// It returns hits[:0] extended, and how many exact distances it computed.
func Rescore(codes *Scorer, exact *distance.Scorer, candidates []distance.Key, k int, hits []distance.Hit) ([]distance.Hit, int) {
	const step = 8
	hits = hits[:0]
	if k <= 0 {
		return hits, 0
	}
	var ids [distance.BatchMax]uint32
	var dist [distance.BatchMax]float32
	done, size := 0, min(max(k, step), distance.BatchMax)
	for done < len(candidates) {
		if len(hits) >= k && codes.LowerBound(candidates[done].Dist()) > hits[k-1].Dist {
			break
		}
		batch := candidates[done:min(done+size, len(candidates))]
		for i, key := range batch {
			ids[i] = key.Ord()
		}
		exact.Gather(ids[:len(batch)], dist[:])
		for i := range batch {
			hits = insertHit(hits, k, distance.Hit{Ord: ids[i], Dist: dist[i]})
		}
		done += len(batch)
		if len(hits) >= k {
			size = step
		}
	}
	return hits, done
}

// insertHit keeps hits sorted and at most k long.
func insertHit(hits []distance.Hit, k int, h distance.Hit) []distance.Hit {
	key := distance.MakeKey(h.Dist, h.Ord)
	if len(hits) == k {
		last := hits[k-1]
		if key >= distance.MakeKey(last.Dist, last.Ord) {
			return hits
		}
		hits = hits[:k-1]
	}
	at, _ := slices.BinarySearchFunc(hits, key, func(h distance.Hit, key distance.Key) int {
		if distance.MakeKey(h.Dist, h.Ord) < key {
			return -1
		}
		return 1
	})
	return slices.Insert(hits, at, h)
}
