// Package measure has the clocks, the spreads and the table of results of the benchmarks.
package measure

import (
	"fmt"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// Cost is what something took. CPU is of the whole process, the garbage collector's part included; on a machine that others use too it says
// more than Wall.
type Cost struct{ Wall, CPU time.Duration }

// Clock is a moment in wall time and in the process's CPU time.
type Clock struct {
	wall time.Time
	cpu  time.Duration
}

// Start reads the clocks.
func Start() Clock { return Clock{time.Now(), CPU()} }

// Cost is what passed since.
func (c Clock) Cost() Cost { return Cost{time.Since(c.wall), CPU() - c.cpu} }

// CPU is the CPU time of the process so far.
func CPU() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		panic(err) // the clock exists on every Linux
	}
	return time.Duration(t.Nano())
}

// Spread is one value a round.
type Spread []float64

// Add appends a round's value.
func (s *Spread) Add(v float64) { *s = append(*s, v) }

// Median is the middle value, 0 of none.
func (s Spread) Median() float64 {
	if len(s) == 0 {
		return 0
	}
	v := slices.Sorted(slices.Values(s))
	if n := len(v); n%2 == 0 {
		return (v[n/2-1] + v[n/2]) / 2
	}
	return v[len(v)/2]
}

// Min is the least value, 0 of none.
func (s Spread) Min() float64 {
	if len(s) == 0 {
		return 0
	}
	return slices.Min(s)
}

// Max is the greatest value, 0 of none.
func (s Spread) Max() float64 {
	if len(s) == 0 {
		return 0
	}
	return slices.Max(s)
}

// Format is the median with the least and the greatest value, each by a verb such as "%.2f".
func (s Spread) Format(verb string) string {
	if len(s) == 1 {
		return fmt.Sprintf(verb, s[0])
	}
	return fmt.Sprintf(verb+" ("+verb+"–"+verb+")", s.Median(), s.Min(), s.Max())
}

// Percentile is the value below which a share of some durations lies; it sorts them.
func Percentile(d []time.Duration, share float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	slices.Sort(d)
	return d[min(int(share*float64(len(d))), len(d)-1)]
}
