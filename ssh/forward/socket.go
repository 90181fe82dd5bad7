package forward

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"sync"
	"time"
	"unicode/utf8"
)

// closeGrace is how long the device may take to answer a close frame.
const closeGrace = 5 * time.Second

// Socket is one websocket to the target. One goroutine reads and one writes; Close may be
// called from any.
type Socket struct {
	// Static after the handshake.
	c        *conn
	protocol string
	closed   chan struct{}

	// Owned by the reader.
	message []byte // what came of a message in several frames
	kind    opcode // of it; opContinuation while there is none

	write sync.Mutex // held while a frame is written; guards keys
	keys  []byte     // random bytes for masks, not yet used

	mu       sync.Mutex
	sent     bool        // our close frame
	timer    *time.Timer // runs while the device's close frame is awaited
	pong     []byte      // what the last ping wants back
	ponging  bool        // a goroutine is about to send it
	finished bool
	end      SocketEnd
}

// SocketEnd says how a websocket ended.
type SocketEnd struct {
	Code   int // RFC 6455 §7.4; 1005 for a close without one, 1006 when the connection broke
	Reason string
	Clean  bool // both sides said close
}

func newSocket(c *conn, protocol string) *Socket {
	s := &Socket{c: c, protocol: protocol, closed: make(chan struct{})}
	c.onAbort(func() {
		c.f.sockets.Add(-1)
		s.finish(SocketEnd{Code: closeAbnormal})
	})
	return s
}

// Protocol is the subprotocol that the device chose, "" for none.
func (s *Socket) Protocol() string { return s.protocol }

// Closed is closed when the websocket ended.
func (s *Socket) Closed() <-chan struct{} { return s.closed }

// End says how it ended; only after Closed.
func (s *Socket) End() SocketEnd {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.end
}

// finish sets how it ended; the first call counts.
func (s *Socket) finish(end SocketEnd) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.finished {
		return
	}
	s.finished, s.end = true, end
	if s.timer != nil {
		s.timer.Stop()
	}
	close(s.closed)
}

// Read gives the next message: io.EOF after a clean end, an [Error] after any other. The
// end of ctx breaks the websocket. Pings are answered while somebody reads, so somebody
// should, also after Close. One call at a time.
func (s *Socket) Read(ctx context.Context) (text bool, data []byte, err error) {
	stop := context.AfterFunc(ctx, func() { s.c.abort(cancelled(ctx)) })
	defer stop()
	for {
		h, err := readHeader(s.c.br)
		if err != nil {
			return false, nil, s.fail(err)
		}
		if h.op.isControl() {
			payload, err := appendPayload(s.c.br, nil, h.size)
			if err == nil {
				err = s.control(h.op, payload)
			}
			if err != nil {
				return false, nil, s.fail(err)
			}
			continue
		}
		if (h.op == opContinuation) != (s.kind != opContinuation) {
			return false, nil, s.fail(&frameError{closeProtocol, "a message in the middle of another"})
		}
		if h.op != opContinuation {
			s.kind = h.op
		}
		if s.message, err = appendPayload(s.c.br, s.message, h.size); err != nil {
			return false, nil, s.fail(err)
		}
		if !h.final {
			continue
		}
		text, data = s.kind == opText, s.message
		s.kind, s.message = opContinuation, nil
		if text && !utf8.Valid(data) {
			return false, nil, s.fail(&frameError{closeBadText, "text that is no UTF-8"})
		}
		return text, data, nil
	}
}

// control handles a control frame; io.EOF is the clean end.
func (s *Socket) control(op opcode, payload []byte) error {
	switch op { //nolint:exhaustive // a pong needs no answer, and only control frames come here
	case opPing:
		s.answerPing(payload)
	case opClose:
		code, reason, err := parseClose(payload)
		if err != nil {
			return err
		}
		s.finish(SocketEnd{Code: code, Reason: reason, Clean: true})
		s.answerClose(code)
		return io.EOF
	}
	return nil
}

