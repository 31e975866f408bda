// Package log is the commit log of one data directory: opaque records in order, made durable in groups.
//
//	Append ──► buffer ──┐                                     ┌──► Reader.Next, in order, at start
//	Append ──► buffer ──┼─ Sync: one write, one fdatasync ─► files
//	Append ──► buffer ──┘  for all who wait                   └──► Reader.ReadRecord, by place
//
// Files are log/<16 hex digits of the file's sequence number>.log, preallocated. All numbers are little-endian.
//
//	File header, 512 bytes (one sector, so that no later write touches it):
//	  0    8  magic "VGCOMLOG"
//	  8    4  format version, 1
//	 12    4  header length, 512
//	 16    8  file sequence number
//	 24    8  first LSN: the place of the file's first record
//	 32  476  zeros
//	508    4  CRC-32C of bytes 0..507
//
//	Record, at an offset divisible by 8:
//	  0    4  CRC-32C of everything after it, header and payload
//	  4    4  payload length
//	  8    8  LSN = first LSN of the file + offset - 512
//	 16    8  synced LSN: all before it was durable when this record was made
//	 24    4  low 32 bits of the file sequence number
//	 28    4  kind: 0 data, 1 seal (no payload; written at a clean close)
//	 32    n  payload, then zeros up to a multiple of 8
//
// An LSN is a byte position over all files, so a file's end is the next file's first LSN, and a lost file or lost tail shows.
// A record proves its place (LSN) and its file (sequence number): bytes of another file or another time never parse.
//
// What a reader makes of a record that does not parse, at place p:
//   - another file begins at p: the end of a finished file, or the cut that an earlier recovery made;
//   - another file begins later: bytes that were durable are gone, ErrCorrupt;
//   - it is the last file, and a later record of it parses whose synced LSN is above p: likewise ErrCorrupt;
//   - otherwise a torn tail: nothing at or after p was ever acknowledged, and the log ends at p. Records that parse beyond it
//     are leftovers of one group write, whose sectors a disk may keep in any order; the synced LSN tells them from a hole.
//
// Invariants of the writer:
//   - a file's header is durable, and so is its name, before any record in it is acknowledged;
//   - a file's header is written only when all records of the file before are durable;
//   - files are unlinked oldest first, each unlink durable before the next, so a crash leaves no gap;
//   - after a failed write or sync nothing more is written: what the disk holds is then unknown, and asking again may lie.
package log
