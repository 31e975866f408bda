// Package quant keeps vectors as small codes: a walk or a scan reads a quarter of the bytes, and what it
// finds is scored again in float32.
//
//	vectors ── Build ──► Codes ── encode/Open ──► segment file
//	                       │
//	query ── Scorer.Reset ─┴─► Gather/Contiguous: approximate distances ──► Rescore: exact hits
//
// Int8 codes (int8.go) are one byte a dimension: x = round((v - offset) / scale), with an offset for each
// dimension and one scale for all. One scale makes a distance between codes an integer product, which the
// byte kernels compute exactly; a scale for each dimension would need the query folded into every node that a
// build compares from. Measured: on word vectors of 100 dimensions one scale is off by 1.1 % of a vector's
// length and a scale for each dimension by 0.8 %; with one scale walks at equal ef lose 0.001 recall@10 or
// less against float32, before rescoring. Pixels (Fashion-MNIST) are coded without loss.
//
// Cosine is coded as L2 over unit vectors: half the squared distance of unit vectors is 1 - cos, and its
// error shrinks with the distance, where that of a product does not.
//
// Invariants:
//   - row i of the codes is ordinal i; a row that was skipped, or has no distance (zero norm under cosine,
//     infinite or NaN elements), has NaN as its term and so a NaN distance;
//   - Codes are immutable once built and may be mapped; Scorers belong to one goroutine.
package quant