// answerPing sends a pong without holding up the reader: a device that waits for us to
// read would else wait for ever.
func (s *Socket) answerPing(payload []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pong = payload // older ones need no answer (RFC 6455 §5.5.3)
	if s.ponging {
		return
	}
	s.ponging = s.c.f.worker(func() {
		s.write.Lock()
		defer s.write.Unlock()
		s.mu.Lock()
		payload := s.pong
		s.ponging = false
		s.mu.Unlock()
		_ = s.writeFrame(opPong, payload) // the reader sees a broken connection
	})
}

// fail ends the websocket for what Read met.
func (s *Socket) fail(err error) error {
	var fault *frameError
	switch {
	case s.isClean():
		s.c.abort(errFinished)
		return io.EOF
	case errors.As(err, &fault):
		err = s.c.f.garbageError("a websocket that breaks the rules", fault)
		s.finish(SocketEnd{Code: closeAbnormal})
		s.answerClose(fault.code)
		s.c.abort(err)
		return err
	}
	if cause := s.c.aborted(); cause != nil {
		err = cause
	} else {
		err = s.c.f.brokenError("broke off the websocket", err)
	}
	s.c.abort(err)
	return err
}

// answerClose sends the close frame of an end that is already sure. A Write that the
// device does not take must not hold it up for long.
func (s *Socket) answerClose(code int) {
	stuck := time.AfterFunc(closeGrace, func() { s.c.abort(errFinished) })
	defer stuck.Stop()
	_ = s.sendClose(code, "") // a courtesy
}

func (s *Socket) isClean() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.finished && s.end.Clean
}

// Write sends one message and returns when the connection took it. The end of ctx breaks
// the websocket. One call at a time.
func (s *Socket) Write(ctx context.Context, text bool, data []byte) error {
	stop := context.AfterFunc(ctx, func() { s.c.abort(cancelled(ctx)) })
	defer stop()
	op := opBinary
	if text {
		op = opText
	}
	s.write.Lock()
	defer s.write.Unlock()
	if s.isClosing() {
		return closedError()
	}
	if err := s.writeFrame(op, data); err != nil {
		if cause := s.c.aborted(); cause != nil {
			return cause
		}
		return s.c.f.brokenError("broke off the websocket", err)
	}
	return nil
}

func (s *Socket) isClosing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent || s.finished
}

// writeFrame writes a whole message. Needs write.
func (s *Socket) writeFrame(op opcode, data []byte) error {
	if len(s.keys) < 4 {
		s.keys = make([]byte, 256)
		_, _ = rand.Read(s.keys) // it never fails
	}
	key := [4]byte(s.keys)
	s.keys = s.keys[4:]
	c := s.c
	c.held = appendHeader(c.held[:0], op, len(data), key)
	for at := 0; at < len(data); {
		start := len(c.held)
		n := min(len(data)-at, writeBuffer-start)
		c.held = append(c.held, data[at:at+n]...)
		mask(c.held[start:], key, at)
		if at += n; at < len(data) {
			if err := c.flush(); err != nil {
				return err
			}
		}
	}
	return c.flush()
}

// Close begins the closing handshake, after a Write under way, and does not wait for its
// end; the device has 5 s for its half. Code 0 sends none.
func (s *Socket) Close(code int, reason string) error {
	if code != 0 && !isCloseCode(code) || len(reason) > maxControl-2 || !utf8.ValidString(reason) {
		return invalid("That is no close code, or its reason is too long.")
	}
	return s.sendClose(code, reason)
}

func (s *Socket) sendClose(code int, reason string) error {
	s.write.Lock()
	defer s.write.Unlock()
	s.mu.Lock()
	first := !s.sent
	s.sent = true
	if first && !s.finished {
		s.timer = time.AfterFunc(closeGrace, func() { s.c.abort(s.c.f.brokenError("did not close the websocket", nil)) })
	}
	s.mu.Unlock()
	if !first {
		return nil
	}
	if err := s.writeFrame(opClose, closePayload(code, reason)); err != nil {
		return s.c.f.brokenError("broke off the websocket", err)
	}
	return nil
}
