package flat

import (
	"context"

	"vecgres/vecengine/distance"
)

// ScanMany is Scan for many queries at once: each block of rows is read from memory once and stays in cache for
// all of them. tops[i] gets the hits of queries[i]. leaveOut[i], when leaveOut is not nil, is a row that query i
// does not see: itself, in a leave-one-out measurement.
func ScanMany(ctx context.Context, m distance.Metric, queries []distance.Vector, slab distance.Slab, f Filter, leaveOut []uint32, tops []*TopK) error {
	const rows = 64
	scorers := make([]distance.Scorer, len(queries))
	for i, q := range queries {
		scorers[i].Reset(m, q, slab)
	}
	var dist [rows]float32
	var ids [rows]uint32
	for at := 0; at < slab.Len(); {
		if err := ctx.Err(); err != nil {
			return err
		}
		var want []uint32
		want, at = f.fill(ids[:0], at, slab.Len())
		for i := range scorers {
			scorers[i].Gather(want, dist[:])
			for j, id := range want {
				if leaveOut != nil && leaveOut[i] == id {
					continue
				}
				tops[i].Offer(dist[j], f.Base+id)
			}
		}
	}
	return nil
}
