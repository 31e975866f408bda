package main

import (
	"os/exec"
	"syscall"
)

// onItsOwn keeps Ctrl-C from the server, since the demonstration ends it, and has the kernel end it when the demonstration is killed.
func onItsOwn(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
