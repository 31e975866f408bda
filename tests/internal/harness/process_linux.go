package harness

import (
	"os/exec"
	"syscall"
)

// dieWithParent has the kernel end the program when the test program dies, so that a killed test leaves nothing running.
func dieWithParent(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGQUIT
}
