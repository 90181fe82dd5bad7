package wsframe

import (
	"context"
	"net"
	"sync"
	"time"
)

// maxPing is the largest payload of a control frame, in bytes (RFC 6455 §5.5).
const maxPing = 125

// Writer writes the messages of one websocket, each frame by one Write to the connection,
// which falls between the frames of the library: a control frame of it is one Write, too.
// Its methods may be called from several goroutines.
type Writer struct {
	masked bool // we are the client of this websocket (RFC 6455 §5.3)

	// Conn carries the frames: TCP, or TLS over it. Set before anything is sent.
	Conn net.Conn

	writing chan struct{} // holds one token while somebody writes
	ended   bool          // a close frame is on its way; owned by who holds the token

	mu   sync.Mutex
	pong []byte // an answer that waits for the writer, as Send takes it; nil: none
}

// NewWriter makes a writer whose connection is still to come: dialling and accepting want
// OnPing beforehand. A client masks.
func NewWriter(masked bool) *Writer {
	return &Writer{masked: masked, writing: make(chan struct{}, 1)}
}

// Send writes one binary message, then a pong that came due meanwhile. The first Room
// bytes of room are free, the rest is the message; all of it is overwritten.
func (w *Writer) Send(room []byte) error {
	w.writing <- struct{}{}
	if w.ended {
		return w.release(net.ErrClosed)
	}
	_, err := w.Conn.Write(inPlace(finalBinary, room, w.masked))
	return w.release(err)
}

// buffers are for SendCopy; an array pointer, so that Put does not allocate.
var buffers = sync.Pool{New: func() any { return new([Room + MaxCopy]byte) }}

// MaxCopy is the longest message that SendCopy takes, in bytes.
const MaxCopy = 64 << 10

// SendCopy is Send for a message that must stay as it is.
func (w *Writer) SendCopy(message []byte) error {
	buf, _ := buffers.Get().(*[Room + MaxCopy]byte)
	defer buffers.Put(buf)
	w.writing <- struct{}{}
	if w.ended {
		return w.release(net.ErrClosed)
	}
	_, err := w.Conn.Write(around(finalBinary, buf[:Room+len(message)], message, w.masked))
	return w.release(err)
}

// OnPing answers a ping in place of the library, which would wait at most five seconds
// for a writer that a slow peer holds up, and then give the connection up. A ping
// that comes during a write is answered after it, the newest one only (RFC 6455 §5.5.3).
// It is what the library wants for OnPingReceived.
func (w *Writer) OnPing(_ context.Context, payload []byte) bool {
	if len(payload) > maxPing {
		return false
	}
	kept := append(make([]byte, Room, Room+len(payload)), payload...)
	w.mu.Lock()
	w.pong = kept
	select {
	case w.writing <- struct{}{}:
		w.mu.Unlock()
		_ = w.release(nil) // a failed write shows in the next read or write
	default:
		w.mu.Unlock()
	}
	return false
}

// Ping sends a ping, unless something is being sent anyway.
func (w *Writer) Ping() {
	select {
	case w.writing <- struct{}{}:
	default:
		return
	}
	if w.ended {
		_ = w.release(nil)
		return
	}
	_, err := w.Conn.Write(inPlace(finalPing, make([]byte, Room), w.masked))
	_ = w.release(err) // a failed write shows in the next read or write
}

// release writes the pong that waits, if any, and lets the next writer in. It returns
// err, or the error of writing the pong.
func (w *Writer) release(err error) error {
	for {
		w.mu.Lock()
		pong := w.pong
		w.pong = nil
		if pong == nil || err != nil || w.ended {
			<-w.writing
			w.mu.Unlock()
			return err
		}
		w.mu.Unlock()
		_, err = w.Conn.Write(inPlace(finalPong, pong, w.masked))
	}
}

// End lets what is being written go first and nothing after it: the library's close frame
// may follow.
func (w *Writer) End() {
	w.writing <- struct{}{}
	w.ended = true
	_ = w.release(nil)
}

// EndWithin is End; false when what is being written did not leave in time.
func (w *Writer) EndWithin(limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case w.writing <- struct{}{}:
	case <-timer.C:
		return false
	}
	w.ended = true
	_ = w.release(nil)
	return true
}
