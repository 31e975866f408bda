package lowprio

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// niceness of background threads: about a tenth of the weight of a thread that serves a statement.
const niceness = 10

func lower() {
	runtime.LockOSThread()
	tid := unix.Gettid() // which on Linux names a thread alone here
	// The system call gives 20 less the niceness. A thread that is nicer already stays so, and where there is no right to change it, too.
	if raw, err := unix.Getpriority(unix.PRIO_PROCESS, tid); err == nil && 20-raw < niceness {
		_ = unix.Setpriority(unix.PRIO_PROCESS, tid, niceness)
	}
}
