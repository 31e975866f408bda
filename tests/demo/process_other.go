//go:build !linux

package main

import "os/exec"

// onItsOwn does nothing where the kernel cannot do it.
func onItsOwn(*exec.Cmd) {}
