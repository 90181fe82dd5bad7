//go:build !js

package tunnel

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/coder/websocket"

	"porthole/ssh/wire"
)

// readChunk is how much of a message is handed on at a time, in bytes: a message of
// any size passes through this much memory.
const readChunk = 32 << 10

// closeWait is how long Close waits for the other side's close frame. It is local
// courtesy only: an agent that never answers must not hold up the caller.
const closeWait = time.Second

// nativeSocket is a Socket over coder/websocket.
type nativeSocket struct {
	ws     *websocket.Conn
	events Events

	life context.Context // for writes and for waiting; ended by Close
	end  context.CancelFunc

	// reading outlives life by the close handshake; ending it cuts the connection.
	reading context.Context
	cut     context.CancelFunc

	work      sync.WaitGroup // the reader, and what sends pings
	closeOnce sync.Once
}

func newNativeSocket(ws *websocket.Conn, events Events, ping time.Duration) *nativeSocket {
	ws.SetReadLimit(-1) // any size: it is streamed, never held
	s := &nativeSocket{ws: ws, events: events}
	s.life, s.end = context.WithCancel(context.Background())
	s.reading, s.cut = context.WithCancel(context.Background())
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
		ctx, cancel := context.WithTimeout(s.life, every)
		_ = s.ws.Ping(ctx) // the reader sees the end of a tunnel
		cancel()
	}
}

// read hands every message on until the websocket ends.
func (s *nativeSocket) read() {
	buf := make([]byte, readChunk)
	for {
		_, message, err := s.ws.Reader(s.reading)
		if err == nil {
			err = s.copy(message, buf)
		}
		if err != nil {
			s.ended(err)
			return
		}
	}
}

// copy hands one message on, piece by piece.
func (s *nativeSocket) copy(message io.Reader, buf []byte) error {
	for {
		n, err := message.Read(buf)
		if n > 0 {
			s.deliver(bytes.Clone(buf[:n]))
		}
		if err == io.EOF { // a wrapped EOF is a cut connection, a bare one the end of the message
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (s *nativeSocket) deliver(p []byte) {
	if s.life.Err() != nil {
		return
	}
	if room := s.events.Message(Bytes(p)); room != nil {
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

// Send implements Socket.
func (s *nativeSocket) Send(p []byte, expired <-chan struct{}) error {
	ctx, cancel := context.WithCancel(s.life)
	done := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		select {
		case <-expired:
			cancel()
		case <-done:
		}
	})
	err := s.ws.Write(ctx, websocket.MessageBinary, p)
	close(done)
	watch.Wait()
	cancel()
	return err
}

// Close implements Socket.
func (s *nativeSocket) Close(code wire.CloseCode, reason string) {
	s.closeOnce.Do(func() {
		s.end()
		timer := time.AfterFunc(closeWait, s.cut)
		defer timer.Stop()
		// The error says that the other side went first or away: both are the end.
		_ = s.ws.Close(websocket.StatusCode(code), reason)
		s.cut()
	})
	s.work.Wait()
}
