//go:build unix

package commands

import (
	"os"
	"os/signal"
	"syscall"
)

// ignoreBrokenPipe makes a closed standard output an error in place of a sudden end, so
// that the tunnel is closed as it should. A program that is run afterwards inherits
// nothing of it: the signal has a handler, it is not ignored.
func ignoreBrokenPipe() {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
}
