//go:build !js

package tunnel

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/coder/websocket"

	"porthole/ssh/wire"
	"porthole/ssh/wire/wsframe"
)

// readChunk is how much of a message is handed on at a time, in bytes: a message of
// any size passes through this much memory.
const readChunk = 64 << 10

const (
	// closeWait is how long Close waits for the other side's close frame. It is local
	// courtesy only: an agent that never answers must not hold up the caller.
	closeWait = time.Second
	// lastWrite is how long Close waits for a message that is being written.
	lastWrite = 50 * time.Millisecond
	// slowWrite is from when on a write is watched for its deadline.
	slowWrite = 10 * time.Millisecond
)

const _ = uint(wsframe.MaxCopy - MaxMessage) // any message can be sent

// nativeSocket is a Socket over coder/websocket, which reads, answers and closes; what is
// sent goes beside it.
type nativeSocket struct {
	ws     *websocket.Conn
	out    *wsframe.Writer
	events Events

	life context.Context // ended by Close: nothing is delivered any more
	end  context.CancelFunc

	work      sync.WaitGroup // the reader, and what sends pings
	closeOnce sync.Once
}

func newNativeSocket(ws *websocket.Conn, out *wsframe.Writer, events Events, ping time.Duration) *nativeSocket {
	ws.SetReadLimit(-1) // any size: it is streamed, never held
	s := &nativeSocket{ws: ws, out: out, events: events}
	s.life, s.end = context.WithCancel(context.Background())
	s.work.Go(s.read)
	if ping > 0 {
		s.work.Go(func() { s.ping(ping) })
	}
	return s
}

// ping sends pings until Close.
func (s *nativeSocket) ping(every time.Duration) {
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	for {
		select {
		case <-ticks.C:
		case <-s.life.Done():
			return
		}
		s.out.Ping() // the reader sees the end of a tunnel
	}
}

// chunks hold what came, until it is read.
var chunks = sync.Pool{New: func() any { return new(chunk) }}

// chunk is a Message in a buffer that is used again.
type chunk struct {
	n   int
	buf [readChunk]byte
}

// Len implements Message.
func (c *chunk) Len() int { return c.n }

// CopyFrom implements Message.
func (c *chunk) CopyFrom(p []byte, off int) int { return copy(p, c.buf[off:c.n]) }

// Release implements released.
func (c *chunk) Release() { chunks.Put(c) }

// read hands every message on until the websocket ends. The background context is on
// purpose: with one that can end, the library arms a callback for each read. Close stops a
// read by closing the connection.
func (s *nativeSocket) read() {
	for {
		_, message, err := s.ws.Reader(context.Background())
		if err == nil {
			err = s.copy(message)
		}
		if err != nil {
			s.ended(err)
			return
		}
	}
}

// copy hands one message on, piece by piece. Between messages it holds no buffer, and a
// small piece is copied: many of them would each hold a large one.
func (s *nativeSocket) copy(message io.Reader) error {
	c, _ := chunks.Get().(*chunk)
	defer func() { chunks.Put(c) }()
	for {
		n, err := message.Read(c.buf[:])
		switch {
		case n > readChunk/2:
			c.n = n
			s.deliver(c)
			c, _ = chunks.Get().(*chunk)
		case n > 0:
			s.deliver(Bytes(bytes.Clone(c.buf[:n])))
		}
		if err == io.EOF { // a wrapped EOF is a cut connection, a bare one the end of the message
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (s *nativeSocket) deliver(m Message) {
	if s.life.Err() != nil {
		return
	}
	if room := s.events.Message(m); room != nil {
		select {
		case <-room:
		case <-s.life.Done():
		}
	}
}

func (s *nativeSocket) ended(err error) {
	if closed, ok := errors.AsType[websocket.CloseError](err); ok {
		s.events.Closed(wire.CloseCode(closed.Code), closed.Reason)
		return
	}
	s.events.Closed(closeAbnormal, "")
}

// Send implements Socket. Most writes are over at once: only a slow one is watched, for a
// goroutine each would cost more than they do. One that is too late has cut a message in
// half, so nothing can follow it.
func (s *nativeSocket) Send(p []byte, expired <-chan struct{}) error {
	if s.life.Err() != nil {
		return net.ErrClosed
	}
	sent, watched := make(chan struct{}), make(chan struct{})
	watch := time.AfterFunc(slowWrite, func() {
		defer close(watched)
		select {
		case <-expired:
			_ = s.out.Conn.Close()
		case <-sent:
		}
	})
	err := s.out.SendCopy(p)
	close(sent)
	if !watch.Stop() {
		<-watched
	}
	return err
}

// Close implements Socket.
func (s *nativeSocket) Close(code wire.CloseCode, reason string) {
	s.closeOnce.Do(func() {
		s.end()
		cut := func() { _ = s.out.Conn.Close() }
		if !s.out.EndWithin(lastWrite) {
			cut() // what reads nothing does not hold up the caller
		}
		timer := time.AfterFunc(closeWait, cut)
		defer timer.Stop()
		// The error says that the other side went first or away: both are the end.
		_ = s.ws.Close(websocket.StatusCode(code), reason)
		cut()
	})
	s.work.Wait()
}
