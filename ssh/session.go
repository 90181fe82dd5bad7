package ssh

import (
	"context"
	"io"
	"strings"
	"sync"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"porthole/ssh/wire"
)

const (
	// writeChunk is how much of a Write is copied and handed over at a time, in bytes:
	// the largest packet every server takes (RFC 4253 §6.1).
	writeChunk = 32 << 10
	// closeGrace is how long Close and Wait give the server to close its half too.
	closeGrace = 5 * time.Second
	// lossGrace is how long a session that ended without any exit waits to hear
	// whether the whole connection did.
	lossGrace = 100 * time.Millisecond
)

// Session is a shell, command or subsystem on the device (RFC 4254 §6). Reading, writing and
// everything else may happen in different goroutines.
type Session struct {
	client   *Client
	ch       gossh.Channel
	terminal bool          // a shell: its input is what a person types
	writes   chan write    // to the writer goroutine
	turn     chan struct{} // holds one token: whose turn it is to write
	spare    []byte        // of the last write, for the next one; owned by whose turn it is

	closeOnce sync.Once
	closing   chan struct{} // closed by Close
	endOnce   sync.Once
	done      chan struct{} // closed when exit is set
	exit      Exit
}

// Exit says how a session ended.
type Exit struct {
	// Status is nil when the server reported none.
	Status *int
	// Signal is the name without SIG (RFC 4254 §6.10) of the signal that ended it.
	Signal string
	// Err is set when the connection broke, or the session was closed from our side,
	// rather than the program ending.
	Err error
}

func newSession(c *Client, o opened) (*Session, error) {
	s := &Session{
		client: c, ch: o.ch,
		writes: make(chan write), turn: make(chan struct{}, 1),
		closing: make(chan struct{}), done: make(chan struct{}),
	}
	s.turn <- struct{}{}
	if !c.worker(func() { s.follow(o.requests) }) {
		return nil, c.ended()
	}
	c.worker(s.writeAll) // cannot have ended in between without follow noticing
	return s, nil
}

// Stdout gives what the program writes. A Read returns all that has arrived, up to the
// size of its buffer; whoever does not read slows the device by the SSH window (2 MiB).
func (s *Session) Stdout() io.Reader { return s.ch }

// Stderr is Stdout for standard error; a shell with a PTY has none.
func (s *Session) Stderr() io.Reader { return s.ch.Stderr() }

// Resize tells the program the terminal's new size in characters.
func (s *Session) Resize(cols, rows int) error {
	_, err := s.ch.SendRequest("window-change", false, gossh.Marshal(sizeOf(cols, rows)))
	return s.writeError(err)
}

// Signal sends a signal by its name of RFC 4254 §6.10, such as "INT".
func (s *Session) Signal(name string) error {
	name = strings.TrimPrefix(strings.ToUpper(name), "SIG")
	if name == "" || strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
		return &Error{Code: wire.CodeInvalid, Message: "That is not the name of a signal."}
	}
	_, err := s.ch.SendRequest("signal", false, gossh.Marshal(struct{ Name string }{name}))
	return s.writeError(err)
}

// Close ends the session. It waits until the server closed its half, a few seconds at
// most, and may be called any number of times.
func (s *Session) Close() error {
	s.closeOnce.Do(func() {
		close(s.closing)
		_ = s.ch.Close() // already closed by the server, or with the connection: fine
	})
	timer := time.NewTimer(closeGrace)
	defer timer.Stop()
	select {
	case <-s.done:
	case <-timer.C:
		s.end(Exit{Err: sessionClosedError()}) // nobody has to wait for such a server
	}
	return nil
}

// Done is closed when the session ended; Wait then returns at once. Output that arrived
// before can still be read.
func (s *Session) Done() <-chan struct{} { return s.done }

// Wait gives how the session ended, when it has.
func (s *Session) Wait(ctx context.Context) (Exit, error) {
	select {
	case <-s.done:
		return s.exit, nil
	case <-ctx.Done():
		return Exit{}, cancelError(ctx)
	}
}

// follow handles the server's requests on the channel until it is closed.
func (s *Session) follow(requests <-chan *gossh.Request) {
	var exit Exit
	for r := range requests {
		switch r.Type {
		case "exit-status":
			var m struct{ Status uint32 }
			if gossh.Unmarshal(r.Payload, &m) == nil {
				status := int(m.Status)
				exit.Status = &status
			}
		case "exit-signal":
			var m struct {
				Signal     string
				CoreDumped bool
				Message    string
				Language   string
			}
			if gossh.Unmarshal(r.Payload, &m) == nil {
				exit.Signal = printable(m.Signal, 64)
			}
		}
		if r.WantReply {
			_ = r.Reply(false, nil) // a broken conn shows below
		}
	}
	if exit.Status == nil && exit.Signal == "" {
		exit.Err = s.cutReason()
	}
	s.end(exit)
}

// end sets how the session ended, once.
func (s *Session) end(exit Exit) {
	s.endOnce.Do(func() {
		s.exit = exit
		close(s.done)
	})
}

func sessionClosedError() *Error {
	return &Error{Code: wire.CodeClosed, Message: "The session was closed."}
}

// cutReason says why a session without any exit ended: nil when the server just closed
// it.
func (s *Session) cutReason() error {
	select {
	case <-s.closing:
		return sessionClosedError()
	default:
	}
	if s.client.conn.cutError() == nil {
		// The library closes the channels of a broken connection before it says so.
		timer := time.NewTimer(lossGrace)
		defer timer.Stop()
		select {
		case <-s.client.closed:
		case <-timer.C:
			return nil
		}
	}
	return s.client.ended()
}

func (s *Session) over() bool {
	select {
	case <-s.closing:
		return true
	case <-s.done:
		return true
	default:
		return false
	}
}

// endError is what using a session gives that is over.
func (s *Session) endError() error {
	return s.writeError(io.EOF)
}

// writeError explains a failed send.
func (s *Session) writeError(err error) error {
	if err == nil {
		return nil
	}
	if s.client.conn.cutError() != nil {
		return s.client.ended()
	}
	return &Error{Code: wire.CodeClosed, Message: "The session has ended.", Err: err}
}

var _ io.WriteCloser = (*Session)(nil)
