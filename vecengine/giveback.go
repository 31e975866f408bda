package vecengine

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// heapKeeper gives the Go heap's unused memory back to the system when the engine has come to rest. The runtime collects when the heap has
// doubled and keeps what it has freed for the next time, so after a load or a build the memory of both would stay where it is for as long as
// nothing else needs it. The collection costs a walk over what is alive, so it is made only where it gives back much, and seldom.
type heapKeeper struct {
	allocated uint64 // bytes in all, at the last look
	quiet     int    // looks in a row at which little was allocated
	last      time.Time
	live      uint64 // after the last time
	samples   []metrics.Sample
}

const (
	heapWasteMin    = 16 << 20 // and more than a quarter of what is alive
	heapQuietBytes  = 1 << 20  // allocated from one look to the next
	heapQuietLooks  = 2
	heapGiveBackGap = 5 * time.Second
)

// look is called at every tick of the background.
func (k *heapKeeper) look(now time.Time) {
	if k.samples == nil {
		k.samples = []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}, {Name: "/memory/classes/heap/objects:bytes"},
			{Name: "/memory/classes/heap/free:bytes"}}
	}
	metrics.Read(k.samples)
	allocated, objects := k.samples[0].Value.Uint64(), k.samples[1].Value.Uint64()
	idle := k.samples[2].Value.Uint64()
	if allocated-k.allocated > heapQuietBytes {
		k.quiet = 0
	} else {
		k.quiet++
	}
	k.allocated = allocated
	// What was alive at the last collection that was made here may be garbage by now only if something was allocated since.
	waste := idle + objects - min(objects, k.live)
	if k.quiet < heapQuietLooks || waste < heapWasteMin || waste < objects/4 || now.Sub(k.last) < heapGiveBackGap {
		return
	}
	runtime.GC() // what pools hold goes with the second
	debug.FreeOSMemory()
	metrics.Read(k.samples)
	k.last, k.live = now, k.samples[1].Value.Uint64()
	k.allocated = k.samples[0].Value.Uint64()
}
