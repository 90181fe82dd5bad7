package ssh

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"porthole/ssh/wire"
)

// Client is one SSH connection, from [Connect] to [Client.Close] or to its loss. Its
// methods may be used from several goroutines.
type Client struct {
	// Static after Connect.
	conn      *conn
	ssh       gossh.Conn
	info      Info
	warn      func(message string, cause error)
	keepAlive time.Duration
	begin     time.Time
	closed    chan struct{} // closed when the connection ended and err is set

	roundTrip atomic.Int64 // nanoseconds; 0 while unknown
	typed     atomic.Int64 // nanoseconds from begin to the last input of a terminal; 0: none yet

	mu      sync.Mutex
	err     *Error // why it ended
	closing bool   // no goroutine starts any more
	workers sync.WaitGroup
}

// Info says how a connection is secured.
type Info struct {
	ServerVersion      string // the device's SSH banner
	KeyExchange        string
	HostKeyAlgorithm   string
	HostKeyFingerprint string // "SHA256:…"
	Cipher             string // from device to us
	MAC                string // from device to us; empty when the cipher has its own
}

// Stats counts what went over the wire, encrypted.
type Stats struct {
	BytesIn, BytesOut int64
	RoundTrip         time.Duration // of the last keep-alive; 0 while unknown
}

func newClient(c *conn, sc gossh.Conn, key gossh.PublicKey, config *Config) *Client {
	info := Info{
		ServerVersion:      printable(string(sc.ServerVersion()), maxBannerLine),
		HostKeyFingerprint: gossh.FingerprintSHA256(key),
	}
	if cert, ok := key.(*gossh.Certificate); ok {
		info.HostKeyFingerprint = gossh.FingerprintSHA256(cert.Key)
	}
	if m, ok := sc.(gossh.AlgorithmsConnMetadata); ok {
		a := m.Algorithms()
		info.KeyExchange, info.HostKeyAlgorithm = a.KeyExchange, a.HostKey
		info.Cipher, info.MAC = a.Read.Cipher, a.Read.MAC
	}
	return &Client{
		conn: c, ssh: sc, info: info, warn: config.warn, keepAlive: config.keepAlive(),
		begin: time.Now(), closed: make(chan struct{}),
	}
}

// start runs the goroutines of the connection; all end with it.
func (c *Client) start(channels <-chan gossh.NewChannel, requests <-chan *gossh.Request) {
	c.workers.Go(func() { c.refuseChannels(channels) })
	c.workers.Go(func() { refuseRequests(requests) })
	c.workers.Go(c.awaitEnd)
	if c.keepAlive > 0 {
		c.workers.Go(c.stayAlive)
	}
}

// Info says how the connection is secured.
func (c *Client) Info() Info { return c.info }

// Stats counts what went over the wire so far.
func (c *Client) Stats() Stats {
	return Stats{BytesIn: c.conn.in.Load(), BytesOut: c.conn.out.Load(), RoundTrip: c.RoundTrip()}
}

// RoundTrip is the time the last keep-alive took, 0 while there is none.
func (c *Client) RoundTrip() time.Duration { return time.Duration(c.roundTrip.Load()) }

// Typed is when a shell was typed into last, of all shells of the connection; the zero
// time when none was. What moves much gives way for a while after it.
func (c *Client) Typed() time.Time {
	after := c.typed.Load()
	if after == 0 {
		return time.Time{}
	}
	return c.begin.Add(time.Duration(after))
}

// noteTyped notes that a shell was typed into.
func (c *Client) noteTyped() { c.typed.Store(int64(max(time.Since(c.begin), 1))) }

// Closed is closed when the connection ended, however it ended.
func (c *Client) Closed() <-chan struct{} { return c.closed }

// Err says why the connection ended: nil while it has not, code "closed" after Close.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		return nil // a typed nil would not be one
	}
	return c.err
}

// Close ends the connection and everything on it, and waits for all its goroutines.
// It may be called any number of times.
func (c *Client) Close() error {
	_ = c.conn.fail(closedError())
	<-c.closed
	c.workers.Wait()
	return nil
}

// awaitEnd sets why the connection ended.
func (c *Client) awaitEnd() {
	err := c.ssh.Wait()
	_ = c.conn.Close() // after a protocol error it may still be open
	c.mu.Lock()
	c.err = c.endReason(err)
	c.closing = true
	e := c.err
	c.mu.Unlock()
	close(c.closed)
	if e.Code != wire.CodeClosed {
		c.warn("the SSH connection ended: "+string(e.Code), e.Err)
	}
}

func (c *Client) endReason(err error) *Error {
	if fault := c.conn.faultOf(); fault != nil {
		return asError(fault, wire.CodeLost, "The connection was ended.")
	}
	if reason := closeReason(c.conn.cutError()); reason != nil {
		return reason
	}
	if text := disconnectText(err); text != "" {
		return &Error{
			Code: wire.CodeLost, Err: err,
			Message: fmt.Sprintf("The device ended the connection: %q.", text),
		}
	}
	switch cut := c.conn.cutError(); {
	case errors.Is(cut, net.ErrClosed) && err != nil && !errors.Is(err, io.EOF):
		return &Error{
			Code: wire.CodeLost, Err: err,
			Message: "What the device sent was no proper SSH, so the connection was ended.",
		}
	case errors.Is(cut, io.EOF):
		return &Error{Code: wire.CodeLost, Err: err, Message: "The device ended the connection."}
	default:
		return lostError(cut)
	}
}

// worker runs f in a goroutine that Close waits for; false when the connection ended.
func (c *Client) worker(f func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing {
		return false
	}
	c.workers.Go(f)
	return true
}

// ended gives the reason for a call on a connection that is over; it waits for the
// reason when the connection is just ending.
func (c *Client) ended() *Error {
	<-c.closed
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}
