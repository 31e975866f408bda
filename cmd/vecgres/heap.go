package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// heapRoom is how much may be allocated between two collections whatever the size of the heap. Go collects when as much was allocated as is
// alive, and an idle server's 4 MB would be gone over, for a millisecond or two, some hundred times a second.
const heapRoom = 16 << 20

// keepHeapRoom changes the pace of collections after each of them, so that there is at least room bytes until the next. It leaves a pace alone
// that the environment sets (GOGC).
func keepHeapRoom(room uint64) {
	if os.Getenv("GOGC") != "" {
		return
	}
	p := &heapPace{room: room, percent: 100, live: []metrics.Sample{{Name: "/gc/heap/live:bytes"}}}
	p.afterCollection()
}

// heapPace has no other reference than its finalizer's, which thus runs after each collection.
type heapPace struct {
	room    uint64
	percent int
	live    []metrics.Sample
}

func (p *heapPace) afterCollection() {
	metrics.Read(p.live)
	if percent := pacePercent(p.live[0].Value.Uint64(), p.room); percent > p.percent*9/8 || percent < p.percent*7/8 || percent == 100 && p.percent != 100 {
		p.percent = percent
		debug.SetGCPercent(percent)
	}
	runtime.SetFinalizer(p, (*heapPace).afterCollection)
}

// pacePercent is GOGC for a heap of so many live bytes: 100, or what gives the room.
func pacePercent(live, room uint64) int {
	live = max(live, 1<<20) // nothing was collected yet
	return int(max(100, room*100/live))
}
