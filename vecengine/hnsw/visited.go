package hnsw

// visited marks slots as seen. A mark is the epoch in one byte, so that forgetting all of them is one addition and
// the marks of a million nodes take a megabyte; every 255th epoch clears them.
type visited struct {
	marks []uint8
	epoch uint8
}

// reset forgets all marks and makes room for n slots.
func (v *visited) reset(n int) {
	if len(v.marks) < n {
		v.marks = make([]uint8, n+n/8)
		v.epoch = 0
	}
	v.epoch++
	if v.epoch == 0 {
		clear(v.marks)
		v.epoch = 1
	}
}

// see marks a slot and tells whether it was new.
func (v *visited) see(slot uint32) bool {
	if v.marks[slot] == v.epoch {
		return false
	}
	v.marks[slot] = v.epoch
	return true
}
