//go:build unix

package sshtest

import (
	"errors"
	"io"
	"os"
	"sync/atomic"
	"time"
)

// drainGrace is how long an output is still read after its program has ended, when a
// process that left the program's session holds it open.
const drainGrace = 200 * time.Millisecond

// drain copies one output of a program to its client, and never drops a byte the
// program wrote, however slow the client is.
type drain struct {
	from     *os.File
	finished atomic.Bool   // the program has ended: do not wait for more than drainGrace
	done     chan struct{} // closed when the copying has ended
}

func startDrain(from *os.File, to io.Writer) *drain {
	d := &drain{from: from, done: make(chan struct{})}
	go func() {
		defer close(d.done)
		d.copy(to)
	}()
	return d
}

// finish makes the copying end once nothing more comes.
func (d *drain) finish() {
	d.finished.Store(true)
	_ = d.from.SetReadDeadline(time.Now().Add(drainGrace)) // wakes a waiting Read
}

func (d *drain) copy(to io.Writer) {
	buf := make([]byte, 32<<10) // about the largest payload of an SSH packet
	gone := false
	for {
		if d.finished.Load() {
			// Anew before each Read: a deadline that passed while the client was slow
			// must not cut off what is still in the pipe.
			_ = d.from.SetReadDeadline(time.Now().Add(drainGrace))
		}
		n, err := d.from.Read(buf)
		if n > 0 && !gone {
			if _, werr := to.Write(buf[:n]); werr != nil {
				gone = true // keep reading, so that the program is not held up while it ends
			}
		}
		if errors.Is(err, os.ErrDeadlineExceeded) && n > 0 {
			continue
		}
		if err != nil {
			return // EOF; EIO on a PTY whose last process has ended
		}
	}
}

// feed copies the client's input to a program until either ends.
func feed(to io.Writer, from io.Reader) {
	// An error means that one of the two is gone, which others report.
	_, _ = io.Copy(to, from)
}
