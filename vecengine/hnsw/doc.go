// Package hnsw builds and searches hierarchical navigable small world graphs over the vectors of one immutable
// segment. Source: Malkov & Yashunin 2018 (arXiv:1603.09320), "the paper" below.
//
//	Build ──► Graph ── WriteTo ──► file ── Open ──► Graph
//	            │
//	          Index (graph, vectors, optional codes, optional learnt table)
//	            ├─ Search        top-k once
//	            ├─ NewSearcher   batches of hits, as many as are asked for
//	            └─ LearnRecall   recall by ef and k, on the segment's own vectors
//
// A graph is made once, in bulk, and never edited: a segment is immutable, and a merge builds anew. A node is
// an ordinal of the segment. Rows without a vector and rows that have no distance to anything (zero norm
// under cosine, elements not finite) are no nodes: a walk never finds them.
//
// A graph for inner products is built by Euclidean distance between lifted nodes (lift.go); walks compare products.
//
// # Walks
//
// Two loops share everything else. The narrow one (walk.go) keeps candidates and results in one sorted array
// of ef keys; it serves what has no filter, the hot path. The wide one (filtered.go) keeps two heaps: every
// node is traversed, only allowed ones become results, and the beam grows until ef allowed ones are found, the budget is
// spent, or the share of allowed nodes among those followed tells that the end is not worth it. A Searcher starts as either and goes on as the wide one.
//
// With codes a walk compares those and the nearest candidates are scored again by the vectors
// (quant.Rescore); distances in hits are exact either way. The beam is wider on codes that tell near rows apart less well (oversampled),
// so that an ef means about the same recall on all.
//
// Vectors are of any element (distance.Element): a graph and its walks see nodes and distances alone.
//
// # Invariants
//
//   - links of a node end at the first none; no node links to itself or twice to another;
//   - every node can be reached on layer 0 from the entry point (Build repairs what pruning cut off), so
//     that a walk with ef of the number of nodes finds all;
//   - a layer is a subset of the one below, and slots count a layer's nodes in ascending order;
//   - the same vectors, parameters and seed make the same graph, however many workers build it.
//
// A Graph and an Index are safe for concurrent searches. A Searcher belongs to one goroutine.
package hnsw
