package relay

import (
	"context"
	"crypto/rand"
	"errors"
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

// peer is one of the two websockets with what it runs on.
type peer struct {
	ws     *websocket.Conn
	conn   net.Conn // carries the frames: TCP, or TLS over it
	sock   *socket  // at the bottom; closing it frees whoever reads or writes
	masked bool     // we are the client of this websocket (RFC 6455 §5.3)
	gather *gather  // nil when frames leave in large writes anyway

	writing chan struct{} // holds one token while somebody writes

	mu   sync.Mutex
	pong []byte // payload of an answer that waits for the writer; nil: none
}

// newPeer makes a peer whose websocket is still to come: dialling and accepting want
// onPing beforehand.
func newPeer(masked bool) *peer {
	return &peer{masked: masked, writing: make(chan struct{}, 1)}
}

// send writes one binary message, then a pong that came due meanwhile.
func (p *peer) send(b []byte) error {
	p.writing <- struct{}{}
	gathered := p.gather != nil && len(b) > ungathered
	if gathered {
		p.gather.hold()
	}
	// The background context for the same reason as in pump.message.
	err := p.ws.Write(context.Background(), websocket.MessageBinary, b)
	if gathered {
		err = errors.Join(err, p.gather.release())
	}
	return p.release(err)
}

// onPing answers a ping in place of the library, which would wait at most five seconds
// for a writer that a slow peer holds up, and then give the connection up. A ping
// that comes during a write is answered after it, the newest one only (RFC 6455 §5.5.3).
func (p *peer) onPing(_ context.Context, payload []byte) bool {
	if len(payload) > maxPing {
		return false
	}
	kept := append(make([]byte, 0, len(payload)), payload...)
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
		if pong == nil || err != nil {
			<-p.writing
			p.mu.Unlock()
			return err
		}
		p.mu.Unlock()
		_, err = p.conn.Write(pongFrame(pong, p.masked))
	}
}

// pongFrame is a whole pong frame (RFC 6455 §5.2). One Write of it falls between the
// library's frames: data frames hold the writing token, and a close frame is one Write.
func pongFrame(payload []byte, masked bool) []byte {
	const finalPong, maskBit = 0x8A, 0x80
	size := byte(len(payload)) //nolint:gosec // onPing lets no more than maxPing through
	frame := make([]byte, 0, 2+4+len(payload))
	if !masked {
		frame = append(frame, finalPong, size)
		return append(frame, payload...)
	}
	var key [4]byte
	_, _ = rand.Read(key[:]) // never fails (crypto/rand)
	frame = append(frame, finalPong, maskBit|size)
	frame = append(frame, key[:]...)
	for i, b := range payload {
		frame = append(frame, b^key[i%len(key)])
	}
	return frame
}

// close ends the websocket with a code and a reason and returns when it is closed,
// after closeTime at the latest: then the socket is closed under whoever waits.
func (p *peer) close(code wire.CloseCode, text string) {
	t := time.AfterFunc(closeTime, func() { _ = p.sock.Close() })
	defer t.Stop()
	_ = p.ws.Close(websocket.StatusCode(code), closeReason(text)) // the end has its reason already
}
