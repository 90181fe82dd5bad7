//go:build unix

package relay

import (
	"io"
	"syscall"
)

// tryRead reads without waiting; ok is false when nothing has arrived. Go's sockets
// are non-blocking, so a plain read on the descriptor does it.
func (s *socket) tryRead(p []byte) (n int, err error, ok bool) {
	if s.raw == nil || len(p) == 0 {
		return 0, nil, false
	}
	var readErr error
	err = s.raw.Read(func(fd uintptr) bool {
		n, readErr = syscall.Read(int(fd), p)
		return true // never wait here
	})
	switch {
	case err != nil: // closed meanwhile
		return 0, err, true
	case readErr != nil:
		return 0, nil, false //nolint:nilerr // EAGAIN, or what the waiting Read will meet as well
	case n == 0:
		return 0, io.EOF, true
	}
	return n, nil, true
}
