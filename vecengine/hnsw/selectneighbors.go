package hnsw

// selectNeighbors keeps at most m of the candidates in w.pick, which are in ascending order of distance to a
// base: each in turn, unless one already kept is nearer to it than the base is, so that links spread in all
// directions instead of crowding in one. What it keeps, it moves to the front; it returns how many. The walker's
// query is changed.
// Source: the paper's Algorithm 4, without extendCandidates and, below, keepPrunedConnections.
func (b *builder) selectNeighbors(w *buildWorker, l *layer, m int) int {
	kept := 0
	var ords [rowMax]uint32
	var dist [rowMax]float32
	for i := 0; i < len(w.pick) && kept < m; i++ {
		c := w.pick[i]
		if kept > 0 {
			b.bindNode(&w.walker.scorer, l.ordinal(keySlot(c)))
			if b.crowded(w, keyDist(c), ords[:kept], dist[:kept]) {
				continue
			}
		}
		ords[kept] = l.ordinal(keySlot(c))
		w.pick[kept] = c
		kept++
	}
	return kept
}

// crowded tells whether the bound node is nearer to one of ords than limit. It looks a few at a time: the
// first kept, nearest to the base, reject most.
func (b *builder) crowded(w *buildWorker, limit float32, ords []uint32, dist []float32) bool {
	const step = 8
	for len(ords) > 0 {
		n := min(step, len(ords))
		w.gather(ords[:n], dist[:n])
		for _, d := range dist[:n] {
			if d < limit {
				return true
			}
		}
		ords, dist = ords[n:], dist[n:]
	}
	return false
}
