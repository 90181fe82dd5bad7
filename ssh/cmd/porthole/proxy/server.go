package proxy

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"porthole/ssh/cmd/porthole/fault"
)

// Server accepts local connections and carries each to the device.
type Server struct {
	carrier *Carrier
	limit   int
	report  func(text string)

	mu   sync.Mutex
	open int
	work sync.WaitGroup
}

// NewServer makes a server; report is told, in a sentence, of every connection that did
// not end as it should.
func NewServer(opts Options, report func(text string)) *Server {
	return &Server{carrier: NewCarrier(opts), limit: opts.MaxConnections, report: report}
}

// Serve accepts until ctx ends, and returns when all connections have ended.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	stop := context.AfterFunc(ctx, func() { _ = listener.Close() })
	defer stop()
	defer s.work.Wait()
	for pause := time.Duration(0); ; {
		conn, err := listener.Accept()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				_ = conn.Close()
			}
			return nil
		case err != nil && errors.Is(err, net.ErrClosed):
			return fault.Wrap(err, fault.Local, "The listener was closed.")
		case err != nil: // out of file descriptors: others will end
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			s.report("A local connection cannot be accepted: " + rootCause(err).Error() + ".")
			select {
			case <-time.After(pause):
			case <-ctx.Done():
			}
			continue
		}
		pause = 0
		if !s.enter() {
			s.report(describe(conn) + "refused: there are as many connections as --max-connections allows.")
			_ = conn.Close()
			continue
		}
		s.work.Go(func() {
			defer s.leave()
			s.serve(ctx, conn)
		})
	}
}

func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.limit > 0 && s.open >= s.limit {
		return false
	}
	s.open++
	return true
}

func (s *Server) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
}

func (s *Server) serve(ctx context.Context, conn net.Conn) {
	name := describe(conn)
	result := s.carrier.Carry(ctx, &socket{Conn: conn})
	_ = conn.Close()
	// What had ended for a reason of its own is told even when all is about to end.
	stopped := ctx.Err() != nil && (errors.Is(result.Err, context.Cause(ctx)) || errors.Is(result.Err, context.Canceled))
	if result.Err != nil && !stopped {
		s.report(name + result.Err.Error())
	}
}

// socket is a TCP or unix connection as the local side.
type socket struct{ net.Conn }

// CloseWrite implements Local.
func (s *socket) CloseWrite() error {
	if half, ok := s.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// Interrupt implements Local.
func (s *socket) Interrupt(wait time.Duration) bool {
	return s.SetReadDeadline(time.Now().Add(wait)) == nil
}

// Resume implements Local.
func (s *socket) Resume() { _ = s.SetReadDeadline(time.Time{}) }

// Abandon implements Local.
func (s *socket) Abandon() bool { return s.SetWriteDeadline(time.Now()) == nil }
