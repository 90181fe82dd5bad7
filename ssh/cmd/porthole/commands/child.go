package commands

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"porthole/ssh/cmd/porthole/fault"
)

// child runs a program in our place: it has our standard streams, gets our signals, and
// its exit code becomes ours.
func (a *app) child(environ []string, program string, args ...string) error {
	path, err := exec.LookPath(program)
	if err != nil {
		return fault.Wrap(err, fault.Local, "The program %q is not there. Install it, or look at PATH.", program)
	}
	cmd := exec.Command(path, args...) //nolint:noctx // it ends by itself or by the signals below
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = environ, a.in, a.out, a.err
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	if err := cmd.Start(); err != nil {
		return fault.Wrap(err, fault.Local, "The program %q cannot be started: %v.", program, err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for {
		select {
		case received := <-signals:
			// At a terminal Ctrl-C reaches the program without us.
			if received != os.Interrupt || !isTerminal(a.in) {
				_ = cmd.Process.Signal(received) // it may have ended
			}
		case err := <-done:
			return childEnd(program, err)
		}
	}
}

// childEnd turns the end of a program into ours.
func childEnd(program string, err error) error {
	if err == nil {
		return nil
	}
	ended, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return fault.Wrap(err, fault.Local, "The program %q failed: %v.", program, err)
	}
	if status, ok := ended.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return fault.Child(128 + int(status.Signal()))
	}
	return fault.Child(ended.ExitCode())
}
