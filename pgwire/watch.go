package pgwire

import (
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// watch looks after the clients of long statements until the server stops: a client that has gone takes its statement with it.
// Short statements cost nothing for it.
func (s *Server) watch() {
	ticker := time.NewTicker(s.cfg.ClientCheck)
	defer ticker.Stop()
	seen := map[int32]uint64{}
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-ticker.C:
		}
		now := map[int32]uint64{}
		s.each(func(c *conn) {
			cycle, busy := c.cycle()
			if !busy {
				return
			}
			now[c.pid] = cycle
			if last, ok := seen[c.pid]; ok && last == cycle && clientGone(c.nc) {
				c.interrupt(errClientGone)
			}
		})
		seen = now
	}
}

// cycle tells which message the connection is busy with.
func (c *conn) cycle() (n uint64, busy bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cycles, c.busy
}

// clientGone tells whether the other side has closed, by looking for the end of input without reading. What it has sent and nobody
// read yet hides the end.
func clientGone(nc net.Conn) bool {
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return true
	}
	gone := false
	err = raw.Control(func(fd uintptr) {
		var one [1]byte
		n, _, err := unix.Recvfrom(int(fd), one[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
		switch err {
		case nil:
			gone = n == 0
		case unix.EAGAIN, unix.EINTR:
		default:
			gone = true
		}
	})
	return gone || err != nil
}
