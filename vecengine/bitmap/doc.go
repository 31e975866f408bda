// Package bitmap holds the two forms of a set of ordinals.
//
//	Bitmap  roaring: small, portable on disk, cheap to AND and OR; filters and ended rows live in it
//	Flat    one bit an ordinal: what a graph walk or a scan tests millions of times a second
//
// A filter is combined as Bitmaps, then turned into a Flat once per (segment, predicate) and kept:
// Flat.Contains is a load and a shift where roaring's Contains is a search in containers.
//
// Invariants: a Flat's Count is exact; bits past Len are zero. A Bitmap or a Flat that has been
// published is never changed again, so readers need no lock; methods that change one are for its builder.
package bitmap
