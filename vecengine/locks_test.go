package vecengine

import (
	"context"
	"errors"
	"testing"
	"time"

	"vecgres/vecengine/vfs"
)

// waitForWaiters returns when so many wait for a lock.
func waitForWaiters(t *testing.T, e *Engine, n int) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		waiting := 0
		for _, l := range e.Locks() {
			if !l.Granted {
				waiting++
			}
		}
		if waiting == n {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d wait for locks, not %d", waiting, n)
		}
	}
}

func TestDeadlockIsFound(t *testing.T) {
	e := openTest(t, vfs.NewMem())
	createTest(t, e)
	commitRows(t, e, testRow{1, "a", 1, 1}, testRow{2, "b", 2, 2})
	a, b := e.Begin(ReadCommitted), e.Begin(ReadCommitted)
	must(t, update(t, a, testRow{1, "a", 5, 1}))
	must(t, update(t, b, testRow{2, "b", 6, 2}))
	got := make(chan error, 1)
	go func() { got <- update(t, a, testRow{2, "b", 7, 2}) }()
	waitForWaiters(t, e, 1)
	if err := update(t, b, testRow{1, "a", 8, 1}); !errors.Is(err, ErrDeadlock) {
		t.Fatalf("the second waiter got %v", err)
	}
	b.Rollback()
	must(t, <-got)
	must(t, a.Commit(t.Context()))
	expectNow(t, e, testRow{1, "a", 5, 1}, testRow{2, "b", 7, 2})
}

func TestTableLockModes(t *testing.T) {
	e := openTest(t, vfs.NewMem())
	createTest(t, e)
	// Rows and columns are modes 1 to 8; x where Postgres' manual has a conflict.
	table := []string{
		".......x",
		"......xx",
		"....xxxx",
		"...xxxxx",
		"..xx.xxx",
		"..xxxxxx",
		".xxxxxxx",
		"xxxxxxxx",
	}
	for i, row := range table {
		for j, c := range row {
			a, b := e.Begin(ReadCommitted), e.Begin(ReadCommitted)
			must(t, a.LockTable(t.Context(), testTable, TableLockMode(i+1), WaitBlock))
			err := b.LockTable(t.Context(), testTable, TableLockMode(j+1), WaitError)
			if (err != nil) != (c == 'x') || err != nil && !errors.Is(err, ErrLockNotAvailable) {
				t.Errorf("mode %d against %d: %v", j+1, i+1, err)
			}
			a.Rollback()
			b.Rollback()
		}
	}
}

func TestRowLockStrengths(t *testing.T) {
	e := openTest(t, vfs.NewMem())
	createTest(t, e)
	commitRows(t, e, testRow{1, "a", 1, 1})
	v := e.View()
	defer v.Close()
	locs := find(t, v, 1)
	for i, row := range []string{"...x", "..xx", ".xxx", "xxxx"} {
		for j, c := range row {
			a, b := e.Begin(ReadCommitted), e.Begin(ReadCommitted)
			_, av, err := a.LockRows(t.Context(), testTable, locs, LockStrength(i), WaitBlock)
			must(t, err)
			av.Close()
			out, bv, err := b.LockRows(t.Context(), testTable, locs, LockStrength(j), WaitSkip)
			must(t, err)
			bv.Close()
			if skipped := out[0].Outcome == LockSkipped; skipped != (c == 'x') {
				t.Errorf("strength %d against %d: skipped %v", j, i, skipped)
			}
			a.Rollback()
			b.Rollback()
		}
	}
}

func TestLockTimeoutAndCancel(t *testing.T) {
	e := openTest(t, vfs.NewMem())
	createTest(t, e)
	commitRows(t, e, testRow{1, "a", 1, 1})
	a := e.Begin(ReadCommitted)
	defer a.Rollback()
	must(t, update(t, a, testRow{1, "a", 2, 1}))
	b := e.Begin(ReadCommitted)
	defer b.Rollback()
	b.SetLockTimeout(5 * time.Millisecond)
	if err := update(t, b, testRow{1, "a", 3, 1}); !errors.Is(err, ErrLockTimeout) {
		t.Fatalf("lock timeout gave %v", err)
	}
	b.SetLockTimeout(0)
	cause := errors.New("the user cancelled")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(5*time.Millisecond, func() { cancel(cause) })
	if err := b.LockTable(ctx, testTable, AccessExclusive, WaitBlock); !errors.Is(err, cause) {
		t.Fatalf("a cancelled wait gave %v", err)
	}
	// A waiter that left must not hold up those behind it.
	c := e.Begin(ReadCommitted)
	defer c.Rollback()
	must(t, c.LockTable(t.Context(), testTable, AccessShare, WaitError))
}

func TestAdvisoryLocks(t *testing.T) {
	e := openTest(t, vfs.NewMem())
	s, other := e.NewSession(1), e.NewSession(2)
	defer other.Close()
	key := [2]uint64{1, 2}
	lock := func(s *Session, shared bool) bool {
		t.Helper()
		ok, err := s.LockAdvisory(t.Context(), key, shared, WaitSkip, 0)
		must(t, err)
		return ok
	}
	if first, again := lock(s, false), lock(s, false); !first || !again || lock(other, true) {
		t.Fatal("an exclusive lock was shared")
	}
	tx := s.Begin(ReadCommitted)
	if ok, err := tx.LockAdvisory(t.Context(), key, false, WaitSkip); !ok || err != nil {
		t.Fatalf("a session's own transaction is refused: %v", err)
	}
	tx.Rollback()
	if !s.UnlockAdvisory(key, false) || lock(other, true) || !s.UnlockAdvisory(key, false) || s.UnlockAdvisory(key, false) {
		t.Fatal("locks are not counted")
	}
	if !lock(other, true) || !lock(s, true) || lock(s, false) {
		t.Fatal("shared locks")
	}
	s.Close()
	if !lock(other, false) {
		t.Fatal("a closed session still holds a lock")
	}
}
