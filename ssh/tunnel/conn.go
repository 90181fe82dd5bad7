package tunnel

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"porthole/ssh/wire"
)

// conn is a tunnel: a net.Conn over a Socket.
type conn struct {
	socket Socket // set once, before the conn is handed out
	in     *inbox

	readMu  sync.Mutex // one Read at a time, so that bytes keep their order
	writeMu sync.Mutex // one Write at a time, so that messages of two do not mix

	readDeadline  *deadline
	writeDeadline *deadline

	closeOnce sync.Once
}

var _ net.Conn = (*conn)(nil)

func newConn() *conn {
	return &conn{in: newInbox(), readDeadline: newDeadline(), writeDeadline: newDeadline()}
}

// message is Events.Message.
func (c *conn) message(m Message) (room <-chan struct{}) {
	room, ok := c.in.put(m)
	if ok {
		return room
	}
	c.in.finish(func(bool) error { return errOverflow })
	return nil
}

// errOverflow is the end of a peer that ignores the SSH windows.
var errOverflow = errors.New("the other side sent more than 64 MiB that nobody had room for")

// closed is Events.Closed.
func (c *conn) closed(code wire.CloseCode, reason string) {
	c.in.finish(func(anyByte bool) error { return endError(code, reason, anyByte) })
}

// Read implements net.Conn. After the last byte it returns io.EOF or an *EndError.
func (c *conn) Read(p []byte) (int, error) {
	c.readMu.Lock()
	defer c.readMu.Unlock()
	expired := c.readDeadline.wait()
	for {
		if isClosed(expired) {
			return 0, os.ErrDeadlineExceeded
		}
		if n, err := c.in.take(p); n > 0 || err != nil || len(p) == 0 {
			if errors.Is(err, errOverflow) {
				c.end(wire.CloseInternal)
			}
			return n, err
		}
		select {
		case <-c.in.readable:
		case <-expired:
		}
	}
}

// Write implements net.Conn: p goes out in binary messages of at most MaxMessage.
func (c *conn) Write(p []byte) (int, error) {
	c.writeMu.Lock()
	defer c.writeMu.Unlock()
	expired := c.writeDeadline.wait()

	n := 0
	for n < len(p) {
		if err := c.writable(); err != nil {
			return n, err
		}
		part := p[n:min(n+MaxMessage, len(p))]
		if err := c.socket.Send(part, expired); err != nil {
			return n, c.writeError(expired, err)
		}
		n += len(part)
	}
	return n, nil
}

// writable returns why nothing can be written, nil when it can.
func (c *conn) writable() error {
	if isClosed(c.writeDeadline.wait()) {
		return os.ErrDeadlineExceeded
	}
	err := c.in.ended()
	if errors.Is(err, io.EOF) {
		return io.ErrClosedPipe // a writer must not take the other side's end for its own
	}
	return err
}

func (c *conn) writeError(expired <-chan struct{}, err error) error {
	if isClosed(expired) {
		return os.ErrDeadlineExceeded
	}
	if ended := c.writable(); ended != nil {
		return ended // says more than the failed write does
	}
	return fmt.Errorf("write to websocket: %w", err)
}

// Close ends the tunnel with code 1000, unblocks Read and Write, and returns when
// nothing of it is left running. Later calls do nothing.
func (c *conn) Close() error {
	c.in.drop(net.ErrClosed)
	c.end(wire.CloseNormal)
	return nil
}

func (c *conn) end(code wire.CloseCode) {
	c.closeOnce.Do(func() {
		c.socket.Close(code, "")
	})
}

// LocalAddr implements net.Conn; a websocket has no address of its own.
func (c *conn) LocalAddr() net.Addr { return addr{} }

// RemoteAddr implements net.Conn; a websocket has no address of its own.
func (c *conn) RemoteAddr() net.Addr { return addr{} }

// SetDeadline implements net.Conn.
func (c *conn) SetDeadline(t time.Time) error {
	c.readDeadline.set(t)
	c.writeDeadline.set(t)
	return nil
}

// SetReadDeadline implements net.Conn.
func (c *conn) SetReadDeadline(t time.Time) error {
	c.readDeadline.set(t)
	return nil
}

// SetWriteDeadline implements net.Conn.
func (c *conn) SetWriteDeadline(t time.Time) error {
	c.writeDeadline.set(t)
	return nil
}

type addr struct{}

func (addr) Network() string { return "websocket" }
func (addr) String() string  { return "websocket" }
