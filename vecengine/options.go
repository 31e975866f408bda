package vecengine

import (
	"log/slog"
	"runtime"

	"vecgres/vecengine/vfs"
)

// Options open an engine.
type Options struct {
	FS          vfs.FS
	Dir         string
	Logger      *slog.Logger // nil: none
	MemoryLimit int64        // the budget in bytes, see Memory; 0: half of the machine's
	// Tests make these small.
	SealRows     int   // head rows at which it is sealed whatever the cost model says; 0: by the model
	SpillBytes   int64 // write set bytes at which it spills into private segments; 0: 16 MiB
	LogBytes     int64 // log size at which the oldest heads are checkpointed; 0: 1 GiB
	ExactBelow   int   // vectors below which a segment gets no graph; 0: measured crossover
	NoBackground bool  // seal and merge only when asked by Engine.Maintain
	BuildWorkers int   // 0: all cores
}

// Isolation of a transaction.
type Isolation uint8

// The isolation levels that exist.
const (
	ReadCommitted  Isolation = 0
	RepeatableRead Isolation = 1
)

// Defaults of Options.
const (
	spillBytesDefault = 16 << 20
	logBytesDefault   = 1 << 30
)

func (o Options) withDefaults() Options {
	if o.FS == nil {
		o.FS = vfs.OS
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.MemoryLimit == 0 {
		o.MemoryLimit = MachineMemory() / 2
	}
	if o.SpillBytes == 0 {
		o.SpillBytes = spillBytesDefault
	}
	if o.LogBytes == 0 {
		o.LogBytes = logBytesDefault
	}
	if o.BuildWorkers == 0 {
		o.BuildWorkers = runtime.GOMAXPROCS(0)
	}
	return o
}
