package ssh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"porthole/ssh/wire"
)

// Dial opens a TCP connection from the device to addr (direct-tcpip, RFC 4254 §7.2).
// The conn has no deadlines; Close ends its reads and writes at once.
func (c *Client) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	host, portText, err := net.SplitHostPort(addr)
	port, portErr := strconv.ParseUint(portText, 10, 16)
	if err != nil || portErr != nil || (network != "tcp" && network != "tcp4" && network != "tcp6") {
		return nil, &Error{
			Code: wire.CodeInvalid, Err: errors.Join(err, portErr),
			Message: fmt.Sprintf("%q is not a TCP address with a port.", addr),
		}
	}
	extra := gossh.Marshal(struct {
		Host       string
		Port       uint32
		OriginHost string
		OriginPort uint32
	}{host, uint32(port), "127.0.0.1", 0})
	o, err := c.open(ctx, "direct-tcpip", extra, nil)
	if err != nil {
		return nil, explainDial(err, addr)
	}
	d := &directConn{
		c: c, ch: o.ch, remote: address(addr), closed: make(chan struct{}),
		arrived: make(chan []byte), taken: make(chan struct{}, 1), wrote: make(chan error, 1),
	}
	if !c.worker(func() { gossh.DiscardRequests(o.requests) }) || !c.worker(d.pump) {
		return nil, c.ended()
	}
	return d, nil
}

// explainDial says why the server opened no connection (RFC 4254 §5.1).
func explainDial(err error, addr string) error {
	var refused *gossh.OpenChannelError
	if !errors.As(err, &refused) {
		return err
	}
	if refused.Reason == gossh.Prohibited || refused.Reason == gossh.UnknownChannelType {
		return &Error{
			Code: wire.CodeForwardForbidden, Err: err,
			Message: fmt.Sprintf("The device's SSH server forbids the forward to %s (AllowTcpForwarding or PermitOpen). "+
				"Allow it there, or add a remote access configuration that points straight at the port.", addr),
		}
	}
	return &Error{
		Code: wire.CodeForwardRefused, Err: err,
		Message: fmt.Sprintf("The device could not connect to %s: %q. Check that the service runs there and which port it has.",
			addr, printable(refused.Message, maxReasonText)),
	}
}

// pieceSize is the most that is read ahead and written at once: what an SSH packet
// holds (RFC 4253 §6.1), in bytes.
const pieceSize = 32 << 10

// directConn makes a net.Conn of a channel. A channel's own Close waits for the server's
// answer before reads and writes return, and a server that cannot pass on what it has
// never answers; so they happen in other goroutines, which end with the channel or the
// connection.
type directConn struct {
	// Static.
	c      *Client
	ch     gossh.Channel
	remote address

	closed chan struct{}
	once   sync.Once

	arrived chan []byte   // closed after the last, when readErr is set
	taken   chan struct{} // the reader has copied what arrived
	readErr error

	pending []byte // owned by the reader
	buf     []byte // owned by the writer
	wrote   chan error
}

// pump reads one piece ahead.
func (d *directConn) pump() {
	defer close(d.arrived)
	buf := make([]byte, 4<<10) // most connections never need more
	for {
		n, err := d.ch.Read(buf)
		if n > 0 {
			select {
			case d.arrived <- buf[:n]:
			case <-d.closed:
				return
			}
			select {
			case <-d.taken:
			case <-d.closed:
				return
			}
			if n == len(buf) && n < pieceSize {
				buf = make([]byte, 2*n)
			}
		}
		if err != nil {
			d.readErr = d.explain(err)
			return
		}
	}
}

// explain tells the end of the channel from the loss of the connection, which x/crypto
// calls io.EOF alike.
func (d *directConn) explain(err error) error {
	if d.c.conn.cutError() != nil {
		return d.c.ended()
	}
	return err
}

func (d *directConn) Read(p []byte) (int, error) {
	if len(d.pending) == 0 {
		select {
		case <-d.closed:
			return 0, net.ErrClosed
		default:
		}
		select {
		case b, ok := <-d.arrived:
			if !ok {
				return 0, d.ending()
			}
			d.pending = b
		case <-d.closed:
			return 0, net.ErrClosed
		}
	}
	n := copy(p, d.pending)
	if d.pending = d.pending[n:]; len(d.pending) == 0 {
		d.taken <- struct{}{}
	}
	return n, nil
}

// ending is what the last Read returns; readErr is unset when Close came first.
func (d *directConn) ending() error {
	if d.readErr == nil {
		return net.ErrClosed
	}
	return d.readErr
}

func (d *directConn) Write(p []byte) (int, error) {
	written := 0
	for len(p) > 0 {
		select {
		case <-d.closed:
			return written, net.ErrClosed
		default:
		}
		piece := append(d.buf[:0], p[:min(len(p), pieceSize)]...)
		d.buf = piece
		if !d.c.worker(func() {
			_, err := d.ch.Write(piece)
			d.wrote <- err
		}) {
			return written, d.c.ended()
		}
		select {
		case err := <-d.wrote:
			if errors.Is(err, io.EOF) { // the channel is closed
				err = d.explain(io.ErrClosedPipe)
			}
			if err != nil {
				return written, err
			}
		case <-d.closed:
			d.buf = nil // still in use there
			return written, net.ErrClosed
		}
		written += len(piece)
		p = p[len(piece):]
	}
	return written, nil
}

// CloseWrite tells the other side that no more comes; it may still send.
func (d *directConn) CloseWrite() error { return d.ch.CloseWrite() }

// Close does not wait for the server.
func (d *directConn) Close() error {
	d.once.Do(func() {
		close(d.closed)
		d.c.worker(func() { _ = d.ch.Close() }) // on a connection that ended it is closed
	})
	return nil
}

type address string

func (address) Network() string  { return "tcp" }
func (a address) String() string { return string(a) }

var errNoDeadline = errors.New("ssh: a channel has no deadlines")

func (d *directConn) LocalAddr() net.Addr              { return address("ssh") }
func (d *directConn) RemoteAddr() net.Addr             { return d.remote }
func (d *directConn) SetDeadline(time.Time) error      { return errNoDeadline }
func (d *directConn) SetReadDeadline(time.Time) error  { return errNoDeadline }
func (d *directConn) SetWriteDeadline(time.Time) error { return errNoDeadline }
