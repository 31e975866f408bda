// Package blob keeps immutable objects under keys, in the few operations that every object store has, so that a
// directory on a disk and a bucket share one format.
//
//	manifest ──PutIfMatch──┐
//	segments ──Create──────┼──► Store ──► FileStore over vfs.FS
//	flush of many ──Batch──┘
//
// FileStore: key a/b/c is the file ROOT/a/b/c. An object is written to ROOT/.tmp/<n>, synced, and renamed to its place (or
// linked, where it must be absent), and its directory is synced; a crash leaves the old object, the new one, or a
// forgotten temporary file, which the next NewFileStore removes. Directories are made on demand, and a name counts as
// durable only when the names of all directories above it are.
//
// Invariants:
//   - an object's bytes never change under its open readers: replacing renames a new file over the name;
//   - exactly one process uses a ROOT at a time (the engine holds a lock file). That makes PutIfMatch, a read, a comparison
//     and a rename under a lock of this process, a true compare-and-swap;
//   - in a Batch nothing of the second step is visible before everything of the first is durable.
package blob
