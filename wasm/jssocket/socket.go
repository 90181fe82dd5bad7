//go:build js

// Package jssocket opens the browser's WebSocket (WHATWG "WebSockets") for ssh/tunnel.
//
// Differences to the native socket, given by the browser: a refused upgrade has no
// status; received messages cannot be held back, so they wait in JavaScript memory
// until they are read (ssh/tunnel bounds that); only the close codes 1000 and
// 3000-4999 can be sent.
package jssocket

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall/js"
	"time"

	"porthole/ssh/tunnel"
	"porthole/ssh/wire"
	"porthole/wasm/jsval"
)

// maxBuffered is how many bytes may wait in the browser before Send does, in bytes:
// enough for the fastest network between two looks.
const maxBuffered = 1 << 20

// drainPoll is the time between two looks at bufferedAmount: there is no event for it.
const drainPoll = 2 * time.Millisecond

type socket struct {
	ws     js.Value
	opened chan struct{} // closed when the websocket is open
	ended  chan struct{} // closed when it ended, whoever ended it

	endOnce sync.Once
	remove  []func() // takes the listeners off

	out outgoing
}

// Open is a tunnel.OpenFunc over the global WebSocket.
func Open(ctx context.Context, url string, subprotocols []string, events tunnel.Events) (tunnel.Socket, error) {
	ws, err := jsval.New("WebSocket", url, jsval.Array(subprotocols))
	if err != nil {
		return nil, &tunnel.DialError{
			Code: wire.CodeUnreachable, Err: err,
			Text: "This browser cannot open a websocket to the gateway.",
		}
	}
	ws.Set("binaryType", "arraybuffer")
	s := &socket{ws: ws, opened: make(chan struct{}), ended: make(chan struct{})}
	s.out.send = s.sender
	s.listen(events)
	select {
	case <-s.opened:
		return s, nil
	case <-s.ended:
		return nil, &tunnel.DialError{
			Code: wire.CodeRefused, Err: errors.New("websocket closed before it was open"),
			Text: "The gateway refused the connection, or could not be reached.",
		}
	case <-ctx.Done():
		s.Close(wire.CloseNormal, "")
		return nil, fmt.Errorf("open websocket: %w", context.Cause(ctx))
	}
}

// listen reports to events. Its functions run on the JavaScript thread, one at a time.
func (s *socket) listen(events tunnel.Events) {
	s.on("open", func(js.Value) { close(s.opened) })
	s.on("message", func(event js.Value) {
		events.Message(newMessage(event.Get("data")))
	})
	s.on("close", func(event js.Value) {
		events.Closed(wire.CloseCode(event.Get("code").Int()), event.Get("reason").String())
		s.end()
	})
	// The error event says nothing that the close event after it does not, but Node
	// leaves the close event out when the websocket never opened.
	s.on("error", func(js.Value) {
		select {
		case <-s.opened:
		default:
			s.end()
		}
	})
}

func (s *socket) on(event string, fn func(event js.Value)) {
	listener, release := jsval.Silent.Bind(func(args []js.Value) any {
		fn(args[0])
		return nil
	})
	s.ws.Call("addEventListener", event, listener)
	s.remove = append(s.remove, func() {
		s.ws.Call("removeEventListener", event, listener)
		release()
	})
}

func (s *socket) end() {
	s.endOnce.Do(func() {
		for _, remove := range s.remove {
			remove()
		}
		close(s.ended)
	})
}

// Send implements tunnel.Socket. What is sent in one turn may go in one message.
func (s *socket) Send(p []byte, expired <-chan struct{}) error {
	if err := s.drain(expired); err != nil {
		return err
	}
	return s.out.add(p)
}

// drain waits until the browser holds little enough.
func (s *socket) drain(expired <-chan struct{}) error {
	for s.ws.Get("bufferedAmount").Int() > maxBuffered {
		timer := time.NewTimer(drainPoll)
		select {
		case <-timer.C:
		case <-expired:
		case <-s.ended:
		}
		timer.Stop()
		select {
		case <-expired:
			return context.DeadlineExceeded
		case <-s.ended:
			return net.ErrClosed
		default:
		}
	}
	return nil
}

// Close implements tunnel.Socket. The browser finishes the closing by itself.
func (s *socket) Close(code wire.CloseCode, reason string) {
	s.out.finish()
	s.end()
	if code < 3000 || code > 4999 {
		code = wire.CloseNormal
	}
	// It throws only for a bad code or reason, and ours are good.
	_, _ = jsval.Call(s.ws, "close", int(code), reason)
}

var _ tunnel.OpenFunc = Open
