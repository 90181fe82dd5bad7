//go:build js

package jssocket

import (
	"runtime"
	"sync"

	"porthole/ssh/tunnel"
	"porthole/wasm/jsval"
)

// outgoing gathers what is written in one turn into one message: SSH writes a packet in
// two pieces and SFTP several packets a request, while a call of ws.send costs 0.2 to
// 0.5 ms whatever its size.
type outgoing struct {
	send func(message []byte) error

	mu      sync.Mutex
	pending []byte // guarded by mu; never longer than tunnel.MaxMessage
	waiting bool   // guarded by mu; a goroutine will send what is pending
	err     error  // guarded by mu; what the last send said
}

// add takes a copy of p. The error may be that of an earlier message. Messages are filled
// to the last byte: two of the largest SSH packets are just longer than one message.
func (o *outgoing) add(p []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(p) > 0 {
		n := min(len(p), tunnel.MaxMessage-len(o.pending))
		o.pending = append(o.pending, p[:n]...)
		p = p[n:]
		if len(o.pending) == tunnel.MaxMessage {
			o.flush()
		}
	}
	if o.err != nil {
		return o.err
	}
	if !o.waiting && len(o.pending) > 0 {
		o.waiting = true
		go o.later()
	}
	return nil
}

// later sends when the goroutines that can run now had their turn, which may be to write.
func (o *outgoing) later() {
	runtime.Gosched()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.waiting = false
	o.flush()
}

// finish sends what is pending: the socket closes.
func (o *outgoing) finish() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.flush()
}

// flush sends what is pending. o.mu is held.
func (o *outgoing) flush() {
	if len(o.pending) > 0 && o.err == nil {
		o.err = o.send(o.pending)
	}
	o.pending = o.pending[:0]
}

// sender sends over the browser's websocket.
func (s *socket) sender(message []byte) error {
	_, err := jsval.Call(s.ws, "send", jsval.Bytes(message))
	return err
}
