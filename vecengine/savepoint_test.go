package vecengine

import (
	"errors"
	"testing"

	"vecgres/vecengine/vfs"
)

// TestRollbackToGivesLocksBack looks from a second transaction which locks a rollback to a savepoint has left.
func TestRollbackToGivesLocksBack(t *testing.T) {
	e := openTest(t, vfs.NewMem())
	createTest(t, e)
	commitRows(t, e, testRow{1, "a", 1, 1}, testRow{2, "b", 2, 2})
	a, b := e.Begin(ReadCommitted), e.Begin(ReadCommitted)
	defer b.Rollback()
	must(t, update(t, a, testRow{1, "a", 5, 1}))
	mark := a.Savepoint()
	must(t, remove(t, a, 1))
	must(t, update(t, a, testRow{2, "b", 6, 2}))
	insert(t, a, testRow{3, "c", 3, 3})
	a.RollbackTo(mark)

	v := b.View()
	defer v.Close()
	outcome := func(id int64, s LockStrength) LockOutcome {
		t.Helper()
		out, lv, err := b.LockRows(t.Context(), testTable, find(t, v, id), s, WaitSkip)
		must(t, err)
		lv.Close()
		return out[0].Outcome
	}
	if outcome(1, LockNoKeyUpdate) != LockSkipped {
		t.Error("the lock of before the savepoint is gone")
	}
	if outcome(1, LockKeyShare) == LockSkipped {
		t.Error("the lock of before the savepoint is as strong as the one after it was")
	}
	if outcome(2, LockUpdate) == LockSkipped {
		t.Error("a row lock of after the savepoint is still there")
	}
	b.SetLockTimeout(1)
	insert(t, b, testRow{3, "mine", 3, 3})
	b.Rollback()
	// What was given back is asked for again.
	must(t, update(t, a, testRow{2, "b", 7, 2}))
	c := e.Begin(ReadCommitted)
	defer c.Rollback()
	if err := c.LockTable(t.Context(), testTable, Share, WaitError); !errors.Is(err, ErrLockNotAvailable) {
		t.Errorf("a writer's table can be locked against writers: %v", err)
	}
	must(t, a.Commit(t.Context()))
	expectNow(t, e, testRow{1, "a", 5, 1}, testRow{2, "b", 7, 2})
}
