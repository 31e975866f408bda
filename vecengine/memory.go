package vecengine

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// Memory is the budget of the whole server: heads and write sets, builds of graphs, and what statements keep. Heads are counted as they grow, and
// writers wait while they are flushed; everything else is reserved before it is used, or refused. Caches have a share of their own, and mapped
// segment files are the system's page cache. Safe for concurrent use.
type Memory struct {
	heads, reserved atomic.Int64
	limit           int64
}

// Memory is the engine's budget, for others in the process to reserve from.
func (e *Engine) Memory() *Memory { return &e.memory }

// Limit is the budget in bytes.
func (m *Memory) Limit() int64 { return m.limit }

// Used is what is in use or reserved.
func (m *Memory) Used() int64 { return m.heads.Load() + m.reserved.Load() }

// Reserve takes n bytes until Release. Errors: *MemoryError when so much is not left.
func (m *Memory) Reserve(n int64) error {
	if used := m.reserved.Add(n) + m.heads.Load(); used > m.limit {
		m.reserved.Add(-n)
		return &MemoryError{Limit: m.limit, Used: used - n, Wanted: n}
	}
	return nil
}

// Release gives back what was reserved.
func (m *Memory) Release(n int64) { m.reserved.Add(-n) }

func (m *Memory) addHeads(n int64) { m.heads.Add(n) }

// headsOver tells whether heads use more than a share of what is left to them: at least a quarter of the budget.
func (m *Memory) headsOver(share float64) bool {
	return float64(m.heads.Load()) > share*float64(max(m.limit-m.reserved.Load(), m.limit/4))
}

// MemoryError says that a budget does not suffice. It is an ErrMemory.
type MemoryError struct {
	Limit, Used, Wanted int64
	// Rows is set where a graph over so many rows needs more than its build may use (Limit).
	Rows int
}

func (e *MemoryError) Error() string {
	if e.Rows > 0 {
		return fmt.Sprintf("vecengine: a graph over %d rows takes %d bytes to build, %d are allowed", e.Rows, e.Wanted, e.Limit)
	}
	return fmt.Sprintf("vecengine: %d bytes wanted, %d of %d in use", e.Wanted, e.Used, e.Limit)
}

// Is makes it an ErrMemory.
func (e *MemoryError) Is(target error) bool { return target == ErrMemory }

// MachineMemory is the physical memory, or what the process's control group allows where that is less; 4 GiB where the kernel says neither.
func MachineMemory() int64 {
	most := int64(4 << 30)
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err == nil && info.Totalram > 0 {
		most = int64(info.Totalram) * int64(info.Unit)
	}
	for _, name := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		text, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		if v, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && v > 0 {
			most = min(most, v)
		}
	}
	return most
}
