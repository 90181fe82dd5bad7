package relay

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/coder/websocket"

	"porthole/ssh/wire"
)

// closeTime bounds a close handshake: long enough for a peer on the other side of the
// world, short enough that nobody waits for one that is gone.
const closeTime = 2 * time.Second

// maxPing is the largest payload of a control frame, in bytes (RFC 6455 §5.5).
const maxPing = 125

// peer is one of the two websockets with what it runs on. The library reads and closes;
// messages and pongs are written here, each frame by one Write to conn, which falls
// between the frames of the library: a control frame of it is one Write, too.
type peer struct {
	ws     *websocket.Conn
	conn   net.Conn // carries the frames: TCP, or TLS over it
	sock   *socket  // at the bottom; closing it frees whoever reads or writes
	masked bool     // we are the client of this websocket (RFC 6455 §5.3)

	writing chan struct{} // holds one token while somebody writes
	ended   bool          // a close frame is on its way; owned by who holds the token

	mu   sync.Mutex
	pong []byte // an answer that waits for the writer, as send takes it; nil: none
}

// newPeer makes a peer whose websocket is still to come: dialling and accepting want
// onPing beforehand.
func newPeer(masked bool) *peer {
	return &peer{masked: masked, writing: make(chan struct{}, 1)}
}

// send writes one binary message, then a pong that came due meanwhile. The first
// maxFrameHeader bytes of room are free, the rest is the message; all of it is
// overwritten.
func (p *peer) send(room []byte) error {
	p.writing <- struct{}{}
	if p.ended {
		return p.release(net.ErrClosed)
	}
	_, err := p.conn.Write(frameInPlace(finalBinary, room, p.masked))
	return p.release(err)
}

// onPing answers a ping in place of the library, which would wait at most five seconds
// for a writer that a slow peer holds up, and then give the connection up. A ping
// that comes during a write is answered after it, the newest one only (RFC 6455 §5.5.3).
func (p *peer) onPing(_ context.Context, payload []byte) bool {
	if len(payload) > maxPing {
		return false
	}
	kept := append(make([]byte, maxFrameHeader, maxFrameHeader+len(payload)), payload...)
	p.mu.Lock()
	p.pong = kept
	select {
	case p.writing <- struct{}{}:
		p.mu.Unlock()
		_ = p.release(nil) // a failed write shows in the next read or write
	default:
		p.mu.Unlock()
	}
	return false
}

// release writes the pong that waits, if any, and lets the next writer in. It returns
// err, or the error of writing the pong.
func (p *peer) release(err error) error {
	for {
		p.mu.Lock()
		pong := p.pong
		p.pong = nil
		if pong == nil || err != nil || p.ended {
			<-p.writing
			p.mu.Unlock()
			return err
		}
		p.mu.Unlock()
		_, err = p.conn.Write(frameInPlace(finalPong, pong, p.masked))
	}
}

// close ends the websocket with a code and a reason and returns when it is closed,
// after closeTime at the latest: then the socket is closed under whoever waits.
func (p *peer) close(code wire.CloseCode, text string) {
	t := time.AfterFunc(closeTime, func() { _ = p.sock.Close() })
	defer t.Stop()
	p.writing <- struct{}{} // a message that is on its way goes first, none comes after
	p.ended = true
	_ = p.release(nil)
	_ = p.ws.Close(websocket.StatusCode(code), closeReason(text)) // the end has its reason already
}
