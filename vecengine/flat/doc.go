// Package flat answers top-k exactly, by computing every distance: for the head of a table, small segments,
// rare filters, the end of a walk that fell short, and as the truth that recall is measured against.
//
//	Scan       rows of a slab, in order, under an optional bitset       memory bandwidth bounds it
//	ScanCodes  codes first, vectors for what may be among the k         a quarter of the bytes, or half
//
// All feed a TopK, so that one collector can go over several slabs (the chunks of a head, several
// segments with Base set) and keep one bound.
//
// Order: ascending distance; equal distances by the TopK's tie function, else by ordinal; so the rows at the
// k boundary are determined. Rows whose distance is NaN are no hits: they are collected apart (TopK.NaN),
// because SQL sorts them after all others.
package flat
