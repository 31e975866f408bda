// Package segment reads and writes the immutable files of a segment: the data file and its sidecar indexes, all containers of one
// layout, and the ends of its rows.
//
//	columns, vectors ──► Writer ──► data file ──► Reader ──► column.Column that alias the mapping
//	keys ──► BuildKeyIndex, MergeKeyIndexes ──► key index ──► KeyIndex.Lookup, Bitmap, Cursor
//	graph (package hnsw) ──► ContainerWriter ──► vector index ──► Container.Section
//	deletes ──► EncodeEnds ──► ends file ──► DecodeEnds
//
// Invariants:
//   - ordinals are dense: row i of every column and vector belongs to ordinal i; rows ascend by (row id, begin);
//   - no byte is given to a caller before the checksum of its 256 KiB block was verified; a block is verified once, at its first
//     touch, and remembered in an atomic bitmap;
//   - a file is never changed after Finish; everything in the footer was computed while the file was written front to back;
//   - a container means the same from a mapped file and from a slice of a manifest.
//
// The byte layouts are in docs/format/segment.md and docs/format/keyindex.md.
package segment
