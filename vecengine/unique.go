package vecengine

import (
	"context"
	"hash/maphash"
)

// keySeed makes the hashes by which key locks are named.
var keySeed = maphash.MakeSeed()

func keyLock(index IndexID, key []byte) lockID {
	return lockID{lockOnKey, uint64(index), maphash.Bytes(keySeed, key)}
}

// inTheWay is a live row that has a key already.
type inTheWay struct {
	row   RowID
	own   bool
	begin Timestamp // of a committed one
}

// claimKey locks a key of a unique index and looks who has it: the transaction itself, or the newest committed state (not the
// snapshot). It waits for transactions that are adding, deleting or changing that key.
func (w *tableWrites) claimKey(ctx context.Context, index IndexID, key []byte) (inTheWay, bool, error) {
	t := w.txn
	if w.created {
		return w.ownKey(index, key)
	}
	if _, err := t.e.locks.acquire(ctx, t.owner, keyLock(index, key), lockKeyExclusive, WaitBlock, t.lockTimeout); err != nil {
		return inTheWay{}, false, err
	}
	if found, ok, err := w.ownKey(index, key); ok || err != nil {
		return found, ok, err
	}
	for {
		if txn, ok, err := w.intended(index, key); err != nil {
			return inTheWay{}, false, err
		} else if ok {
			if err := t.waitFor(ctx, txnLock(txn)); err != nil {
				return inTheWay{}, false, err
			}
			continue
		}
		found, ok, err := w.committedKey(index, key)
		if err != nil || !ok {
			return found, false, err
		}
		// The row may be about to go: wait for who is deleting it or changing its key, and look again.
		id := lockID{lockOnRow, uint64(w.id), uint64(found.row)}
		ok, err = t.e.locks.acquire(ctx, t.owner, id, lockProbe, WaitSkip, 0)
		if ok {
			t.e.locks.release(t.owner, id, lockProbe)
			return found, true, nil
		}
		if err == nil {
			_, err = t.e.locks.acquire(ctx, t.owner, id, lockProbe, WaitBlock, t.lockTimeout)
		}
		if err != nil {
			return inTheWay{}, false, err
		}
		t.e.locks.release(t.owner, id, lockProbe)
	}
}

// waitFor waits until nobody else holds a lock of one mode.
func (t *Txn) waitFor(ctx context.Context, id lockID) error {
	_, err := t.e.locks.acquire(ctx, t.owner, id, lockKeyExclusive, WaitBlock, t.lockTimeout)
	if err == nil {
		t.e.locks.release(t.owner, id, lockKeyExclusive)
	}
	return err
}

func (w *tableWrites) ownKey(index IndexID, key []byte) (inTheWay, bool, error) {
	var buf [4]uint32
	for _, p := range w.parts {
		x := p.keyIndex(index)
		if x == nil {
			continue
		}
		ords, err := x.lookup(key, p.n, buf[:0])
		if err != nil {
			return inTheWay{}, false, err
		}
		for _, ord := range ords {
			if p.live(ord) {
				u, err := p.run(ord, p.n)
				if err != nil {
					return inTheWay{}, false, err
				}
				return inTheWay{row: RowID(u.rowIDs[ord-u.lo]), own: true}, true, nil
			}
		}
	}
	return inTheWay{}, false, nil
}

func (w *tableWrites) committedKey(index IndexID, key []byte) (inTheWay, bool, error) {
	v := w.current()
	if v == nil {
		return inTheWay{}, false, nil
	}
	var buf [4]uint32
	for _, r := range v.parts {
		x := r.keyIndex(index)
		if x == nil {
			continue
		}
		ords, err := x.lookup(key, r.n, buf[:0])
		if err != nil {
			return inTheWay{}, false, err
		}
		for _, ord := range ords {
			if !r.live(ord) {
				continue
			}
			u, err := r.run(ord, r.n)
			if err != nil {
				return inTheWay{}, false, err
			}
			row := RowID(u.rowIDs[ord-u.lo])
			if _, mine := w.ended[row]; !mine {
				return inTheWay{row: row, begin: Timestamp(u.begins[ord-u.lo])}, true, nil
			}
		}
	}
	return inTheWay{}, false, nil
}

// hasKey tells whether the row version at loc has this key in an index.
func (w *tableWrites) hasKey(index IndexID, key []byte, loc Loc) (bool, error) {
	var x keyIndex
	n := uint32(0)
	if p, ord := w.ownAt(loc); p != nil {
		x, n = p.keyIndex(index), p.n
		loc.Ord = ord
	} else if v := w.current(); v != nil {
		if r := v.find(loc.Part); r != nil {
			x, n = r.keyIndex(index), r.n
		}
	}
	if x == nil {
		return false, nil
	}
	var buf [4]uint32
	ords, err := x.lookup(key, n, buf[:0])
	for _, ord := range ords {
		if ord == loc.Ord {
			return true, err
		}
	}
	return false, err
}
