package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"
)

func TestPacePercent(t *testing.T) {
	for _, c := range []struct {
		live uint64
		want int
	}{{0, 1600}, {4 << 20, 400}, {16 << 20, 100}, {1 << 30, 100}} {
		if got := pacePercent(c.live, 16<<20); got != c.want {
			t.Errorf("%d live bytes: %d, want %d", c.live, got, c.want)
		}
	}
}

// TestHeapRoom sees the pace change with the heap: slower for a small one, the usual for a large one.
func TestHeapRoom(t *testing.T) {
	t.Setenv("GOGC", "")
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	keepHeapRoom(64 << 20)
	waitForPace(t, func(percent int) bool { return percent > 100 })
	ballast := make([]byte, 128<<20)
	waitForPace(t, func(percent int) bool { return percent == 100 })
	runtime.KeepAlive(ballast)
}

// waitForPace collects until the pace is as wanted.
func waitForPace(t *testing.T, wanted func(percent int) bool) {
	t.Helper()
	pace := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	for end := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		runtime.GC()
		metrics.Read(pace)
		if wanted(int(pace[0].Value.Uint64())) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the pace stays at %d", pace[0].Value.Uint64())
		}
	}
}
