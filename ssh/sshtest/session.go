package sshtest

import (
	"context"
	"io"
	"sync"

	gossh "golang.org/x/crypto/ssh"
)

// Size is a terminal's size in characters.
type Size struct{ Cols, Rows int }

// PTY is what a client asked its terminal to be (RFC 4254 §6.2).
type PTY struct {
	Term string // value of TERM
	Size Size   // at the start; see [Session.Resizes]
	// Modes are terminal modes by opcode (RFC 4254 §8).
	Modes map[uint8]uint32
}

// Session is one "session" channel, handed to a handler once the client has said what
// it wants. Reading gives the client's input, writing goes to its output. When the
// handler returns the channel is closed; unless it called Exit or ExitSignal before, the
// exit status is 0.
type Session struct {
	gossh.Channel

	// Static once the handler runs.
	user      string
	conn      gossh.ConnMetadata
	command   string
	subsystem string
	environ   []string
	pty       *PTY
	life      context.Context

	resizes chan Size         // holds the newest size; never closed
	signals chan gossh.Signal // never closed

	work sync.WaitGroup // goroutines that may outlast the handler, but not the channel

	mu    sync.Mutex
	ended bool // guarded by mu; an exit status or signal was sent
}

// User is the SSH user.
func (s *Session) User() string { return s.user }

// Conn describes the connection.
func (s *Session) Conn() gossh.ConnMetadata { return s.conn }

// Command is what an exec request asked for; "" for a shell.
func (s *Session) Command() string { return s.command }

// Subsystem is the name that a subsystem request asked for; "" otherwise.
func (s *Session) Subsystem() string { return s.subsystem }

// Environ lists the accepted variables as "name=value", in the client's order.
func (s *Session) Environ() []string { return s.environ }

// PTY is the terminal the client asked for, nil when it asked for none.
func (s *Session) PTY() *PTY { return s.pty }

// Context ends when the channel, the connection or the server does.
func (s *Session) Context() context.Context { return s.life }

// Resizes delivers the terminal's newest size after each change; sizes that were not
// read in time are replaced by newer ones. It is never closed.
func (s *Session) Resizes() <-chan Size { return s.resizes }

// Signals delivers the client's signals (RFC 4254 §6.9). It is never closed.
func (s *Session) Signals() <-chan gossh.Signal { return s.signals }

// Exit tells the client the exit status (RFC 4254 §6.10). Only the first of Exit and
// ExitSignal counts.
func (s *Session) Exit(status int) {
	s.finish("exit-status", gossh.Marshal(struct{ Status uint32 }{uint32(status)}))
}

// ExitSignal tells the client which signal ended the program, without its "SIG".
func (s *Session) ExitSignal(signal gossh.Signal, coreDumped bool, message string) {
	s.finish("exit-signal", gossh.Marshal(struct {
		Signal     string
		CoreDumped bool
		Message    string
		Language   string
	}{string(signal), coreDumped, message, ""}))
}

func (s *Session) finish(request string, payload []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return
	}
	s.ended = true
	// RFC 4254 §6.10: after the last output, before the close. It fails only when the
	// client is gone.
	_ = s.CloseWrite()
	_, _ = s.SendRequest(request, false, payload)
}

// resize replaces a size nobody read yet.
func (s *Session) resize(size Size) {
	for {
		select {
		case s.resizes <- size:
			return
		default:
		}
		select {
		case <-s.resizes:
		default:
		}
	}
}

// openSession accepts the channel, collects what the client asks for, runs its
// handler, and returns when both the handler and the channel have ended.
func (c *connection) openSession(n gossh.NewChannel) {
	channel, requests, err := n.Accept()
	if err != nil {
		return // the connection ended meanwhile
	}
	life, end := context.WithCancel(c.life)
	s := &Session{
		Channel: channel, user: c.conn.User(), conn: c.conn, life: life,
		resizes: make(chan Size, 1), signals: make(chan gossh.Signal, 8),
	}
	setup := &sessionSetup{session: s, opts: &c.server.opts}
	var handler sync.WaitGroup
	for r := range requests {
		start, ok := setup.request(r)
		if r.WantReply {
			_ = r.Reply(ok, nil) // fails when the connection ended; the loop ends too
		}
		if start != nil {
			handler.Go(func() {
				start(s)
				s.Exit(0) // counts only when the handler named no other end
				_ = s.Close()
			})
		}
	}
	// The client closed the channel or the connection broke: the handler must end too.
	end()
	_ = channel.Close()
	handler.Wait()
	s.work.Wait()
}

var _ io.ReadWriteCloser = (*Session)(nil)
