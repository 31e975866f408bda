package lowprio

import (
	"context"
	"testing"

	"golang.org/x/sys/unix"
)

// TestEnter lowers the thread of a marked goroutine and no other.
func TestEnter(t *testing.T) {
	nice := func(ctx context.Context) int {
		out := make(chan int)
		go func() {
			Enter(ctx)
			n, err := unix.Getpriority(unix.PRIO_PROCESS, unix.Gettid())
			if err != nil {
				t.Error(err)
			}
			out <- 20 - n // the system call's own scale
		}()
		return <-out
	}
	before := nice(t.Context())
	if got := nice(With(t.Context())); got != min(19, max(before, niceness)) {
		t.Errorf("niceness %d, before %d", got, before)
	}
	for range 10 {
		if got := nice(t.Context()); got != before {
			t.Errorf("an ordinary goroutine runs at %d, not %d", got, before)
		}
	}
}
