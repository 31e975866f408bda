// Package vfs is the engine's only door to the file system, so that every test can fail the nth
// write, or pull the plug at any instruction, without the code above knowing.
//
//	engine, log, blob ──► FS ──┬── OS      the real one (fdatasync, fallocate, flock, mmap)
//	                           ├── MemFS   a map in memory that can be cloned as after a power cut
//	                           └── ErrFS   any FS, with injected failures
//
// Durability is what POSIX promises and no more:
//   - a file's bytes are durable after File.Sync or File.Datasync;
//   - a name (created, linked, renamed or removed) is durable after SyncDir of its directory, and a
//     new directory's own name after SyncDir of the parent;
//   - nothing orders an unsynced write before another.
//
// MemFS forgets whatever these rules allow a disk to forget. Names are slash-separated paths.
// Errors satisfy errors.Is with fs.ErrNotExist and fs.ErrExist; a full disk is ErrNoSpace.
package vfs
