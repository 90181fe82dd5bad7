//go:build unix && !linux

package sshtest

import (
	"syscall"
	"time"
)

// waitExit does nothing where a child cannot be waited for without reaping it.
func waitExit(int) {}

// killSession signals the process group of the session's leader; other groups of the
// session are hung up by the kernel when its terminal goes.
func killSession(leader int, sig syscall.Signal) {
	_ = syscall.Kill(-leader, sig) // it may have ended meanwhile
}

// endSession does nothing: the leader's own Wait follows.
func endSession(int, time.Duration) {}
