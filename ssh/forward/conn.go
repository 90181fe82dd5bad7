package forward

import (
	"bufio"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

const (
	// readBuffer holds the head of most answers and the body of small ones, in bytes.
	readBuffer = 4 << 10
	// writeBuffer is what is gathered before a write, in bytes: an SSH packet holds as much.
	writeBuffer = 32 << 10
)

var (
	errFinished   = errors.New("forward: no longer wanted")
	errHeadTooBig = errors.New("forward: the head of the answer is too big")
)

// conn is one connection to the target. One goroutine at a time holds it and reads;
// another may write; any may abort it.
type conn struct {
	// Static after dial.
	f      *Forward
	raw    net.Conn // closing it ends reads and writes of stream too
	stream net.Conn // raw, or TLS over it
	br     *bufio.Reader
	pooled bool // counts against the limit; those of websockets do not

	// Owned by the holder.
	used  bool          // may be stale: it answered before, or a person was asked meanwhile
	since time.Time     // when it last did something
	keep  time.Duration // how long the device says it keeps it idle; 0 when it does not
	timer *time.Timer   // ends its idleness; nil until it was idle

	// Owned by the writer.
	held []byte // not yet written

	// Owned by the reader.
	heard   bool  // something of the present answer came
	limited bool  // a head is being read
	room    int64 // bytes that may still be read of it
	readErr error

	// peeked is closed when the read that watches an idle connection returned; nil while
	// there is none.
	peeked chan struct{}

	mu    sync.Mutex
	cause error  // what it was aborted for
	bury  func() // called once after that; may be nil
}

// Read reads from the device; bufio calls it.
func (c *conn) Read(p []byte) (int, error) {
	if c.limited {
		if c.room <= 0 {
			c.readErr = errHeadTooBig
			return 0, errHeadTooBig
		}
		p = p[:min(int64(len(p)), c.room)]
	}
	n, err := c.stream.Read(p)
	c.heard = c.heard || n > 0
	c.room -= int64(n)
	c.f.in.Add(int64(n))
	if errors.Is(err, io.ErrUnexpectedEOF) && c.stream != c.raw {
		// Many small servers end TLS without its closing alert. A body of known length
		// that is cut short shows all the same.
		err = io.EOF
	}
	if err != nil {
		c.readErr = err
	}
	return n, err
}

// Write takes bytes of a request's head and body; small ones are gathered.
func (c *conn) Write(p []byte) (int, error) {
	if len(c.held)+len(p) <= writeBuffer {
		c.held = append(c.held, p...)
		return len(p), nil
	}
	if err := c.flush(); err != nil {
		return 0, err
	}
	return c.send(p)
}

func (c *conn) flush() error {
	if len(c.held) == 0 {
		return nil
	}
	_, err := c.send(c.held)
	c.held = c.held[:0]
	return err
}

func (c *conn) send(p []byte) (int, error) {
	n, err := c.stream.Write(p)
	c.f.out.Add(int64(n))
	return n, err
}

// abort closes the connection for a reason, which the first call sets.
func (c *conn) abort(cause error) {
	c.mu.Lock()
	first := c.cause == nil
	if first {
		c.cause = cause
	}
	bury := c.bury
	c.mu.Unlock()
	if !first {
		return
	}
	_ = c.raw.Close() // the reason is what counts
	c.f.forget(c)
	if bury != nil {
		bury()
	}
}

// onAbort has f called once the connection is aborted, at once when it is already.
func (c *conn) onAbort(f func()) {
	c.mu.Lock()
	c.bury = f
	late := c.cause != nil
	c.mu.Unlock()
	if late {
		f()
	}
}

func (c *conn) aborted() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cause
}

// release gives the connection back: for another request when it can take one.
func (c *conn) release(reusable bool) {
	if !reusable {
		c.abort(errFinished)
	}
	if c.pooled {
		c.f.pool.put(c)
	}
}

// watch reads ahead on an idle connection, so that its end, or bytes that nobody asked
// for, are noticed.
func (c *conn) watch(noticed func()) {
	peeked := make(chan struct{})
	c.peeked, c.heard = peeked, false
	started := c.f.worker(func() {
		_, _ = c.br.Peek(1) // the error stays in readErr
		noticed()           // before the holder, if any, goes on
		close(peeked)
	})
	if !started {
		c.abort(closedError())
		close(peeked)
	}
}
