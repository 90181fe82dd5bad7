package ssh

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"porthole/ssh/wire"
)

const (
	// greetingPatience is how long a device that said something, but no SSH banner, may
	// take to say one.
	greetingPatience = 5 * time.Second
	// writeErrorGrace is how long a conn that cannot be written is still read.
	writeErrorGrace = time.Second
	// maxAhead bounds what is read while a person looks at a host key, in bytes.
	maxAhead = 64 << 10
)

// conn is the net.Conn under x/crypto's transport. It counts bytes, looks at the first
// ones for an SSH banner, remembers why it broke, and watches for silence while the
// handshake runs.
type conn struct {
	net.Conn
	in, out atomic.Int64 // bytes
	dog     *watchdog
	greeted func()      // called once when the banner was seen
	dead    func(error) // called once when the conn breaks or is closed

	seen     bool           // the banner was seen; owned by the reader, of which there is one
	watching sync.WaitGroup // the goroutine of watch

	mu     sync.Mutex
	fault  error      // what we ended the conn for
	cut    error      // why the conn below broke: what Read said, else what Write said
	ended  bool       // Read said so: nothing more will come
	broken bool       // dead was called
	held   []byte     // received, not yet read
	ahead  bool       // the goroutine of watch is reading
	more   *sync.Cond // held or ahead changed
}

// newConn wraps nc; dead is told once that it broke, greeted that the banner was seen.
func newConn(nc net.Conn, silence time.Duration, dead func(error), greeted func()) *conn {
	c := &conn{Conn: nc, dead: dead, greeted: greeted}
	c.more = sync.NewCond(&c.mu)
	c.dog = &watchdog{silence: silence, bark: c.silent}
	return c
}

// Read gives the bytes from the banner on; those before it are dropped, because
// x/crypto would stumble over a long line among them.
func (c *conn) Read(p []byte) (int, error) {
	for !c.seen {
		if err := c.greet(); err != nil {
			return 0, err
		}
	}
	if n, err := c.takeHeld(p); n > 0 || err != nil {
		return n, err
	}
	return c.receive(p)
}

// takeHeld gives what was received before, and waits for a read under way. The error is
// that of an earlier read.
func (c *conn) takeHeld(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.held) == 0 && c.ahead {
		c.more.Wait()
	}
	if len(c.held) == 0 {
		if c.ended { // a failed Write is no reason not to read what came before
			return 0, c.cut
		}
		return 0, nil
	}
	n := copy(p, c.held)
	if c.held = c.held[n:]; len(c.held) == 0 {
		c.held = nil
	}
	return n, nil
}

// greet reads on until the greeting is decided.
func (c *conn) greet() error {
	buf := make([]byte, 4<<10)
	n, err := c.receive(buf)
	c.mu.Lock()
	first := len(c.held) == 0
	c.held = append(c.held, buf[:n]...)
	held := c.held
	g, start := readGreeting(held)
	if g == greetingSSH {
		c.held = held[start:]
	}
	c.mu.Unlock()
	switch g {
	case greetingSSH:
		c.seen = true
		c.dog.greeted.Store(true)
		c.dog.begin(c.dog.silence)
		c.greeted()
		return nil
	case greetingSSH1, greetingForeign:
		return c.fail(notSSHError(g, held, nil))
	case greetingUnknown:
	}
	switch {
	case err != nil && len(held) > 0 && closeReason(err) == nil && c.faultOf() == nil:
		return c.fail(notSSHError(greetingForeign, held, err))
	case err == nil && first && n > 0:
		c.dog.begin(min(greetingPatience, c.dog.silence))
	}
	return err
}

// receive reads from the conn below.
func (c *conn) receive(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.in.Add(int64(n))
		c.dog.touch()
	}
	if err != nil {
		c.mu.Lock()
		if !c.ended && !errors.Is(err, net.ErrClosed) {
			c.cut = err
		}
		c.ended = true
		c.mu.Unlock()
		c.broke(err)
	}
	return n, err
}

// Write counts and passes on.
func (c *conn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.out.Add(int64(n))
	if err != nil && c.broke(err) {
		// What the device said last may still be on its way; but x/crypto does not end
		// for a failed write alone.
		time.AfterFunc(writeErrorGrace, func() { _ = c.Conn.Close() })
	}
	return n, err
}

// Close closes the conn below; any Read or Write returns.
func (c *conn) Close() error {
	err := c.Conn.Close()
	c.broke(net.ErrClosed)
	return err
}

// fail ends the conn for a reason of our own, which it returns.
func (c *conn) fail(reason error) error {
	c.mu.Lock()
	if c.fault == nil {
		c.fault = reason
	}
	reason = c.fault
	c.mu.Unlock()
	_ = c.Close() // the reason is what counts
	return reason
}

func (c *conn) faultOf() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fault
}

func (c *conn) cutError() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cut
}

// broke records the first error and tells the owner; true when it was the first.
func (c *conn) broke(err error) (first bool) {
	c.mu.Lock()
	first = !c.broken
	c.broken = true
	if c.cut == nil {
		c.cut = err
	}
	reason := c.fault
	if reason == nil {
		reason = c.cut
	}
	c.mu.Unlock()
	if first {
		c.dead(reason)
	}
	return first
}

// watch reads ahead while nobody reads, so that a conn that breaks is noticed. It gives
// back a function that ends this after the read under way.
func (c *conn) watch() (stop func()) {
	var stopped atomic.Bool
	c.mu.Lock()
	c.ahead = true
	c.mu.Unlock()
	c.watching.Go(func() {
		buf := make([]byte, 4<<10)
		for {
			n, err := c.receive(buf)
			c.mu.Lock()
			c.held = append(c.held, buf[:n]...)
			c.ahead = err == nil && !stopped.Load() && len(c.held) < maxAhead
			goOn := c.ahead
			c.more.Broadcast()
			c.mu.Unlock()
			if !goOn {
				return
			}
		}
	})
	return func() { stopped.Store(true) }
}

// silent is what a device that says nothing is ended for.
func (c *conn) silent() {
	switch received := c.in.Load(); {
	case received == 0:
		_ = c.fail(&Error{
			Code: wire.CodeDeviceTimeout, Err: errSilent,
			Message: "The device sent nothing. It may be offline, or what listens on this port is no SSH server.",
		})
	case !c.dog.greeted.Load():
		c.mu.Lock()
		heard := c.held
		c.mu.Unlock()
		_ = c.fail(notSSHError(greetingForeign, heard, errSilent))
	default:
		_ = c.fail(&Error{
			Code: wire.CodeDeviceTimeout, Err: errSilent,
			Message: "The device stopped answering while the SSH connection was made. Try again.",
		})
	}
}

var errSilent = errors.New("no byte within the time allowed")

var _ io.ReadWriteCloser = (*conn)(nil)
