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

	// Owned by the reader: x/crypto reads from one goroutine at a time.
	seen bool   // the banner was seen
	held []byte // received, not yet read

	mu     sync.Mutex
	fault  error         // what we ended the conn for
	cut    error         // the first error of the conn below
	ahead  chan struct{} // closed when the goroutine of watch is done; nil when none
	broken bool          // dead was called
	heard  []byte        // what came before a banner did
}

// Read gives the bytes from the banner on; those before it are dropped, because
// x/crypto would stumble over a long line among them.
func (c *conn) Read(p []byte) (int, error) {
	c.waitAhead()
	for !c.seen {
		if err := c.greet(); err != nil {
			return 0, err
		}
	}
	if len(c.held) > 0 {
		n := copy(p, c.held)
		if c.held = c.held[n:]; len(c.held) == 0 {
			c.held = nil
		}
		return n, nil
	}
	if err := c.cutError(); err != nil {
		return 0, err
	}
	return c.receive(p)
}

// greet reads on until the greeting is decided.
func (c *conn) greet() error {
	buf := make([]byte, 4<<10)
	n, err := c.receive(buf)
	c.held = append(c.held, buf[:n]...)
	g, start := readGreeting(c.held)
	switch g {
	case greetingSSH:
		c.held = c.held[start:]
		c.seen = true
		c.dog.greeted.Store(true)
		c.dog.begin(c.dog.silence)
		c.greeted()
		return nil
	case greetingSSH1, greetingForeign:
		return c.fail(notSSHError(g, c.held, nil))
	case greetingUnknown:
	}
	if err != nil {
		if len(c.held) > 0 && closeReason(err) == nil && c.faultOf() == nil {
			return c.fail(notSSHError(greetingForeign, c.held, err))
		}
		return err
	}
	c.mu.Lock()
	first := len(c.heard) == 0
	c.heard = c.held // only appended to from here on
	c.mu.Unlock()
	if first && n > 0 {
		c.dog.begin(min(greetingPatience, c.dog.silence))
	}
	return nil
}

// receive reads from the conn below.
func (c *conn) receive(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.in.Add(int64(n))
		c.dog.touch()
	}
	if err != nil {
		c.broke(err)
	}
	return n, err
}

// Write counts and passes on.
func (c *conn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.out.Add(int64(n))
	if err != nil {
		c.broke(err)
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

// broke records the first error and tells the owner.
func (c *conn) broke(err error) {
	c.mu.Lock()
	first := !c.broken
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
}

// watch reads ahead while nobody reads, so that a conn that breaks is noticed. It gives
// back a function that ends this after the read under way.
func (c *conn) watch() (stop func()) {
	done := make(chan struct{})
	var stopped atomic.Bool
	c.mu.Lock()
	c.ahead = done
	c.mu.Unlock()
	go func() {
		defer close(done)
		buf := make([]byte, 4<<10)
		for !stopped.Load() && len(c.held) < maxAhead {
			n, err := c.receive(buf)
			c.held = append(c.held, buf[:n]...)
			if err != nil {
				return
			}
		}
	}()
	return func() { stopped.Store(true) }
}

// waitAhead waits for the read that watch may have under way.
func (c *conn) waitAhead() {
	c.mu.Lock()
	done := c.ahead
	c.mu.Unlock()
	if done != nil {
		<-done
		c.mu.Lock()
		c.ahead = nil
		c.mu.Unlock()
	}
}

// silent is what a device that says nothing is ended for.
func (c *conn) silent() {
	switch received := c.in.Load(); {
	case received == 0:
		_ = c.fail(&Error{Code: wire.CodeDeviceTimeout, Err: errSilent,
			Message: "The device sent nothing. It may be offline, or what listens on this port is no SSH server."})
	case !c.dog.greeted.Load():
		c.mu.Lock()
		heard := c.heard
		c.mu.Unlock()
		_ = c.fail(notSSHError(greetingForeign, heard, errSilent))
	default:
		_ = c.fail(&Error{Code: wire.CodeDeviceTimeout, Err: errSilent,
			Message: "The device stopped answering while the SSH connection was made. Try again."})
	}
}

var errSilent = errors.New("no byte within the time allowed")

var _ io.ReadWriteCloser = (*conn)(nil)
