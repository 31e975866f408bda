// Package membw measures how fast one thread reads memory in order: the yardstick of an exact scan. The loops only load and combine what they
// read, so that nothing but the memory bounds them; they read the very buffer that the scan then reads, because bandwidth
// depends on how a buffer is mapped.
package membw

import (
	"math"

	"vecgres/tests/bench/measure"
)

// A Reading is a way of reading memory and the best rate that it reached, by CPU time, which goes on while a load waits
// and stands still while another process has the core.
type Reading struct {
	Name        string
	BytesPerSec float64
}

// Measure reads all of data rounds times in each way that the machine has, taking turns, and gives the best round of each.
func Measure(data []float32, rounds int) []Reading {
	ways := loops()
	out := make([]Reading, len(ways))
	for range rounds {
		for i, w := range ways {
			start := measure.Start()
			Keep += w.read(data)
			rate := float64(4*len(data)) / start.Cost().CPU.Seconds()
			out[i] = Reading{w.name, math.Max(out[i].BytesPerSec, rate)}
		}
	}
	return out
}

// Best is the fastest of some readings.
func Best(readings []Reading) Reading {
	var best Reading
	for _, r := range readings {
		if r.BytesPerSec > best.BytesPerSec {
			best = r
		}
	}
	return best
}

// Keep makes the loops' results count: a compiler may not drop what is written to a variable that others can read.
var Keep uint64

type loop struct {
	name string
	read func(data []float32) uint64
}

// readPlain is the loop of machines without assembly.
func readPlain(data []float32) uint64 {
	var a, b, c, d uint32
	for ; len(data) >= 4; data = data[4:] {
		a ^= math.Float32bits(data[0])
		b ^= math.Float32bits(data[1])
		c ^= math.Float32bits(data[2])
		d ^= math.Float32bits(data[3])
	}
	return uint64(a ^ b ^ c ^ d)
}
