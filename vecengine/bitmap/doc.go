// Package bitmap holds sets of ordinals in the form that a graph walk or a scan tests millions of times a second: one bit an ordinal. Sets at
// rest (ended rows, postings of an index, a filter before it is used) are roaring bitmaps: small, portable on disk, cheap to AND and OR.
// FromRoaring turns one into a Flat, once per (segment, predicate): Flat.Contains is a load and a shift where roaring's is a search in
// containers.
//
// Invariants: a Flat's Count is exact; bits past Len are zero. A Flat that has been published is never changed again, so readers need no
// lock; methods that change one are for its builder.
package bitmap
