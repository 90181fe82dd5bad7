package relay

import (
	"net"
	"syscall"
)

// socket is a net.Conn that tells its reader when a Read is about to wait. It sits
// directly on TCP where it can (below TLS), so that "nothing has arrived" is the
// kernel's word and costs one system call and no delay.
type socket struct {
	net.Conn
	raw syscall.RawConn // nil: no way to ask whether bytes are there

	// reader is set before the copying starts and never after. It is called by
	// whichever goroutine reads.
	reader interface {
		// pending reports whether bytes are held back that a wait would delay.
		pending() bool
		// beforeWait sends them on. An error ends the Read.
		beforeWait() error
	}
}

func newSocket(c net.Conn) *socket {
	s := &socket{Conn: c}
	if sc, ok := c.(syscall.Conn); ok {
		if raw, err := sc.SyscallConn(); err == nil {
			s.raw = raw
		}
	}
	return s
}

// Read reads what is there; when nothing is, it lets the reader send on what it holds
// back, then waits.
func (s *socket) Read(p []byte) (int, error) {
	if s.reader != nil {
		if s.reader.pending() {
			if n, err, ok := s.tryRead(p); ok {
				return n, err
			}
		}
		if err := s.reader.beforeWait(); err != nil {
			return 0, err
		}
	}
	return s.Conn.Read(p)
}

// socketOf finds the socket under c, through any TLS on top of it.
func socketOf(c net.Conn) (*socket, bool) {
	for {
		if s, ok := c.(*socket); ok {
			return s, true
		}
		wrapped, ok := c.(interface{ NetConn() net.Conn })
		if !ok {
			return nil, false
		}
		c = wrapped.NetConn()
	}
}
