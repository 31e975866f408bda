package catalog

// Build is a note that CREATE INDEX announced an index and has not finished it, so that a restart goes on with it. The note comes with the
// announcement and goes with the end; one whose index is gone means nothing.
type Build struct {
	Index    OID
	Table    OID
	Database OID
	Owner    OID // the role that it is built as
}

// NoteBuild keeps the note of a build.
func (s *Snapshot) NoteBuild(b *Build) error { return s.put(SystemNamespace, oidKey('B', b.Index), b) }

// ForgetBuild removes it, if it is there.
func (s *Snapshot) ForgetBuild(index OID) error { return s.remove(SystemNamespace, oidKey('B', index)) }

// Builds lists the notes of all databases, in order of index.
func (s *Snapshot) Builds() ([]*Build, error) { return scanAll[Build](s, SystemNamespace, 'B') }
