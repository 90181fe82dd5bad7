package sshtest

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// handshakeTimeout is how long a client may take from connecting to being signed in;
// OpenSSH's LoginGraceTime is the same.
const handshakeTimeout = 120 * time.Second

// Server is an SSH server. Serve connections with [Server.ServeConn] or
// [Server.Listen]; [Server.Close] ends everything.
type Server struct {
	opts    Options
	config  *gossh.ServerConfig
	hostKey gossh.PublicKey

	// life is the lifetime of the server: Close ends it, and with it every handler.
	life context.Context
	end  context.CancelFunc
	work sync.WaitGroup // every goroutine and every ServeConn

	mu     sync.Mutex
	closed bool                                    // guarded by mu
	open   map[interface{ Close() error }]struct{} // listeners and connections; guarded by mu
}

// ErrServerClosed is returned by ServeConn and Listen after Close.
var ErrServerClosed = errors.New("sshtest: server closed")

// New checks the options and makes a server of them; it starts nothing.
func New(opts Options) (*Server, error) {
	if err := opts.validate(); err != nil {
		return nil, err
	}
	if len(opts.HostKeys) == 0 {
		key, err := NewHostKey()
		if err != nil {
			return nil, err
		}
		opts.HostKeys = []gossh.Signer{key}
	}
	if opts.Shell == nil {
		opts.Shell = Scripted
	}
	s := &Server{opts: opts, hostKey: opts.HostKeys[0].PublicKey(), open: map[interface{ Close() error }]struct{}{}}
	config, err := s.opts.config()
	if err != nil {
		return nil, err
	}
	s.config = config
	s.life, s.end = context.WithCancel(context.Background())
	return s, nil
}

// NewHostKey makes an ed25519 host key.
func NewHostKey() (gossh.Signer, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("sshtest: make host key: %w", err)
	}
	signer, err := gossh.NewSignerFromKey(private)
	if err != nil {
		return nil, fmt.Errorf("sshtest: make host key: %w", err)
	}
	return signer, nil
}

// HostKey is the first of the server's host keys.
func (s *Server) HostKey() gossh.PublicKey { return s.hostKey }

// Listen accepts connections on a TCP address such as "127.0.0.1:0" until Close, and
// returns the address it got.
func (s *Server) Listen(addr string) (net.Addr, error) {
	l, err := (&net.ListenConfig{}).Listen(s.life, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("sshtest: listen: %w", err)
	}
	if !s.enter(l) {
		return nil, errors.Join(ErrServerClosed, l.Close())
	}
	go s.accept(l)
	return l.Addr(), nil
}

func (s *Server) accept(l net.Listener) {
	defer s.leave(l)
	for {
		c, err := l.Accept()
		switch {
		case err == nil:
			// A connection's failure is its client's business; OnAuth hears of attempts.
			s.work.Go(func() { _ = s.ServeConn(c) })
		case s.life.Err() != nil || errors.Is(err, net.ErrClosed):
			return
		default:
			// Out of file descriptors, say: wait for some to come back.
			select {
			case <-time.After(50 * time.Millisecond):
			case <-s.life.Done():
				return
			}
		}
	}
}

// ServeConn serves one connection and returns when it has ended and all its handlers
// have returned. It closes c. The error says why the client did not get in; nil means
// it did, however the connection ended later.
func (s *Server) ServeConn(c net.Conn) error {
	if !s.enter(c) {
		return errors.Join(ErrServerClosed, c.Close())
	}
	defer s.leave(c)
	if err := c.SetDeadline(time.Now().Add(handshakeTimeout)); err != nil {
		return fmt.Errorf("sshtest: set deadline: %w", err)
	}
	conn, channels, requests, err := gossh.NewServerConn(c, s.config)
	if err != nil {
		return fmt.Errorf("sshtest: handshake: %w", err)
	}
	if err := c.SetDeadline(time.Time{}); err != nil {
		return fmt.Errorf("sshtest: clear deadline: %w", err)
	}
	newConnection(s, conn).serve(channels, requests)
	return nil
}

// enter registers what Close has to close, and one piece of work.
func (s *Server) enter(c interface{ Close() error }) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.work.Add(1)
	s.open[c] = struct{}{}
	return true
}

// leave closes c, for which closing twice does no harm, and ends its work.
func (s *Server) leave(c interface{ Close() error }) {
	s.mu.Lock()
	delete(s.open, c)
	s.mu.Unlock()
	_ = c.Close()
	s.work.Done()
}

// Close ends all connections and listeners, and returns when every goroutine and every
// child process of the server is gone. Closing twice does no harm.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	s.end()
	for c := range s.open {
		_ = c.Close() // the other side's view of it does not matter any more
	}
	s.mu.Unlock()
	s.work.Wait()
	return nil
}

// DropConnections cuts every connection as a lost network would, and keeps listening.
func (s *Server) DropConnections() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.open {
		if conn, ok := c.(net.Conn); ok {
			_ = conn.Close() // it is being cut
		}
	}
}
