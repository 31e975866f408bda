package vecengine

import (
	"testing"
	"time"
)

// TestBrake waits for nothing while scans are short, more the longer they are, and never long.
func TestBrake(t *testing.T) {
	if d := brakeFor(brakeFrom, 1000); d != 0 {
		t.Errorf("%v at the start", d)
	}
	last := time.Duration(0)
	for debt := brakeFrom; debt < 3*brakeFull; debt += time.Millisecond {
		d := brakeFor(debt, 1000)
		if d < last || d > brakeWaitMax {
			t.Errorf("%v after %v", d, last)
		}
		last = d
	}
	if d := brakeFor(time.Hour, 10); d != 10*brakeRowMax {
		t.Errorf("%v for ten rows", d)
	}
	if d := brakeFor(time.Hour, 1<<20); d != brakeWaitMax {
		t.Errorf("%v for many rows", d)
	}
}

// TestTiers has every size in one tier, larger ones in no lower one.
func TestTiers(t *testing.T) {
	for _, c := range []struct {
		rows uint32
		tier int
	}{{0, 0}, {4096, 0}, {4097, 1}, {16384, 1}, {65536, 2}, {65537, 3}, {1 << 19, 3}, {1<<19 + 1, 4}, {1 << 22, 4}, {1<<22 + 1, 5}} {
		if got := tierOf(c.rows); got != c.tier {
			t.Errorf("%d rows are in tier %d, not %d", c.rows, got, c.tier)
		}
	}
}
