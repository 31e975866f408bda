// Package quant keeps vectors as small codes: a walk or a scan reads a part of the bytes, and what it
// finds is scored again in full precision.
//
//	vectors ── Build, ForIndex ──► Codes ── WriteTo/Open ──► segment file
//	                                 │
//	query ── Scorer.Reset ───────────┴─► Gather/Contiguous: approximate distances ──► Rescore: exact hits
//
// Codes have a kind:
//
//	kind    a row, bytes      of             metrics       the error of a distance
//	Int8    dim + 4           float32, half  L2 IP Cos     about 1 % of a vector's length; none for pixels
//	Half    2·dim             float32        L2 IP Cos L1  0.05 %
//	Binary  dim/8 + 16        float32, half  L2 IP Cos     about 0.75/√dim of both lengths from the mean
//
// (Int8 and Binary are padded to cache lines.) Auto is Int8 where rows are long enough to gain by it, as long as the segment's own measured
// recall allows (package hnsw); a kind that was asked for by name is used unless no beam makes up for what it loses.
//
// Int8 codes (int8.go): x = round((v - offset) / scale), with an offset for each
// dimension and one scale for all. One scale makes a distance between codes an integer product, which the
// byte kernels compute exactly; a scale for each dimension would need the query folded into every node that a
// build compares from. Measured: on word vectors of 100 dimensions one scale is off by 1.1 % of a vector's
// length and a scale for each dimension by 0.8 %; with one scale walks at equal ef lose 0.001 recall@10 or
// less against float32, before rescoring. Pixels (Fashion-MNIST) are coded without loss.
//
// Half codes (half.go) are the vectors in binary16. Binary codes (binary.go) are signs about the mean after a rotation (rotate.go), compared
// with a query of four bits a coordinate.
//
// Cosine is coded as L2 over unit vectors: half the squared distance of unit vectors is 1 - cos, and its
// error shrinks with the distance, where that of a product does not.
//
// Bounds. A Scorer tells between which distances the exact one lies, so that rescoring can stop: nearly always (measured on a sample of rows)
// or, after MakeCertain, for every row. Certain bounds of binary codes are too wide to be of use (Codes.Tight): an exact scan goes by the vectors.
//
// Invariants:
//   - row i of the codes is ordinal i; a row that was skipped, or has no distance (zero norm under cosine,
//     infinite or NaN elements), has a NaN distance;
//   - Codes are immutable once built and may be mapped; Scorers belong to one goroutine.
package quant
